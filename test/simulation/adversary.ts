import type { NodeCore } from '#node/loop/node-core.ts'
import type { PeerName } from '#node/network/network-port.ts'
import type { SigningDomain } from '#protocol/chain/vote.ts'
import type { SignMessage } from '#protocol/signature.ts'
import type { RandomSource } from './random.ts'
import type { Spied } from './spy.ts'

/** What a dishonest member has: a working node, its key, and a way to count its deeds. */
export type Dishonest = {
  readonly core: () => NodeCore | undefined
  readonly me: number
  readonly sign: SignMessage
  readonly domain: SigningDomain
  readonly random: RandomSource
  readonly others: readonly PeerName[]
  readonly count: () => void
}

/** A way of not playing by the rules. */
export type Adversary = {
  readonly name: string
  readonly claim: string
  /** What the member says to this peer instead of what its node wants to say; undefined: nothing. */
  readonly create: (
    self: Dishonest,
  ) => (to: PeerName | 'followers', bytes: Uint8Array, spied: Spied) => Uint8Array | undefined
}
