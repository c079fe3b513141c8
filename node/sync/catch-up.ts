import type { Block } from '#protocol/chain/block.ts'
import type { Finalization } from '#protocol/chain/certificate.ts'
import { SEGMENT_BLOCKS_MAX } from '#protocol/chain/chain-limits.ts'
import { type Segment, segmentBlocksLength } from '#protocol/chain/segment.ts'
import type { Clock, Timers } from '../loop/ports.ts'
import type { NetworkPort } from '../network/network-port.ts'
import type { HeldBlock } from '../pipeline/executor.ts'
import type { Ingress } from '../pipeline/ingress.ts'
import { checkInSlices } from './check-in-slices.ts'
import type { Fetcher } from './fetcher.ts'
import { ANSWER_BYTES } from './serve.ts'

/**
 * Answers that are here and not handed over, or on their way: one whose signatures are being checked, and
 * the one after it. Each is 4 MiB at most.
 */
export const ANSWERS_MAX = 2

/** Final blocks from a height up, proven by their last certificate, every signature checked. */
export type FetchedRun = {
  readonly from: string
  readonly segments: readonly Segment[]
  readonly held: readonly HeldBlock[]
}

/**
 * Final blocks on their way to a node that is behind. While it executes what it asked for, the answers
 * after that are fetched and checked: who serves them, the line, the cores that check signatures and the
 * one that executes work at the same time.
 */
export type CatchUp = {
  /**
   * Runs from this height up, once; undefined when nobody had it or it was not sound. Asked for another
   * height than what follows the last answer, it forgets what it fetched ahead.
   */
  readonly obtain: (
    want: { readonly fromHeight: number; readonly peers: readonly string[] },
    done: (run: FetchedRun | undefined) => void,
  ) => void
}

type CatchUpParts = {
  readonly epoch: number
  readonly fetcher: Fetcher
  readonly ingress: Pick<Ingress, 'verify'>
  readonly network: Pick<NetworkPort, 'score'>
  readonly clock: Clock
  readonly timers: Timers
  /** Whether a quorum of the set signed a finalization. */
  readonly isFinal: (certificate: Finalization) => boolean
  /** Whether the store takes more: what nobody asked for yet must not fill the memory. */
  readonly hasRoom: () => boolean
}

type Want = Parameters<CatchUp['obtain']>[0]

/** `done`: who asked for it; nobody yet, for what is fetched ahead. */
type Entry = {
  readonly want: Want
  done: ((run: FetchedRun | undefined) => void) | undefined
  result: { readonly run: FetchedRun | undefined } | undefined
}

export const createCatchUp = (parts: CatchUpParts): CatchUp => {
  const entries = new Map<number, Entry>()
  /** Where the newest answer ended, if it was full and what follows is not asked for yet. */
  let next: Want | undefined

  const isLive = (entry: Entry): boolean => entries.get(entry.want.fromHeight) === entry

  const begin = (want: Want): Entry => {
    const entry: Entry = { want, done: undefined, result: undefined }
    entries.set(want.fromHeight, entry)
    const { fromHeight, peers } = want
    parts.fetcher.fetch({ type: 'segments', fromHeight }, peers, (found) => {
      if (!isLive(entry)) return
      if (found?.type === 'segments') onFound(entry, found.from, found.segments)
      else settle(entry, undefined)
    })
    return entry
  }

  /** Who asked is told, or finds it when they ask; what failed ahead is asked for anew. */
  const settle = (entry: Entry, run: FetchedRun | undefined): void => {
    entry.result = { run }
    if (entry.done === undefined && run !== undefined) return
    entries.delete(entry.want.fromHeight)
    fetchAhead()
    entry.done?.(run)
  }

  const onFound = (entry: Entry, from: string, found: readonly Segment[]): void => {
    // What follows the end of the epoch is asked for again by who knows the set that made it final.
    const segments = found.filter(({ certificate }) => certificate.epoch === parts.epoch)
    const newest = segments.at(-1)?.certificate
    if (newest === undefined) {
      settle(entry, undefined)
      return
    }
    // They are one chain: this one certificate proves all of them, before any costs its signatures.
    if (!parts.isFinal(newest)) {
      parts.network.score(from, 'invalid_certificate', 'reject')
      settle(entry, undefined)
      return
    }
    const blocks = segments.flatMap((segment) => segment.blocks)
    if (segments.length === found.length) next = following(entry.want, blocks)
    fetchAhead()
    const { fromHeight } = entry.want
    const later = (act: () => void): void =>
      parts.timers.set(`catch-up/${fromHeight}`, parts.clock.monotonicMs(), () => {
        if (isLive(entry)) act()
      })
    checkInSlices({ ingress: parts.ingress, later }, blocks, (held) => {
      if (isLive(entry)) settle(entry, held && { from, segments, held })
    })
  }

  const fetchAhead = (): void => {
    if (next === undefined || entries.size >= ANSWERS_MAX || !parts.hasRoom()) return
    const want = next
    next = undefined
    begin(want)
  }

  return {
    obtain: (want, done) => {
      if (!entries.has(want.fromHeight)) {
        entries.clear()
        next = undefined
      }
      const entry = entries.get(want.fromHeight) ?? begin(want)
      if (entry.result === undefined) {
        entry.done = done
        return
      }
      entries.delete(want.fromHeight)
      fetchAhead()
      done(entry.result.run)
    },
  }
}

/** What to ask for after a full answer. The end of a long run is no such: the rest of it comes first. */
const following = ({ fromHeight, peers }: Want, blocks: readonly Block[]): Want | undefined => {
  const isFull = blocks.length >= SEGMENT_BLOCKS_MAX || segmentBlocksLength(blocks) >= ANSWER_BYTES
  const isWhole = blocks[0]?.header.height === fromHeight
  const height = blocks.at(-1)?.header.height
  if (!isFull || !isWhole || height === undefined) return undefined
  return { fromHeight: height + 1, peers }
}
