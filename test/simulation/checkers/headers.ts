import { createHash } from 'node:crypto'
import { scaledByBackoff } from '#consensus/backoff.ts'
import { CLOCK_AHEAD_MS, CLOCK_BEHIND_MS } from '#consensus/limits.ts'
import {
  FIRST_EPOCH,
  FLAG_EMPTY,
  FLAG_SEALING,
  type Header,
  headerDigest,
} from '#protocol/chain/header.ts'
import { DEFAULT_PARAMETERS } from '#protocol/genesis.ts'
import type { Hash } from '#protocol/hash.ts'
import { createHistory } from '#protocol/state/history.ts'
import type { Epoch, EpochBook } from '../epoch-book.ts'
import { type Checker, isReliable, type ObservationOf } from '../observation.ts'
import { START_MS } from '../start.ts'
import type { Swarm } from '../swarm.ts'

/** Longest time between the signing of a vote and its leaving: that of a slow disk. */
const LEAVING_MS = 3_000
/**
 * Blocks without content in a row: eight on final parents, as many again where a restart counts anew,
 * and as many that are open.
 */
const EMPTY_RUN_MAX = 24

/**
 * Consensus.md §3 and §13 of what became final: a header belongs to this network and its set, its
 * proposer is the leader of its view, its flags are true, few blocks in a row are empty, it commits to all
 * blocks below it, and its time is about that of its first voters.
 */
export const createHeaders = ({
  swarm,
  origin,
  book,
}: {
  readonly swarm: Swarm
  readonly origin: Header
  readonly book: EpochBook
}): Checker => {
  const times = createVoteTimes()
  const clocksMayFail = swarm.plan.some(({ fault }) => /clock|pause|slow/i.test(fault))
  const history = createHistory([headerDigest(origin)])
  let height = 0
  let emptyRun = 0

  const onFinal = ({ block: { block } }: ObservationOf<'final'>): string | undefined => {
    const { header, digest } = block
    if (header.height <= height) return undefined
    const epoch = book.of(header.epoch)
    if (epoch === undefined) return `height ${header.height} is of an epoch that has not begun`
    height = header.height
    emptyRun = header.transactionCount === 0 ? emptyRun + 1 : 0
    if (emptyRun > EMPTY_RUN_MAX) return `${emptyRun} empty blocks up to height ${height}`
    const committed = history.root() === header.historyRoot
    history.append(digest)
    if (!committed) return `height ${height} commits to other blocks than those below it`
    const untimely = clocksMayFail ? undefined : times.fault(header, digest, swarm.skewMaxMs)
    return (
      foreign(header, { chainId: origin.chainId, ...epoch }) ?? dishonest(header, epoch) ?? untimely
    )
  }

  return {
    name: 'headers',
    see: (observation) => {
      if (isReliable(observation.who)) times.see(observation)
      return observation.type === 'final' && observation.who.honest
        ? onFinal(observation)
        : undefined
    },
  }
}

const foreign = (
  header: Header,
  { chainId, set, version }: Pick<Header, 'chainId'> & Epoch,
): string | undefined => {
  const sealing = (header.flags & FLAG_SEALING) !== 0
  const own =
    header.chainId === chainId &&
    header.authoritySetHash === set.hash &&
    header.version === version &&
    (sealing || header.nextSetHash === set.hash)
  return own ? undefined : `height ${header.height} is of another network, set or version`
}

/** The first epoch begins with member 0, a later one where its sealing digest says. */
const leaderIn = ({ epoch, set, originDigest }: Epoch, view: number): number => {
  const digest = Buffer.from(originDigest, 'hex')
  const offset =
    epoch === FIRST_EPOCH ? 0 : createHash('sha256').update(digest).digest().readUInt32BE()
  return (view + offset) % set.members.length
}

const dishonest = (header: Header, epoch: Epoch): string | undefined => {
  if (header.proposerIndex !== leaderIn(epoch, header.view)) {
    return `height ${header.height} of view ${header.view} is by member ${header.proposerIndex}`
  }
  const says = (header.flags & FLAG_EMPTY) !== 0
  return says === (header.transactionCount === 0)
    ? undefined
    : `height ${header.height} has ${header.transactionCount} transactions, empty is ${says}`
}

/** When each block got its first vote, and how much its view may have been delayed by then. */
const createVoteTimes = () => {
  const first = new Map<Hash, { readonly atMs: number; readonly behindMs: number }>()
  /** The lowest settled view of anybody who stood in a view, by epoch and view. */
  const settled = new Map<string, number>()
  return {
    see: (observation: Parameters<Checker['see']>[0]): void => {
      if (observation.type === 'standing') {
        const { epoch, view, held } = observation
        const key = `${epoch}/${view}`
        settled.set(key, Math.min(settled.get(key) ?? view, held.settledView))
      }
      if (observation.type !== 'vote' || observation.vote.kind !== 'notarize') return
      const { digest, epoch, view } = observation.vote
      if (first.has(digest)) return
      const place = { view, finalView: settled.get(`${epoch}/${view}`) ?? 0 }
      const behindMs = CLOCK_BEHIND_MS + scaledByBackoff(DEFAULT_PARAMETERS.deltaMs, 3, place)
      first.set(digest, { atMs: observation.atMs, behindMs })
    },
    fault: ({ timestampMs, height }: Header, digest: Hash, skewMs: number): string | undefined => {
      const voted = first.get(digest)
      if (voted === undefined) return undefined
      const aheadMs = timestampMs - (START_MS + voted.atMs)
      if (aheadMs > CLOCK_AHEAD_MS + skewMs) return `height ${height} is ${aheadMs} ms ahead`
      return -aheadMs > voted.behindMs + skewMs + LEAVING_MS
        ? `height ${height} is ${-aheadMs} ms behind`
        : undefined
    },
  }
}
