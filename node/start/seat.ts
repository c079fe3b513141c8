import { memoryIn } from '#consensus/amnesia.ts'
import type { EpochEnd } from '#consensus/epoch-end.ts'
import { createFollower } from '#consensus/follower.ts'
import { epochFrom, recoveredAt } from '#consensus/next-epoch.ts'
import { createReplica } from '#consensus/replica.ts'
import type { Recovered } from '#consensus/replica-config.ts'
import { FIRST_EPOCH } from '#protocol/chain/header.ts'
import type { Genesis } from '#protocol/genesis.ts'
import type { Key } from '#protocol/id.ts'
import { newestIn, RULE_BOOK, type RuleBook } from '#protocol/ledger/rule-book.ts'
import type { SignMessage, VerifySignature } from '#protocol/signature.ts'
import { verifySignature } from '#signature'
import type { Crossing, Seat, Seating, UpgradeRequired } from '../loop/seating.ts'
import type { Origin } from '../recovery/genesis-block.ts'
import type { RecoveredChain } from '../recovery/recover-chain.ts'
import type { Storage } from '../storage/storage.ts'

/** A consensus key, and the voice that goes with it. */
export type Voice = { readonly consensusKey: Key; readonly sign: SignMessage }

/** What a node is seated by, in every epoch. */
export type SeatParts = {
  /** Without a voice a node follows in every epoch. */
  readonly voice: Voice | undefined
  readonly genesis: Genesis
  readonly origin: Pick<Origin, 'chainId' | 'set' | 'digest'>
  readonly verify?: VerifySignature
  /** The rules that this software knows. */
  readonly rules?: RuleBook
}

/** The part this node plays, taken up where its disk left it. */
export const seatingOf = (
  parts: SeatParts,
  disk: {
    readonly chain: Pick<RecoveredChain, 'final' | 'ends'>
    readonly storage: Pick<Storage, 'records' | 'logged'>
  },
): Seating | UpgradeRequired => {
  const { final: finalised, ends } = disk.chain
  const { records, logged: blocks } = disk.storage
  return seatedAt(parts, ends, { records, finalised, blocks })
}

/** The part it plays from the last of these ends on, in a process that ran up to it. */
export const nextSeating = (
  parts: SeatParts,
  { ends, memory }: Crossing,
): Seating | UpgradeRequired =>
  seatedAt(parts, ends, recoveredAt(ends[ends.length - 1] ?? ends[0], memory))

const seatedAt = (
  parts: SeatParts,
  ends: readonly EpochEnd[],
  recovered: Recovered,
): Seating | UpgradeRequired => {
  const place = epochOf(parts, ends)
  const { epoch, set, leaderOffset, rulesVersion } = place
  const book = parts.rules ?? RULE_BOOK
  if (!book.has(rulesVersion)) {
    const upgradeRequired =
      `epoch ${epoch} follows rules ${rulesVersion}, this software knows them up to ${newestIn(book)}; ` +
      'install a newer version of kermesse and start the node again'
    return { upgradeRequired }
  }
  const memory = memoryIn(recovered.records)
  return { epoch, set, leaderOffset, ends, memory, seat: seatIn(parts, place, recovered) }
}

type Place = ReturnType<typeof epochFrom>

const epochOf = ({ origin, genesis }: SeatParts, ends: readonly EpochEnd[]): Place => {
  const last = ends.at(-1)
  const past = ends.slice(0, -1).map(({ certificate }) => certificate)
  if (last !== undefined) return epochFrom(last, past)
  return {
    epoch: FIRST_EPOCH,
    set: origin.set,
    genesisDigest: origin.digest,
    // The leader of view v of the first epoch is member v mod n.
    leaderOffset: 0,
    rulesVersion: genesis.ver,
    past,
  }
}

const seatIn = (parts: SeatParts, place: Place, recovered: Recovered): Seat => {
  const { deltaMs, heartbeatMs, minBlockGapMs } = parts.genesis.parameters
  const { chainId } = parts.origin
  const common = { ...place, chainId, deltaMs, verify: parts.verify ?? verifySignature }
  const { finalised } = recovered
  const { voice } = parts
  const me = place.set.members.findIndex(({ consensusKey }) => consensusKey === voice?.consensusKey)
  if (voice === undefined || me === -1) {
    return { kind: 'follower', follower: createFollower({ ...common, finalised }) }
  }
  const { sign } = voice
  const replica = createReplica({ ...common, me, heartbeatMs, minBlockGapMs, sign }, recovered)
  return { kind: 'authority', replica, me }
}
