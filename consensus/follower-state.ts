import { faultsOf, quorumOf } from '#protocol/chain/authority-set.ts'
import type { Beacon } from '#protocol/chain/beacon.ts'
import type { Finalization } from '#protocol/chain/certificate.ts'
import type { SigningDomain, Vote } from '#protocol/chain/vote.ts'
import { hashBytes } from '#protocol/hash.ts'
import { type Chain, createChain, viewIn } from './chain.ts'
import type { PeerFault } from './effect.ts'
import type { Now } from './event.ts'
import type { FollowerConfig } from './follower-config.ts'

/** A beacon, when it came by the monotonic clock, and our wall clock minus the sender's then. */
export type HeardBeacon = {
  readonly beacon: Beacon
  readonly atMs: number
  readonly offsetMs: number
}

/** State of one follower; only `step` changes it. */
export type FollowerCore = {
  readonly config: FollowerConfig
  readonly domain: SigningDomain
  readonly quorum: number
  readonly faults: number
  readonly chain: Chain
  /** Verified finalize votes above the settled view, by view and signer. */
  readonly votes: Map<number, Map<number, Vote>>
  /** The newest verified beacon of each authority, with our monotonic time. */
  readonly beacons: Map<number, HeardBeacon>
  /** The highest finalization known, whether or not its blocks are here. */
  settled: { readonly view: number; readonly certificate: Finalization | null }
  now: Now
  /** Monotonic time of the last commit. */
  committedAtMs: number
  /** The repair timer runs. */
  repairing: boolean
  /** The targets are of fetched segments: once they are committed, there may be more. */
  catchingUp: boolean
}

export const createFollowerCore = (config: FollowerConfig): FollowerCore => {
  const { header, digest, certificate } = config.finalised
  const { epoch } = config
  const view = viewIn(epoch, header)
  const size = config.set.members.length
  return {
    config,
    domain: { chainId: hashBytes(config.chainId), set: config.set },
    quorum: quorumOf(size),
    faults: faultsOf(size),
    chain: createChain({ header, digest, certificate, emptyRun: 0 }, epoch),
    votes: new Map(),
    beacons: new Map(),
    settled: { view, certificate: header.epoch === epoch ? certificate : null },
    now: { wallMs: 0, monotonicMs: 0 },
    committedAtMs: 0,
    repairing: false,
    catchingUp: false,
  }
}

/** Reports a source for what no honest one sends. */
export const rejectSource = (core: FollowerCore, source: string, reason: PeerFault): void => {
  core.chain.effects.push({
    type: 'report',
    report: { kind: 'peer', verdict: 'reject', peer: source, reason },
  })
}
