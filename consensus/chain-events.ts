import { verifyCertificate } from '#protocol/chain/certificate.ts'
import type { SigningDomain } from '#protocol/chain/vote.ts'
import type { VerifySignature } from '#protocol/signature.ts'
import { type Chain, markExecuted, wakeResting } from './chain.ts'
import { addSegments, forkIn, haltDiverged, haltOnConflict, holdBlock } from './commit.ts'
import type { Event, FetchedSegment } from './event.ts'

type Verified = Extract<Event, { readonly type: 'verified' }>
type FetchedBlock = Extract<Event, { readonly type: 'fetchedBlock' }>
type FetchedSegments = Extract<Event, { readonly type: 'fetchedSegments' }>
type FetchFailed = Extract<Event, { readonly type: 'fetchFailed' }>

/** Whose certificates count, and how they are checked. */
type Judge = { readonly domain: SigningDomain; readonly verify: VerifySignature }

/** Upon the driver's judgement of a block; true when it proved bad just now. */
export const onVerified = (chain: Chain, event: Verified): boolean => {
  const node = chain.blocks.get(event.digest)
  if (node?.stage !== 'verifying') return false
  if (event.ok) {
    markExecuted(chain, node, event.next)
    return false
  }
  node.listFailed = node.body.from === 'proposal'
  if (event.reason === 'unavailable') {
    node.stage = 'resting'
    chain.resting.add(node.digest)
    return false
  }
  node.stage = 'invalid'
  if (event.reason === 'diverged' && !node.listFailed) haltDiverged(chain, node, chain.targets[0])
  return true
}

/** Upon a block that was asked for by digest. */
export const onFetchedBlock = (chain: Chain, event: FetchedBlock, seenAtMs: number): void => {
  if (!chain.fetching.delete(event.digest)) return
  const target = chain.targets[0]
  if (event.header.height > chain.finalised.header.height) {
    holdBlock(chain, { header: event.header, digest: event.digest, seenAtMs })
  } else if (target?.digest === event.digest) haltOnConflict(chain, target)
}

/**
 * Upon final blocks from a height; false when their source sent what is not final or not ours. What
 * follows the end of the epoch is asked for again by the machine of the next one.
 */
export const onFetchedSegments = (
  chain: Chain,
  event: FetchedSegments,
  judge: Judge & { readonly nowMs: number },
): boolean => {
  chain.fetchingFrom = undefined
  const segments = ownSegments(event, chain.epoch)
  if (segments.length === 0) chain.resting.add('segments')
  const sound = segments.every(({ certificate }) =>
    verifyCertificate(certificate, judge.domain, judge.verify),
  )
  const fork = sound ? forkIn(chain, segments) : undefined
  if (fork !== undefined) {
    haltOnConflict(chain, fork)
    return true
  }
  if (sound && addSegments(chain, segments, judge.nowMs)) return true
  chain.resting.add('segments')
  return false
}

/** The segments of one epoch, which stand together. */
export const ownSegments = (event: FetchedSegments, epoch: number): readonly FetchedSegment[] =>
  event.segments.filter(({ certificate }) => certificate.epoch === epoch)

/** Upon a fetch that nobody could serve: it rests until the repair timer. */
export const onFetchFailed = (chain: Chain, event: FetchFailed): void => {
  if (event.what === 'segments') {
    chain.fetchingFrom = undefined
    chain.resting.add('segments')
  } else if (chain.fetching.delete(event.digest)) chain.resting.add(event.digest)
}

/** Upon the repair timer: what rested may be asked for again. */
export const onRepair = (chain: Chain): void => wakeResting(chain)
