import type { Certificate, Finalization } from '#protocol/chain/certificate.ts'
import type { NextEpoch } from '#protocol/chain/epoch.ts'
import type { Header } from '#protocol/chain/header.ts'
import { isEmpty, isSealing } from '#protocol/chain/header.ts'
import type { Hash } from '#protocol/hash.ts'
import type { Effect, FatalCode, VerifyEffect } from './effect.ts'
import type { EpochEnd } from './epoch-end.ts'
import { FETCHES_MAX } from './limits.ts'

/** The newest block that this node has executed and handed over as final. */
export type FinalBlock = {
  readonly header: Header
  readonly digest: Hash
  /** Null for genesis only. */
  readonly certificate: Finalization | null
  /** Consecutive empty blocks that end here, as far as known. */
  readonly emptyRun: number
}

/** A block above the final one. */
export type BlockNode = {
  readonly header: Header
  readonly digest: Hash
  /** Where the driver finds the body. */
  readonly body: VerifyEffect['body']
  /**
   * The list of transactions beside its proposal gave no good body. Nothing binds that list to the
   * header: the block is judged again by its whole body, once it is proven.
   */
  listFailed: boolean
  /** `resting`: its body could not be had; asked for again after the repair timer. */
  stage: 'known' | 'verifying' | 'resting' | 'executed' | 'invalid'
  /** What a sealing block brings about, once executed. */
  next: NextEpoch | undefined
  /** Its full bytes are in the block log. */
  persisted: boolean
  /** Consecutive empty blocks that end here; set once executed. */
  emptyRun: number
  /** Monotonic time of its first sight. */
  readonly seenAtMs: number
}

/** The blocks a node knows, from its final one upwards. Shared by replicas and followers. */
export type Chain = {
  /** Whose views count; a block of an earlier epoch, its origin, stands at view 0. */
  readonly epoch: number
  finalised: FinalBlock
  readonly blocks: Map<Hash, BlockNode>
  /** Blocks asked for by digest, with the view that wants them. */
  readonly fetching: Map<Hash, number>
  /** Segments are asked for from this height. */
  fetchingFrom: number | undefined
  /** Fetches that failed and wait for the repair timer. */
  readonly resting: Set<Hash | 'segments'>
  /**
   * The final block of a run that is too long for one answer: its end is held, and the rest of it is
   * fetched block by block, down to ours.
   */
  longRun: Hash | undefined
  /** Finalizations above the final block, ascending by view. */
  targets: Finalization[]
  /** Digests of the newest final blocks by view: a finalization of another one is a fork. */
  readonly history: Map<number, Hash>
  /** The most transactions that one of the last final blocks held, halved by each block since. */
  load: number
  /** Effects of the present step. */
  readonly effects: Effect[]
  /** The sealing block, once it is final: nothing follows it in this epoch. */
  end: EpochEnd | undefined
  fatal: Fatal | undefined
}

export type Fatal = {
  readonly code: FatalCode
  readonly detail: string
  readonly proof: readonly Certificate[]
}

/** The way from the final block to a digest, oldest first, as far as it is known. */
export type Path = {
  readonly nodes: readonly BlockNode[]
  /** `missing`: an ancestor is unknown; `dead`: the way passes beside the final block. */
  readonly end: 'final' | 'missing' | 'dead'
  /** The first digest that is not a known block above the final one. */
  readonly endDigest: Hash
}

export const createChain = (finalised: FinalBlock, epoch: number): Chain => ({
  epoch,
  finalised,
  blocks: new Map(),
  fetching: new Map(),
  fetchingFrom: undefined,
  resting: new Set(),
  longRun: undefined,
  targets: [],
  history: new Map([[viewIn(epoch, finalised.header), finalised.digest]]),
  load: 0,
  effects: [],
  end: undefined,
  fatal: undefined,
})

/** The view of a block in an epoch: the origin of the epoch is of none of its views. */
export const viewIn = (epoch: number, header: Header): number =>
  header.epoch === epoch ? header.view : 0

export const finalView = ({ epoch, finalised }: Chain): number => viewIn(epoch, finalised.header)

/** Stops this node for good; the first reason stands. */
export const halt = (chain: Chain, fatal: Fatal): void => {
  chain.fatal ??= fatal
}

/** Adds a block that is not yet known; does not execute it. */
export const addBlock = (
  chain: Chain,
  block: Pick<BlockNode, 'header' | 'digest' | 'body' | 'seenAtMs' | 'persisted'>,
): void => {
  chain.fetching.delete(block.digest)
  if (block.header.height <= chain.finalised.header.height) return
  if (chain.blocks.has(block.digest)) return
  chain.blocks.set(block.digest, {
    ...block,
    stage: 'known',
    next: undefined,
    emptyRun: 0,
    listFailed: false,
  })
}

export const isExecuted = (chain: Chain, digest: Hash): boolean =>
  digest === chain.finalised.digest || chain.blocks.get(digest)?.stage === 'executed'

/** The final block or a known one, with what a child is judged by. */
export const parentOf = (
  chain: Chain,
  digest: Hash,
): { readonly header: Header; readonly emptyRun: number } | undefined =>
  digest === chain.finalised.digest ? chain.finalised : chain.blocks.get(digest)

export const pathTo = (chain: Chain, digest: Hash): Path => {
  const nodes: BlockNode[] = []
  let cursor = digest
  for (;;) {
    if (cursor === chain.finalised.digest)
      return { nodes: nodes.reverse(), end: 'final', endDigest: cursor }
    const node = chain.blocks.get(cursor)
    if (node === undefined) break
    nodes.push(node)
    cursor = node.header.parentDigest
  }
  const lowest = nodes.at(-1)?.header.height ?? Number.MAX_SAFE_INTEGER
  const end = lowest <= chain.finalised.header.height + 1 ? 'dead' : 'missing'
  return { nodes: nodes.reverse(), end, endDigest: cursor }
}

/**
 * Takes the next step towards executing the proven block `digest`: fetches the first unknown ancestor or verifies
 * the first one not executed. True when it is executed already.
 */
export const pursueBlock = (
  chain: Chain,
  digest: Hash,
  want: { readonly view: number; readonly peers: readonly number[] },
): boolean => {
  if (isExecuted(chain, digest)) return true
  const path = pathTo(chain, digest)
  if (path.end === 'missing') fetchBlock(chain, path.endDigest, want)
  if (path.end !== 'final') return false
  const next = path.nodes.find(({ stage }) => stage !== 'executed')
  if (next !== undefined && !fetchWhole(chain, next, want)) {
    verifyBlock(chain, next, { ...want, final: false })
  }
  return next === undefined
}

/**
 * Whether a proven block has to be fetched with its whole body, because the list beside its
 * proposal was of no use. One whose list is still being worked on is given until the repair timer.
 */
export const fetchWhole = (
  chain: Chain,
  node: BlockNode,
  want: { readonly view: number; readonly peers: readonly number[] },
): boolean => {
  if (node.body.from === 'held') return false
  if (node.stage === 'verifying') chain.resting.add(node.digest)
  if (!node.listFailed || node.stage === 'verifying') return false
  if (node.stage === 'resting') chain.resting.delete(node.digest)
  node.stage = 'known'
  fetchBlock(chain, node.digest, want)
  return true
}

/** Asks the driver for body and execution, once; false when the header cannot follow its parent. */
export const verifyBlock = (
  chain: Chain,
  node: BlockNode,
  want: { readonly peers: readonly number[]; readonly final: boolean },
): boolean => {
  const parent = parentOf(chain, node.header.parentDigest)
  if (node.stage !== 'known' || parent === undefined) return true
  if (!follows(node.header, parent.header)) {
    node.stage = 'invalid'
    return false
  }
  node.stage = 'verifying'
  const { header, digest, body } = node
  const { epoch, view } = header
  const { peers, final } = want
  chain.effects.push({ type: 'verify', epoch, view, header, digest, body, final, peers })
  return true
}

export const fetchBlock = (
  chain: Chain,
  digest: Hash,
  want: { readonly view: number; readonly peers: readonly number[] },
): void => {
  if (chain.fetching.has(digest) || chain.resting.has(digest)) return
  if (chain.fetching.size >= FETCHES_MAX) return
  chain.fetching.set(digest, want.view)
  chain.effects.push({ type: 'fetch', what: 'block', digest, peers: want.peers })
}

/** The driver executed a block on its parent; a sealing one tells what it brings about. */
export const markExecuted = (chain: Chain, node: BlockNode, next: NextEpoch | undefined): void => {
  const { header } = node
  const nextSetHash = next?.set.hash ?? header.authoritySetHash
  if (isSealing(header) !== (next !== undefined) || header.nextSetHash !== nextSetHash) {
    const detail = 'a block executed to another end of its epoch than it names'
    halt(chain, { code: 'rule_broken', detail, proof: [] })
    return
  }
  node.stage = 'executed'
  node.next = next
  chain.resting.delete(node.digest)
  const parent = parentOf(chain, node.header.parentDigest)
  node.emptyRun = isEmpty(node.header) ? (parent?.emptyRun ?? 0) + 1 : 0
}

/** Forgets a block that cannot become final, or whose view is long past. */
export const dropBlock = (chain: Chain, digest: Hash): void => {
  if (!chain.blocks.delete(digest)) return
  abandon(chain, digest)
}

/** Stops what the driver does about a block; it will not answer. */
export const abandon = (chain: Chain, digest: Hash): void => {
  chain.fetching.delete(digest)
  chain.effects.push({ type: 'abandon', digest })
}

/** The repair timer fired: what failed may be asked for again. */
export const wakeResting = (chain: Chain): void => {
  for (const node of chain.blocks.values()) {
    if (node.stage !== 'verifying' || !chain.resting.has(node.digest)) continue
    node.stage = 'known'
    node.listFailed = true
    abandon(chain, node.digest)
  }
  chain.resting.clear()
  for (const node of chain.blocks.values()) if (node.stage === 'resting') node.stage = 'known'
}

/** What a header must satisfy on its parent, whatever the body. */
export const follows = (header: Header, parent: Header): boolean =>
  header.height === parent.height + 1 &&
  header.timestampMs > parent.timestampMs &&
  (isSealing(parent) ? opensEpoch(header, parent) : continuesEpoch(header, parent))

/** Nothing but the next epoch grows from a sealing block. */
const opensEpoch = (header: Header, parent: Header): boolean =>
  header.epoch === parent.epoch + 1 && header.authoritySetHash === parent.nextSetHash

const continuesEpoch = (header: Header, parent: Header): boolean =>
  header.epoch === parent.epoch &&
  header.authoritySetHash === parent.authoritySetHash &&
  header.version === parent.version &&
  header.view > parent.view
