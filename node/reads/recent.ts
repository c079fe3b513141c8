import type { Head, Position } from '#api/ports/ledger.ts'
import type { Block } from '#protocol/chain/block.ts'
import { bodyBytes } from '#protocol/chain/block.ts'
import type { Finalization } from '#protocol/chain/certificate.ts'
import type { Header } from '#protocol/chain/header.ts'
import type { LedgerEvent } from '#protocol/ledger/event.ts'
import type { FinalBlock } from '../pipeline/executor.ts'
import { createHeights } from './heights.ts'
import { RECENT_BLOCKS_MAX, RECENT_BYTES_MAX, WATCHERS_MAX } from './limits.ts'

/** A final block with what it did, and what proves it: its own finalization or a descendant's. */
export type RecentBlock = {
  readonly block: Block
  readonly events: readonly LedgerEvent[]
  readonly certified: { readonly header: Header; readonly certificate: Finalization }
}

/**
 * The newest final blocks in memory: all that the store does not hold yet, and some that it does.
 * What is asked for just after it became final is here.
 */
export type Recent = {
  /** To be told by the core, in its order. */
  readonly onFinal: (
    blocks: readonly Pick<FinalBlock, 'block' | 'events'>[],
    certificate: Finalization,
  ) => void
  readonly onStored: (blocks: readonly Pick<FinalBlock, 'block'>[]) => void
  readonly head: () => Head
  readonly storedHeight: () => number
  readonly block: (height: number) => RecentBlock | undefined
  readonly event: (place: Position) => LedgerEvent | undefined
  /** Final, and not in the store: oldest first. */
  readonly unstored: () => readonly RecentBlock[]
  /** Resolves once `height` is final here; rejects when `signal` aborts. */
  readonly reach: (height: number, signal: AbortSignal) => Promise<void>
  /** The same for a height whose events the store holds. */
  readonly reachStored: (height: number, signal: AbortSignal) => Promise<void>
  /**
   * Calls back at every final block, before anything follows it; the returned function ends it.
   * Undefined when too many watch already.
   */
  readonly watch: (onFinal: () => void) => (() => void) | undefined
}

/** `final`: the block that the disk gave back, which is stored. */
export const createRecent = (final: Pick<Header, 'height' | 'timestampMs'>): Recent => {
  const blocks = new Map<number, RecentBlock>()
  const heights = createHeights(final.height)
  const stored = createHeights(final.height)
  let head: Head = { height: final.height, timeMs: final.timestampMs }
  const watchers = new Set<() => void>()
  let bytes = 0

  /** Oldest first; what the store lacks stays, however much it is. */
  const shed = (): void => {
    for (const [height, { block }] of blocks) {
      const fits = blocks.size <= RECENT_BLOCKS_MAX && bytes <= RECENT_BYTES_MAX
      if (fits || height > stored.now()) return
      blocks.delete(height)
      bytes -= bodyBytes(block.transactions)
    }
  }

  return {
    onFinal: (finals, certificate) => {
      const last = finals.at(-1)?.block.header
      if (last === undefined) return
      const certified = { header: last, certificate }
      for (const { block, events } of finals) {
        blocks.set(block.header.height, { block, events, certified })
        bytes += bodyBytes(block.transactions)
      }
      head = { height: last.height, timeMs: last.timestampMs }
      shed()
      heights.rise(last.height)
      for (const watcher of watchers) watcher()
    },
    onStored: (finals) => {
      stored.rise(finals.at(-1)?.block.header.height ?? 0)
      shed()
    },
    head: () => head,
    storedHeight: stored.now,
    block: (height) => blocks.get(height),
    event: ({ height, index }) => blocks.get(height)?.events[index],
    unstored: () => [...blocks.values()].filter(({ block }) => block.header.height > stored.now()),
    reach: heights.reach,
    reachStored: stored.reach,
    watch: (watcher) => {
      if (watchers.size >= WATCHERS_MAX) return undefined
      watchers.add(watcher)
      return () => void watchers.delete(watcher)
    },
  }
}
