import { leaderOf } from '#consensus/leader.ts'
import type { AuthoritySet } from '#protocol/chain/authority-set.ts'
import {
  BUNDLE_BYTES_MAX,
  BUNDLE_TRANSACTIONS_MAX,
  encodeLinkMessage,
} from '../loop/link-message.ts'
import type { Clock, Timers } from '../loop/ports.ts'
import type { NetworkPort, PeerName } from '../network/network-port.ts'
import { createBundler } from './bundler.ts'

export type OffersParts = {
  readonly set: AuthoritySet
  readonly leaderOffset: number
  readonly network: NetworkPort
  readonly clock: Clock
  readonly timers: Timers
  /** Every authority but this node. */
  readonly others: readonly PeerName[]
  readonly isUp: (peer: PeerName) => boolean
  readonly finalView: () => number
}

/** Brings transactions before the authorities, gathered into bundles. */
export type Offers = {
  /** Heard first hand: every other authority hears it once from here. */
  readonly relay: (text: string) => void
  /**
   * Own submissions: straight to every authority. Where one is out of reach, or where there are too
   * many, the two that propose next hear them and pass them on.
   */
  readonly submit: (texts: readonly string[]) => void
  /** Once more to every authority in reach. */
  readonly repeat: (texts: readonly string[]) => void
  /** What waits, to authorities that it was not submitted to: they voted for nothing before. */
  readonly handOver: (texts: readonly string[], isNew: (peer: PeerName) => boolean) => void
  readonly askBlockTime: () => void
  /** What is still gathered leaves now: a proposal is about to name it. */
  readonly flush: () => void
}

/**
 * Authorities that a node gives its submissions to itself. Passing on costs the network twice as many
 * messages, but beyond so many it spares a venue's line.
 */
export const SUBMIT_TO_ALL_MAX = 10

export const createOffers = (parts: OffersParts): Offers => {
  const { network, others } = parts

  const send = (
    texts: readonly string[],
    { peers, toAll }: { readonly peers: readonly PeerName[]; readonly toAll: boolean },
  ): void => {
    for (const transactions of bundlesOf(texts)) {
      const message = encodeLinkMessage({ type: 'bundle', transactions, toAll })
      for (const peer of peers) network.send(peer, 'transaction', message)
    }
  }

  /** Who leads the view after the final one, and the next: most likely to propose. */
  const leaders = (): readonly PeerName[] => {
    const view = parts.finalView()
    const likely = [1, 2]
      .flatMap((ahead) => parts.set.members[leaderOf(parts, view + ahead)]?.peerId ?? [])
      .filter(parts.isUp)
    return likely.length > 0 ? likely : others
  }

  /** Who proposes next is first: the others have the time until its proposal comes. */
  const submitNow = (texts: readonly string[]): void => {
    const toAll = others.length <= SUBMIT_TO_ALL_MAX && others.every(parts.isUp)
    const first = leaders()
    const peers = toAll ? [...new Set([...first, ...others])] : first
    send(texts, { peers, toAll })
  }

  const relayed = createBundler('relay', parts, (texts) =>
    send(texts, { peers: others, toAll: true }),
  )
  const submitted = createBundler('submit', parts, submitNow)
  return {
    relay: relayed.add,
    submit: (texts) => {
      for (const text of texts) submitted.add(text)
    },
    repeat: (texts) => send(texts, { peers: others, toAll: false }),
    handOver: (texts, isNew) => send(texts, { peers: others.filter(isNew), toAll: true }),
    askBlockTime: () => {
      const message = encodeLinkMessage({ type: 'blockTimeAsked' })
      for (const peer of others) network.send(peer, 'transaction', message)
    },
    flush: () => {
      relayed.flush()
      submitted.flush()
    },
  }
}

/** Cuts texts into bundles within the bounds of one message. */
function* bundlesOf(texts: readonly string[]): Generator<readonly string[]> {
  let bundle: string[] = []
  let bytes = 0
  for (const text of texts) {
    const full = bundle.length >= BUNDLE_TRANSACTIONS_MAX || bytes + text.length > BUNDLE_BYTES_MAX
    if (full && bundle.length > 0) {
      yield bundle
      bundle = []
      bytes = 0
    }
    bundle.push(text)
    bytes += text.length
  }
  if (bundle.length > 0) yield bundle
}
