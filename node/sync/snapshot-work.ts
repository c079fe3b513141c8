import { equalBytes } from '#protocol/bytes.ts'
import { CHUNKS_PER_ANSWER_MAX } from '#protocol/chain/chain-limits.ts'
import type { ChunkRun, FamilyAt, NodesPage, SnapshotHead } from '#protocol/chain/snapshot.ts'
import { isPage } from '#protocol/proof/snapshot.ts'
import { depthOf, NODE_BYTES } from '#protocol/state/merkle-path.ts'
import {
  CHUNK_DEPTH,
  chunkRootOf,
  chunksOf,
  NODE_LEVELS,
  nodesAt,
  PAGE_DEPTH,
} from '#protocol/state/subtree.ts'
import type { VerifiedChunk } from '../storage/snapshot-store.ts'

/** One thing to ask for: nodes of a tree, or chunks whose roots are known by them. */
export type SnapshotItem =
  | ({ readonly type: 'nodes' } & NodesPage)
  | ({ readonly type: 'chunks' } & ChunkRun)

/**
 * What is to be asked for until a snapshot is whole, in an order in which every answer is proven by what
 * came before: of each tree the upper nodes, then those above the chunks, then the chunks.
 */
export type SnapshotWork = {
  /** The next thing that nobody is asked for. */
  readonly take: () => SnapshotItem | undefined
  /** It is asked for again. */
  readonly giveBack: (item: SnapshotItem) => void
  /** Whether these are the nodes asked for. */
  readonly onNodes: (page: NodesPage, nodes: Uint8Array) => boolean
  /** The first of the chunks, as far as they are what was asked for; fewer than were given: a lie. */
  readonly verified: (
    run: ChunkRun,
    chunks: readonly (readonly Uint8Array[])[],
  ) => readonly VerifiedChunk[]
  /** These chunks are on disk. */
  readonly onStored: (chunks: readonly Pick<VerifiedChunk, 'family' | 'index'>[]) => void
  readonly isWhole: () => boolean
  /** Slots that are on disk, of how many. */
  readonly progress: () => { readonly slots: number; readonly of: number }
}

/** Chunks that the disk holds: the root under which each was stored. */
export type KnownChunks = {
  readonly rootOf: (family: number, index: number) => Uint8Array | undefined
}

export const createSnapshotWork = (head: SnapshotHead, known: KnownChunks): SnapshotWork => {
  const trees = new Map(head.families.map((family) => [family.number, treeOf(family)]))
  const waiting: SnapshotItem[] = []
  const of = head.families.reduce((sum, { count }) => sum + count, 0)
  let slots = 0

  const tree = (family: number): Tree => {
    const found = trees.get(family)
    if (found === undefined) throw new Error(`no family ${family}`)
    return found
  }

  /** All roots of the chunks of a family are known: what the disk lacks is asked for. */
  const wantChunks = (family: number): void => {
    const { count, roots } = tree(family)
    for (let index = 0; index < chunksOf(count); index++) {
      const stored = known.rootOf(family, index)
      if (stored !== undefined && equalBytes(stored, nodeIn(roots, index))) {
        slots += slotsIn(index, count)
        continue
      }
      const last = waiting.at(-1)
      const follows =
        last?.type === 'chunks' && last.family === family && last.from + last.count === index
      if (follows && last.count < CHUNKS_PER_ANSWER_MAX) {
        waiting[waiting.length - 1] = { ...last, count: last.count + 1 }
      } else waiting.push({ type: 'chunks', family, from: index, count: 1 })
    }
  }

  const wantNodes = (family: number, levels: readonly number[]): void => {
    const [level] = levels
    if (level === undefined) {
      wantChunks(family)
      return
    }
    const pages = Math.ceil(nodesAt(level, tree(family).count) / 2 ** PAGE_DEPTH)
    tree(family).missing = pages
    // Before all that is known: whoever waits for nodes cannot ask for chunks.
    for (let index = 0; index < pages; index++)
      waiting.unshift({ type: 'nodes', family, level, index })
  }

  for (const { number, levels } of trees.values()) wantNodes(number, levels)

  return {
    take: () => {
      const item = waiting.shift()
      if (item?.type !== 'chunks') return item
      const { perAnswer } = tree(item.family)
      if (item.count <= perAnswer) return item
      const [from, count] = [item.from + perAnswer, item.count - perAnswer]
      waiting.unshift({ ...item, from, count })
      return { ...item, count: perAnswer }
    },
    giveBack: (item) => void waiting.unshift(item),
    onNodes: ({ family, level, index }, nodes) => {
      const { count, root, levels, upper, roots } = tree(family)
      const above = levels[0] === level ? root : nodeIn(upper, index)
      if (!isPage({ family, level, index }, nodes, { count, above })) return false
      const into = level === CHUNK_DEPTH ? roots : upper
      into.set(nodes, index * 2 ** PAGE_DEPTH * NODE_BYTES)
      tree(family).missing -= 1
      if (tree(family).missing === 0) wantNodes(family, levels.slice(levels.indexOf(level) + 1))
      return true
    },
    verified: (run, chunks) => {
      const good = verifiedIn(tree(run.family), run, chunks)
      // A server reads all that is asked for, and sends what one answer holds.
      if (good.length > 0 && good.length < run.count) tree(run.family).perAnswer = good.length
      return good
    },
    onStored: (chunks) => {
      for (const { family, index } of chunks) slots += slotsIn(index, tree(family).count)
    },
    isWhole: () => slots === of,
    progress: () => ({ slots, of }),
  }
}

/** A family's tree as far as it is known. */
type Tree = FamilyAt & {
  /** Levels whose nodes are asked for, the highest first. */
  readonly levels: readonly number[]
  /** Nodes of the higher of two such levels. */
  readonly upper: Uint8Array
  /** Roots of the chunks. */
  readonly roots: Uint8Array
  /** Pages of the level that is asked for. */
  missing: number
  /** Chunks that an answer holds, as far as known. */
  perAnswer: number
}

const treeOf = (family: FamilyAt): Tree => {
  const { count, root } = family
  const levels = NODE_LEVELS.filter((level) => level < depthOf(count)).toReversed()
  const roots = new Uint8Array(chunksOf(count) * NODE_BYTES)
  // A tree that is no higher than a chunk is one.
  if (levels.length === 0 && count > 0) roots.set(root)
  const upper = new Uint8Array(levels.length > 1 ? nodesAt(levels[0] ?? 0, count) * NODE_BYTES : 0)
  return { ...family, levels, roots, upper, missing: 0, perAnswer: CHUNKS_PER_ANSWER_MAX }
}

const nodeIn = (nodes: Uint8Array, index: number): Uint8Array =>
  nodes.subarray(index * NODE_BYTES, (index + 1) * NODE_BYTES)

const CHUNK_SLOTS = 2 ** CHUNK_DEPTH

const slotsIn = (index: number, count: number): number =>
  Math.min(CHUNK_SLOTS, count - index * CHUNK_SLOTS)

const verifiedIn = (
  { count, roots }: Tree,
  { family, from, count: asked }: ChunkRun,
  chunks: readonly (readonly Uint8Array[])[],
): readonly VerifiedChunk[] => {
  const good: VerifiedChunk[] = []
  for (const [at, texts] of chunks.slice(0, asked).entries()) {
    const index = from + at
    const root = nodeIn(roots, index)
    if (texts.length !== slotsIn(index, count)) break
    const found = chunkRootOf({ family, from: index * CHUNK_SLOTS, texts }, count)
    if (!equalBytes(found, root)) break
    good.push({ family, index, root, texts })
  }
  return good
}
