import { BUSY_TRANSACTIONS, FILLING_GAPS } from '#consensus/limits.ts'
import type { FinalBlock } from '#node/pipeline/executor.ts'
import { type Header, isSealing } from '#protocol/chain/header.ts'
import { DEFAULT_PARAMETERS } from '#protocol/genesis.ts'
import type { Hash } from '#protocol/hash.ts'
import { paymentIdTimeMs } from '#protocol/transaction/payment-id.ts'
import { refusedPerHourOf } from '../circuit.ts'
import type { EpochBook } from '../epoch-book.ts'
import type { Checker, ObservationOf } from '../observation.ts'
import { START_MS } from '../start.ts'
import type { Swarm } from '../swarm.ts'

/**
 * Invariant 20, of a network in which nothing fails and every message takes δ: a block is final
 * exactly 3δ after it was proposed, and while more waits the next one is proposed exactly 2δ after it,
 * in every epoch; the first of an epoch waits for the end of the one before. Where few refusals are
 * recorded an hour, what waits may be what no block may hold yet, and who forgot it asks for it once one
 * may: nothing is judged there.
 */
export const createPace = (swarm: Swarm, book: EpochBook): Checker => {
  const proposed = new Map<Hash, number>()
  const fullHeights = new Map<number, number>()
  const fewRefusals = refusedPerHourOf(swarm) < DEFAULT_PARAMETERS.refusedPerHour

  const onFinal = ({ who, block, atMs }: ObservationOf<'final'>): string | undefined => {
    const { header, digest } = block.block
    const startMs = proposed.get(digest)
    const { epoch } = header
    if (startMs === undefined || book.memberOf(epoch, who.index) === undefined) return undefined
    const deltaMs = book.of(epoch)?.set.members.length === 1 ? 0 : swarm.delay.baseMs
    const before = fullHeights.get(header.height - 1)
    if (header.transactionCount === swarm.blockTransactionsMax && !isSealing(header)) {
      fullHeights.set(header.height, startMs)
    }
    if (atMs - startMs !== 3 * deltaMs) {
      return `height ${header.height} is final after ${atMs - startMs} ms, δ is ${deltaMs} ms`
    }
    if (before === undefined || !waited(block, before)) return undefined
    const pauseMs = startMs - before
    return isAtOnce(header, pauseMs - 2 * deltaMs)
      ? undefined
      : `height ${header.height} proposed ${pauseMs} ms after a full block, δ is ${deltaMs} ms`
  }

  /** After a block of a busy time a leader waits a little for one of which less than half is there. */
  const isAtOnce = ({ transactionCount }: Header, lateMs: number): boolean => {
    const { blockTransactionsMax, minBlockGapMs } = swarm
    const isBusy = blockTransactionsMax >= BUSY_TRANSACTIONS
    const fills = isBusy && 2 * transactionCount < blockTransactionsMax
    return lateMs === 0 || (fills && lateMs > 0 && lateMs <= FILLING_GAPS * minBlockGapMs)
  }

  return {
    name: 'pace',
    see: (observation) => {
      if (observation.type === 'vote' && observation.inProposal) {
        const { vote } = observation
        if (vote.kind === 'notarize' && !proposed.has(vote.digest)) {
          proposed.set(vote.digest, observation.atMs)
        }
      }
      return observation.type === 'final' && !fewRefusals ? onFinal(observation) : undefined
    },
  }
}

/** Whether all that the block holds was there when the block before it was proposed. */
const waited = ({ transactions }: FinalBlock, beforeMs: number): boolean =>
  transactions.length > 0 &&
  transactions.every(({ jti }) => paymentIdTimeMs(jti) <= START_MS + beforeMs)
