import type { Finalization } from '#protocol/chain/certificate.ts'
import { type Hash, hashBytes, hashOf } from '#protocol/hash.ts'
import type { EpochEnd } from './epoch-end.ts'
import type { FollowerConfig } from './follower-config.ts'
import type { JournalRecord } from './journal-record.ts'
import type { Recovered, ReplicaConfig } from './replica-config.ts'

/** What the machines of an epoch share, follower's or replica's. */
type EpochConfig = Pick<FollowerConfig, 'epoch' | 'set' | 'past'> &
  Pick<ReplicaConfig, 'genesisDigest' | 'leaderOffset' | 'rulesVersion'>

/** The epoch that grows from a sealing block: view 1 is its first, the sealing block its genesis. */
export const epochFrom = (end: EpochEnd, past: readonly Finalization[]): EpochConfig => {
  const { epoch, set, version } = end.next
  return {
    epoch,
    set,
    genesisDigest: end.digest,
    leaderOffset: leaderOffsetOf(end.digest, set.members.length),
    rulesVersion: version,
    past: [...past, end.certificate],
  }
}

/**
 * Where a replica of the next epoch begins, in a process that ran on from the sealing block. It waits
 * for statuses like one that restarted: its disk may have gone back in time, to an earlier epoch even.
 * `memory`: what is known of that from the epoch before.
 */
export const recoveredAt = (
  { header, digest, certificate }: EpochEnd,
  memory: readonly JournalRecord[],
): Recovered => ({
  records: memory,
  finalised: { header, digest, certificate },
  blocks: [],
})

/**
 * Who leads the first view: the first four bytes of the hash of the sealing digest, modulo n. Nobody
 * chooses it, since the digest binds what nobody alone decides.
 */
export const leaderOffsetOf = (sealing: Hash, size: number): number =>
  new DataView(hashBytes(hashOf(hashBytes(sealing))).buffer).getUint32(0) % size
