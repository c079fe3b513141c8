import type { Finalization } from '#protocol/chain/certificate.ts'
import type { Header } from '#protocol/chain/header.ts'
import type { Hash } from '#protocol/hash.ts'
import {
  type BlockNode,
  type Chain,
  fetchBlock,
  fetchWhole,
  finalView,
  halt,
  type Path,
  pathTo,
  verifyBlock,
} from './chain.ts'
import type { FetchedSegment } from './event.ts'
import { BLOCKS_MAX, HISTORY_BLOCKS, TAIL_BLOCKS_MAX, TARGETS_MAX } from './limits.ts'

/** Remembers that the block named by this verified finalization is to be committed. */
export const addTarget = (chain: Chain, certificate: Finalization): void => {
  const newest = chain.targets.at(-1)
  if (certificate.view <= (newest?.view ?? finalView(chain))) return
  if (chain.targets.length >= TARGETS_MAX) chain.targets.pop()
  chain.targets.push(certificate)
}

/**
 * Commits the lowest target when its blocks are executed, and names it; otherwise asks for what it
 * lacks. Call again until it gives undefined.
 */
export const commitNext = (chain: Chain): Finalization | undefined => {
  while ((chain.targets[0]?.view ?? Infinity) <= finalView(chain)) chain.targets.shift()
  const target = chain.targets[0]
  if (target === undefined || chain.fatal !== undefined || chain.end !== undefined) return undefined
  const path = pathTo(chain, target.digest)
  if (path.end === 'dead') return haltOnConflict(chain, target)
  if (path.end === 'missing') return askFor(chain, path, target)
  const next = path.nodes.find(({ stage }) => stage !== 'executed')
  if (next !== undefined) return judgeFinal(chain, next, target)
  chain.targets.shift()
  finalise(chain, path.nodes, target)
  return target
}

/** A quorum finalised a block that does not descend from our final one. */
export const haltOnConflict = (chain: Chain, target: Finalization): undefined => {
  const { certificate } = chain.finalised
  halt(chain, {
    code: 'conflicting_certificates',
    detail: `final block of view ${target.view} does not extend the final block`,
    proof: certificate === null ? [target] : [certificate, target],
  })
}

const askFor = (chain: Chain, path: Path, target: Finalization): undefined => {
  const lowest = path.nodes[0]
  const gap = lowest === undefined ? 0 : lowest.header.height - chain.finalised.header.height - 1
  const stepwise = gap <= TAIL_BLOCKS_MAX || target.digest === chain.longRun
  if (!stepwise) fetchSegments(chain, target.signers)
  else fetchBlock(chain, path.endDigest, { view: target.view, peers: target.signers })
}

/** Asks for final blocks, those above ours unless told otherwise, once at a time. */
export const fetchSegments = (
  chain: Chain,
  peers: readonly number[],
  fromHeight: number = chain.finalised.header.height + 1,
): void => {
  if (chain.fetchingFrom !== undefined || chain.resting.has('segments')) return
  chain.fetchingFrom = fromHeight
  chain.effects.push({ type: 'fetch', what: 'segments', fromHeight, peers })
}

/**
 * A block found invalid before its finality was known is judged again, by its whole body: what then
 * differs is our state.
 */
const judgeFinal = (chain: Chain, node: BlockNode, target: Finalization): undefined => {
  if (fetchWhole(chain, node, { view: target.view, peers: target.signers })) return
  if (node.stage === 'invalid') node.stage = 'known'
  const follows = verifyBlock(chain, node, { peers: target.signers, final: true })
  if (!follows) haltDiverged(chain, node, target)
}

/** Our execution of a final block gives something else than a quorum's. */
export const haltDiverged = (
  chain: Chain,
  node: BlockNode,
  target: Finalization | undefined,
): void =>
  halt(chain, {
    code: 'state_diverged',
    detail: `block ${node.digest} at height ${node.header.height}`,
    proof: target === undefined ? [] : [target],
  })

const finalise = (chain: Chain, nodes: readonly BlockNode[], certificate: Finalization): void => {
  const last = nodes.at(-1)
  if (last === undefined) return
  const digests = nodes.map(({ digest }) => digest)
  const headers = nodes.map(({ header }) => header)
  chain.effects.push({ type: 'finalise', digests, headers, certificate })
  chain.finalised = {
    header: last.header,
    digest: last.digest,
    certificate,
    emptyRun: last.emptyRun,
  }
  for (const { header, digest } of nodes) {
    remember(chain, header.view, digest)
    chain.load = Math.max(header.transactionCount, chain.load / 2)
  }
  if (last.next !== undefined) {
    chain.end = { header: last.header, digest: last.digest, certificate, next: last.next }
  }
  for (const digest of digests) chain.blocks.delete(digest)
  forgetDead(chain)
}

const remember = (chain: Chain, view: number, digest: Hash): void => {
  chain.history.set(view, digest)
  if (chain.history.size <= HISTORY_BLOCKS) return
  for (const oldest of chain.history.keys()) {
    chain.history.delete(oldest)
    return
  }
}

/** Whether this finalization names a block beside the remembered final ones. */
export const contradictsHistory = (chain: Chain, certificate: Finalization): boolean => {
  if (certificate.view > finalView(chain)) return false
  const [oldest] = chain.history.keys()
  if (oldest === undefined || certificate.view < oldest) return false
  return chain.history.get(certificate.view) !== certificate.digest
}

/** Blocks and fetches of views up to the final one lead nowhere any more. */
const forgetDead = (chain: Chain): void => {
  const view = finalView(chain)
  for (const [digest, node] of chain.blocks) {
    if (node.header.view > view) continue
    chain.blocks.delete(digest)
    chain.effects.push({ type: 'abandon', digest })
  }
  for (const [digest, wantedIn] of chain.fetching) {
    if (wantedIn > view) continue
    chain.fetching.delete(digest)
    chain.effects.push({ type: 'abandon', digest })
  }
}

/**
 * Puts fetched final blocks in front of the targets. False when they do not continue our chain, nor
 * are the end of a single run above it, or a certificate does not name its last block; the
 * certificates were verified by the caller.
 */
export const addSegments = (
  chain: Chain,
  segments: readonly FetchedSegment[],
  seenAtMs: number,
): boolean => {
  const { height } = chain.finalised.header
  const fresh = segments.filter(({ blocks }) => (blocks.at(-1)?.header.height ?? 0) > height)
  const end = endOfLongRun(chain, fresh)
  if (!continues(fresh, height, end?.header.parentDigest ?? chain.finalised.digest)) return false
  if (end !== undefined) chain.longRun = fresh[0]?.certificate.digest
  for (const { header, digest } of fresh.flatMap(({ blocks }) => blocks)) {
    if (header.height > height) holdBlock(chain, { header, digest, seenAtMs })
  }
  const certificates = fresh.map(({ certificate }) => certificate)
  const newest = certificates.at(-1)?.view ?? 0
  chain.targets = [...certificates, ...chain.targets.filter(({ view }) => view > newest)]
  return true
}

/**
 * The finalization that proves a fork, if these blocks show one: another block at the height of our
 * final one, or one above it that grows from another. Certificates were verified by the caller; a
 * quorum's block vouches for all its ancestors.
 */
export const forkIn = (
  { finalised }: Chain,
  segments: readonly FetchedSegment[],
): Finalization | undefined => {
  const { height } = finalised.header
  const lowest = segments.find(({ blocks }) => (blocks.at(-1)?.header.height ?? 0) >= height)
  const block = lowest?.blocks.find(({ header }) => header.height >= height)
  if (lowest === undefined || block === undefined) return undefined
  const { height: at, parentDigest } = block.header
  const isOther =
    (at === height && block.digest !== finalised.digest) ||
    (at === height + 1 && parentDigest !== finalised.digest)
  return isOther && continues([lowest], at - 1, parentDigest) ? lowest.certificate : undefined
}

/** The first block of a single segment that begins above our next height, yet within reach. */
const endOfLongRun = (
  chain: Chain,
  [only, ...more]: readonly FetchedSegment[],
): FetchedSegment['blocks'][number] | undefined => {
  const first = only?.blocks[0]
  const gap = (first?.header.height ?? 0) - chain.finalised.header.height - 1
  return more.length === 0 && gap > 0 && gap <= BLOCKS_MAX ? first : undefined
}

/** Whether the blocks above `height` follow one another from the block `parent` on. */
const continues = (segments: readonly FetchedSegment[], height: number, parent: Hash): boolean => {
  let tip = parent
  for (const { blocks, certificate } of segments) {
    for (const { header, digest } of blocks) {
      if (header.height <= height) continue
      if (header.parentDigest !== tip) return false
      tip = digest
    }
    if (tip !== certificate.digest) return false
  }
  return true
}

/** The driver now has the whole block, wherever its body was to come from before. */
export const holdBlock = (
  chain: Chain,
  block: { readonly header: Header; readonly digest: Hash; readonly seenAtMs: number },
): void => {
  const known = chain.blocks.get(block.digest)
  chain.fetching.delete(block.digest)
  if (known?.stage === 'verifying' || known?.stage === 'executed') return
  if (known?.stage === 'invalid' && !known.listFailed) return
  const persisted = known?.persisted ?? false
  const empty = { next: undefined, emptyRun: 0, listFailed: false } as const
  const fresh = { persisted, stage: 'known', ...empty } as const
  chain.blocks.set(block.digest, { ...block, ...fresh, body: { from: 'held' } })
}
