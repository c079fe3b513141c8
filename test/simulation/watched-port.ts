import type { NetworkPort } from '#node/network/network-port.ts'
import type { Lies } from './adversary.ts'
import type { Seen } from './machine-parts.ts'
import type { Sender, Spied, Spy } from './spy.ts'

export type WatchedPortParts = {
  readonly port: NetworkPort
  readonly spy: Spy
  /** Which member of an epoch's set it is whose port it is. */
  readonly sender: Sender
  /** What a liar makes of what its node says; undefined: nobody lies here now. */
  readonly say: () => Lies['say']
  readonly show: (seen: readonly Seen[]) => void
  /** Each time something leaves, to whomever. */
  readonly onSaid: (spied: Spied) => void
  /** For the reader of the trace. */
  readonly tell: (effect: () => string) => void
  readonly nameOf: (peer: string) => string
}

/** What leaves a machine passes its adversary, if it has one, and is seen by the checkers. */
export const createWatchedPort = (parts: WatchedPortParts): NetworkPort => {
  const { port, spy, sender, nameOf } = parts
  let last: Uint8Array | undefined

  const leave = (spied: Spied, bytes: Uint8Array, to: () => string): void => {
    parts.onSaid(spied)
    // What is said to everybody shows the same to each of them.
    if (bytes !== last) {
      const sent = { type: 'sent', to: to(), ...kindOf(spied), length: bytes.length } as const
      parts.show([sent, ...spied.seen])
    }
    last = bytes
    parts.tell(() => `${to()}: ${spied.text()}`)
  }

  return {
    ...port,
    send: (peer, priority, bytes) => {
      const say = parts.say()
      const said = say === undefined ? bytes : say(peer, bytes, spy.onLink(bytes, sender))
      if (said === undefined) return
      leave(spy.onLink(said, sender), said, () => nameOf(peer))
      port.send(peer, priority, said)
    },
    publish: (topic, bytes) => {
      const say = parts.say()
      const said = say === undefined ? bytes : say('followers', bytes, spy.onTopic(bytes, sender))
      if (said === undefined) return
      leave(spy.onTopic(said, sender), said, () => topic)
      port.publish(topic, said)
    },
  }
}

/** A consensus message, an answer, or anything else by its name. */
const kindOf = ({ message }: Spied): { readonly kind: string } => {
  if (message === undefined) return { kind: 'bytes' }
  if (message.type === 'response') return { kind: message.response.type }
  return { kind: message.type === 'consensus' ? message.message.type : message.type }
}
