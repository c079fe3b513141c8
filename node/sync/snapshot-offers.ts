import { headerDigest } from '#protocol/chain/header.ts'
import type { SnapshotHead, SnapshotResponse } from '#protocol/chain/snapshot.ts'
import type { Hash } from '#protocol/hash.ts'
import type { PeerName } from '../network/network-port.ts'

type Offer = { readonly height: number; readonly head: OfferedHead | undefined }

/** The head of a snapshot as a peer tells it, and the digest that names it. */
export type OfferedHead = { readonly head: SnapshotHead; readonly digest: Hash }

/** Whose snapshot it is that is taken, and who else says to hold the same. */
export type Choice = OfferedHead & { readonly peer: PeerName }

/** The last word of each peer on where it stands and which snapshot it holds. Nothing in it is proven. */
export type SnapshotOffers = {
  readonly note: (peer: PeerName, offer: Extract<SnapshotResponse, { type: 'offer' }>) => void
  readonly forget: (peer: PeerName) => void
  /** Peers that have said where they stand. */
  readonly answered: () => number
  /** Peers that offer a snapshot. */
  readonly offering: () => number
  /** The highest that one of them says to stand. */
  readonly height: () => number
  readonly holders: (digest: Hash) => readonly PeerName[]
  /**
   * Of those not below `floor` the one at `wanted`, else the one that most peers offer, else the
   * highest.
   */
  readonly best: (bounds: {
    readonly floor: number
    readonly wanted: number | undefined
  }) => Choice | undefined
}

export const createSnapshotOffers = (): SnapshotOffers => {
  const offers = new Map<PeerName, Offer>()
  const holders = (digest: Hash): readonly PeerName[] =>
    [...offers].filter(([, { head }]) => head?.digest === digest).map(([peer]) => peer)
  return {
    note: (peer, { height, head }) =>
      offers.set(peer, { height, head: head && { head, digest: headerDigest(head.header) } }),
    forget: (peer) => offers.delete(peer),
    answered: () => offers.size,
    offering: () => [...offers.values()].filter(({ head }) => head !== undefined).length,
    height: () => Math.max(0, ...[...offers.values()].map(({ height }) => height)),
    holders,
    best: ({ floor, wanted }) => {
      const choices = [...offers].flatMap(([peer, { head }]) =>
        head !== undefined && head.head.header.height >= floor ? [{ ...head, peer }] : [],
      )
      const rank = ({ head, digest }: Choice): readonly number[] => {
        const { height } = head.header
        return [height === wanted ? 1 : 0, holders(digest).length, height]
      }
      return choices.toSorted((a, b) => byRank(rank(b), rank(a))).at(0)
    },
  }
}

const byRank = (a: readonly number[], b: readonly number[]): number => {
  const at = a.findIndex((value, index) => value !== b[index])
  return at < 0 ? 0 : (a[at] ?? 0) - (b[at] ?? 0)
}
