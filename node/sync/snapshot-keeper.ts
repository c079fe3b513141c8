import type { EpochEnd } from '#consensus/epoch-end.ts'
import type { Finalization } from '#protocol/chain/certificate.ts'
import { EPOCHS_PER_ANSWER_MAX } from '#protocol/chain/chain-limits.ts'
import { type Header, headerDigest } from '#protocol/chain/header.ts'
import type {
  SealedEpoch,
  SnapshotHead,
  SnapshotRequest,
  SnapshotResponse,
} from '#protocol/chain/snapshot.ts'
import type { Hash } from '#protocol/hash.ts'
import type { FamilyTree } from '#protocol/state/family.ts'
import type { Clock, Timers } from '../loop/ports.ts'
import type { FrozenState, ReadRun } from '../storage/frozen-state.ts'
import { answerChunks } from './chunk-answer.ts'
import { createNodePages, type NodePages } from './node-pages.ts'

/**
 * Under load a snapshot is of the first final block whose height passes a multiple of this: servers that
 * are asked within some seconds hold the same one, and each can give any part of it.
 */
export const SNAPSHOT_STEP_BLOCKS = 64
/** Without such a block so soon, whatever is final then is taken: an idle chain has one at once. */
export const SNAPSHOT_PATIENCE_MS = 2_000
/** Since the last question about the one that is held: whoever reads it is let end. */
export const SNAPSHOT_PAUSE_MS = 60_000
/** Without a question for so long it is dropped: the database keeps what is older only for it. */
export const SNAPSHOT_IDLE_MS = 120_000
/** Older than this another one is made for whoever begins: what follows it is replayed. */
export const SNAPSHOT_AGE_MS = 600_000

/** A final block with its proof. */
export type ProvenBlock = { readonly header: Header; readonly certificate: Finalization }

export type SnapshotKeeperParts = {
  readonly clock: Clock
  readonly timers: Timers
  /** The final block at the start; without a certificate: genesis, of which there is no snapshot. */
  readonly final: { readonly header: Header; readonly certificate: Finalization | null }
  /** The trees of the state as of the final block, and the mountains over all blocks before it. */
  readonly shape: () => Pick<SnapshotHead, 'peaks'> & { readonly trees: readonly FamilyTree[] }
  /** How the epochs so far ended, oldest first. */
  readonly ends: () => readonly EpochEnd[]
  /** The store as of the final block; undefined while the store lags behind it. */
  readonly freezeNow: () => FrozenState | undefined
}

/** Makes a snapshot when it is asked for, holds it while it is, and serves it. One at a time. */
export type SnapshotKeeper = {
  /** `respond` gets undefined where the node does not have what was asked for. */
  readonly serve: (
    request: SnapshotRequest,
    respond: (response: SnapshotResponse | undefined) => void,
  ) => void
  /** This block is final now: undefined, or what is to have the store as of it. */
  readonly onFinal: (block: ProvenBlock) => ((frozen: FrozenState) => void) | undefined
}

type Held = {
  readonly digest: Hash
  readonly head: SnapshotHead
  readonly pages: NodePages
  readonly ends: readonly SealedEpoch[]
  readonly read: ReadRun
  readonly release: () => void
}

export const createSnapshotKeeper = (parts: SnapshotKeeperParts): SnapshotKeeper => {
  const { clock, timers } = parts
  const holding = createHolding(parts)
  let { final } = parts
  /** `wanted`: at the next step; `overdue`: at the next final block; `taking`: the store is not there yet. */
  let phase: 'none' | 'wanted' | 'overdue' | 'taking' = 'none'
  let finalAtMs = Number.NEGATIVE_INFINITY

  /** Of the final block, now: the store comes to it later. */
  const take = (block: ProvenBlock): ((frozen: FrozenState) => void) => {
    phase = 'taking'
    const keep = shapeOf(parts, block)
    return (frozen) => {
      phase = 'none'
      holding.hold(keep(frozen))
    }
  }

  /** Takes the final block if the store is as of it. */
  const takeNow = (): boolean => {
    const { header, certificate } = final
    if (certificate === null) return false
    const frozen = parts.freezeNow()
    if (frozen === undefined) return false
    take({ header, certificate })(frozen)
    return true
  }

  const want = (): void => {
    const nowMs = clock.monotonicMs()
    if (phase !== 'none' || !holding.mayReplace()) return
    if (nowMs - finalAtMs >= SNAPSHOT_PATIENCE_MS && takeNow()) return
    phase = 'wanted'
    timers.set('snapshot/take', nowMs + SNAPSHOT_PATIENCE_MS, () => {
      if (phase === 'wanted' && !takeNow()) phase = 'overdue'
    })
  }

  const onFinal: SnapshotKeeper['onFinal'] = (block) => {
    const isStep = stepOf(block.header) > stepOf(final.header)
    final = block
    finalAtMs = clock.monotonicMs()
    if (phase !== 'overdue' && !(phase === 'wanted' && isStep)) return undefined
    timers.clear('snapshot/take')
    return take(block)
  }

  const serve: SnapshotKeeper['serve'] = (request, respond) => {
    if (request.type !== 'offer') {
      serveFrom(holding.ask(request.digest), request, respond)
      return
    }
    if (request.make) want()
    respond({ type: 'offer', height: final.header.height, head: holding.head() })
  }

  return { serve, onFinal }
}

/** The one snapshot that is held, for as long as it is asked for. */
const createHolding = ({ clock, timers }: Pick<SnapshotKeeperParts, 'clock' | 'timers'>) => {
  let held: (Held & { readonly madeAtMs: number; askedAtMs: number }) | undefined

  const drop = (): void => {
    held?.release()
    held = undefined
  }

  const watch = (): void => {
    if (held === undefined) return
    timers.set('snapshot/drop', held.askedAtMs + SNAPSHOT_IDLE_MS, () => {
      const idleMs = clock.monotonicMs() - (held?.askedAtMs ?? Number.NEGATIVE_INFINITY)
      if (idleMs >= SNAPSHOT_IDLE_MS) drop()
      else watch()
    })
  }

  return {
    head: (): SnapshotHead | undefined => held?.head,
    hold: (next: Held): void => {
      drop()
      const nowMs = clock.monotonicMs()
      held = { ...next, madeAtMs: nowMs, askedAtMs: nowMs }
      watch()
    },
    ask: (digest: Hash): Held | undefined => {
      if (held?.digest !== digest) return undefined
      held.askedAtMs = clock.monotonicMs()
      return held
    },
    /** There is none, or an old one that nobody reads any more. */
    mayReplace: (): boolean => {
      if (held === undefined) return true
      const nowMs = clock.monotonicMs()
      const isOld = nowMs - held.madeAtMs >= SNAPSHOT_AGE_MS
      return isOld && nowMs - held.askedAtMs >= SNAPSHOT_PAUSE_MS
    },
  }
}

/** What of a snapshot is known before the store has it: the rest is read there. */
const shapeOf = (
  parts: SnapshotKeeperParts,
  { header, certificate }: ProvenBlock,
): ((frozen: FrozenState) => Held) => {
  const { trees, peaks } = parts.shape()
  const before = parts.ends().filter((end) => end.header.height < header.height)
  const ends = before.map((end) => ({ ...end, next: end.next.set }))
  const families = trees.map(({ number, count, root }) => ({ number, count, root }))
  const head = { header, certificate, peaks, families, epochs: ends.length }
  const digest = headerDigest(header)
  return (frozen) => ({ digest, head, ends, pages: createNodePages(trees), ...frozen })
}

const serveFrom = (
  held: Held | undefined,
  request: Exclude<SnapshotRequest, { type: 'offer' }>,
  respond: (response: SnapshotResponse | undefined) => void,
): void => {
  if (held === undefined) {
    respond(undefined)
    return
  }
  const { ends, pages, read, head } = held
  if (request.type === 'epochs') {
    respond({
      type: 'epochs',
      ends: ends.slice(request.from, request.from + EPOCHS_PER_ANSWER_MAX),
    })
  } else if (request.type === 'nodes') {
    const nodes = pages.page(request)
    respond(nodes && { type: 'nodes', nodes })
  } else answerChunks(read, { request, head }, respond)
}

const stepOf = ({ height }: Header): number => Math.floor(height / SNAPSHOT_STEP_BLOCKS)
