import { messageEpoch } from '#consensus/past-epochs.ts'
import { AUTHORITIES_MAX } from '#protocol/chain/chain-limits.ts'
import type { ConsensusMessage } from '#protocol/chain/message.ts'
import type { AuthoritiesRecord } from '#protocol/state/record.ts'
import type { PeerName } from '../network/network-port.ts'
import type { Seating } from './seating.ts'

/** What a member says first in an epoch: its status, the first proposal, its votes of that view. */
const EARLY_PER_PEER_MAX = 4

/** `from`: its index in the set of the epoch that has begun. */
export type EarlyMessage = { readonly from: number; readonly message: ConsensusMessage }

/** Words of an epoch that this node is about to enter, from those who are in it. */
export type EarlyMessages = {
  readonly keep: (from: PeerName, message: ConsensusMessage) => void
  /** What was kept of an epoch that has begun here; nothing is kept any more. */
  readonly take: (begun: Pick<Seating, 'epoch' | 'set'>) => readonly EarlyMessage[]
}

/**
 * Who crosses a moment later than others has missed their statuses, and they do not say so soon again
 * where they stand. What members of the set to come say of their epoch is kept, a few messages of each,
 * while a sealing block is the newest one here; it is judged like any message once the epoch begins.
 */
export const createEarlyMessages = (authorities: () => AuthoritiesRecord): EarlyMessages => {
  const kept = new Map<PeerName, ConsensusMessage[]>()
  return {
    keep: (from, message) => {
      const { epoch, change } = authorities()
      if (change === undefined || messageEpoch(message) !== epoch + 1) return
      if (!change.members.some(({ peerId }) => peerId === from)) return
      // Another sealing block was taken back: its members are not these.
      if (kept.size >= AUTHORITIES_MAX && !kept.has(from)) kept.clear()
      const messages = kept.get(from) ?? []
      if (messages.length < EARLY_PER_PEER_MAX) messages.push(message)
      kept.set(from, messages)
    },
    take: ({ epoch, set }) => {
      const taken = [...set.members.entries()].flatMap(([from, { peerId }]) =>
        (kept.get(peerId) ?? [])
          .filter((message) => messageEpoch(message) === epoch)
          .map((message) => ({ from, message })),
      )
      kept.clear()
      return taken
    },
  }
}
