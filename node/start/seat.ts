import { createFollower } from '#consensus/follower.ts'
import { createReplica } from '#consensus/replica.ts'
import { FIRST_EPOCH } from '#protocol/chain/header.ts'
import type { Genesis } from '#protocol/genesis.ts'
import type { VerifySignature } from '#protocol/signature.ts'
import { verifySignature } from '#signature'
import type { Seat } from '../loop/node-core.ts'
import type { Origin } from '../recovery/genesis-block.ts'
import type { RecoveredChain } from '../recovery/recover-chain.ts'
import type { Storage } from '../storage/storage.ts'
import type { NodeKeys } from './node-keys.ts'

/** The leader of view v of the first epoch is member v mod n. */
export const LEADER_OFFSET = 0

/** The part this node plays, taken up where its disk left it. */
export const seatOf = (parts: {
  readonly keys: Pick<NodeKeys, 'seat'>
  readonly genesis: Genesis
  readonly origin: Origin
  readonly chain: RecoveredChain
  readonly storage: Pick<Storage, 'records' | 'logged'>
  readonly verify?: VerifySignature
}): Seat => {
  const { genesis, origin, chain, storage } = parts
  const { deltaMs, heartbeatMs, minBlockGapMs } = genesis.parameters
  const { chainId, set } = origin
  const verify = parts.verify ?? verifySignature
  const common = { chainId, epoch: FIRST_EPOCH, set, past: [], deltaMs, verify }
  const own = parts.keys.seat
  if (own === undefined) {
    return { kind: 'follower', follower: createFollower({ ...common, finalised: chain.final }) }
  }
  const replica = createReplica(
    {
      ...common,
      me: own.me,
      genesisDigest: origin.digest,
      leaderOffset: LEADER_OFFSET,
      rulesVersion: genesis.ver,
      heartbeatMs,
      minBlockGapMs,
      sign: own.sign,
    },
    { records: storage.records, finalised: chain.final, blocks: storage.logged, continued: false },
  )
  return { kind: 'authority', replica, me: own.me }
}
