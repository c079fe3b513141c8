import type { NetworkId } from '#protocol/id.ts'
import { TOPICS, type Topic } from './network-port.ts'

const SHORT_FROM = 'net1'.length
const SHORT_CHARACTERS = 12

/** How the streams and topics of one network are called, so that networks never mix. */
export type ProtocolNames = {
  /** Votes and everything short, in frames. */
  readonly link: string
  /** Long messages, one a frame. */
  readonly bulk: string
  /** A question and its answer by the holder of an invitation. */
  readonly join: string
  readonly topic: (topic: Topic) => string
  /** The topic of that name, or undefined. */
  readonly topicNamed: (name: string) => Topic | undefined
}

/** Version 1 of the names, with 60 bits of the network id. */
export const protocolNames = (network: NetworkId): ProtocolNames => {
  const prefix = `/kermesse/${network.slice(SHORT_FROM, SHORT_FROM + SHORT_CHARACTERS)}`
  const topic = (name: Topic): string => `${prefix}/1/${name}`
  return {
    link: `${prefix}/link/1`,
    bulk: `${prefix}/bulk/1`,
    join: `${prefix}/join/1`,
    topic,
    topicNamed: (name) => TOPICS.find((each) => topic(each) === name),
  }
}
