import { utf8 } from '#protocol/bytes.ts'
import { type Block, bodyMatches } from '#protocol/chain/block.ts'
import { SEGMENT_BLOCKS_MAX, SEGMENT_BYTES_MAX } from '#protocol/chain/chain-limits.ts'
import type { FetchRequest, FetchResponse } from '#protocol/chain/fetch.ts'
import { type Segment, segmentBlocksLength } from '#protocol/chain/segment.ts'
import type { Hash } from '#protocol/hash.ts'
import { hashOf } from '#protocol/hash.ts'
import type { Clock, Random, Timers } from '../loop/ports.ts'

/** Peers asked at the same time for different things; more wait their turn (consensus.md §11). */
export const FETCHES_IN_FLIGHT_MAX = 8
/** Things waited for at once; beyond it the newest question fails at once and is asked again later. */
export const FETCHES_WAITING_MAX = 64
/** Rounds over all peers before giving up for now. */
export const FETCH_ROUNDS_MAX = 2
/** First wait for an answer, its growth, and the longest (consensus.md §7). */
export const FETCH_FIRST_WAIT_MS = 500
export const FETCH_WAIT_MAX_MS = 30_000

/** What is wanted, and how an answer that really is it looks. */
export type Want =
  | { readonly type: 'block'; readonly digest: Hash }
  | { readonly type: 'transactions'; readonly digest: Hash; readonly hashes: readonly Hash[] }
  | { readonly type: 'segments'; readonly fromHeight: number }

export type Found =
  | { readonly type: 'block'; readonly block: Block; readonly from: string }
  | {
      readonly type: 'transactions'
      readonly transactions: readonly string[]
      readonly from: string
    }
  | { readonly type: 'segments'; readonly segments: readonly Segment[]; readonly from: string }

/** Asks peers one after the other for what is missing, each thing once at a time. */
export type Fetcher = {
  /**
   * `done` gets what was found, or undefined when nobody had it. Transactions are asked of `peers` in
   * order, everything else in an order of chance: no peer is asked first by everybody, and a silent
   * one does not delay every question.
   */
  readonly fetch: (want: Want, peers: readonly string[], done: (found?: Found) => void) => void
  /** Forgets a want: nobody who asked for it is answered. */
  readonly cancel: (want: Want) => void
  readonly onResponse: (from: string, response: FetchResponse) => void
}

type Job = {
  readonly want: Want
  readonly peers: readonly string[]
  /** Everybody who asked for the same thing while it was on its way. */
  readonly done: ((found?: Found) => void)[]
  /** Places of `peers` passed so far, whoever was down there included. */
  attempt: number
  /** Questions that were not answered in their time. */
  silences: number
  /** Questions that may still be answered, the last one newest; empty while waiting for a turn. */
  readonly ids: number[]
}

type FetcherPorts = {
  readonly clock: Clock
  readonly timers: Timers
  readonly random: Random
  readonly send: (peer: string, request: FetchRequest) => void
  readonly isUp: (peer: string) => boolean
}

export const createFetcher = (ports: FetcherPorts): Fetcher => {
  const jobs = new Map<string, Job>()
  const asked = new Map<number, { readonly job: Job; readonly peer: string }>()
  let running = 0
  let lastId = 0

  const startWaiting = (): void => {
    for (const job of jobs.values()) {
      if (running >= FETCHES_IN_FLIGHT_MAX) return
      if (job.ids.length > 0) continue
      running += 1
      ask(job)
    }
  }

  /** Ends a job without a word. */
  const drop = (job: Job): void => {
    jobs.delete(keyOf(job.want))
    ports.timers.clear(timerOf(job))
    if (job.ids.length > 0) running -= 1
    for (const id of job.ids.splice(0)) asked.delete(id)
  }

  const finish = (job: Job, found?: Found): void => {
    drop(job)
    for (const done of job.done) done(found)
    startWaiting()
  }

  /** A late answer to an earlier question still counts: a slow line is never asked for ever. */
  const ask = (job: Job): void => {
    lastId = (lastId + 1) % 0x1_0000_0000 || 1
    job.ids.push(lastId)
    const peer = nextPeer(job, ports)
    if (peer === undefined) {
      finish(job)
      return
    }
    asked.set(lastId, { job, peer })
    ports.timers.set(timerOf(job), ports.clock.monotonicMs() + waitMs(job), () => {
      job.silences += 1
      ask(job)
    })
    ports.send(peer, { id: lastId, ...job.want })
  }

  const fetch: Fetcher['fetch'] = (want, peers, done) => {
    const key = keyOf(want)
    const known = jobs.get(key)
    if (known !== undefined) {
      known.done.push(done)
      return
    }
    if (jobs.size >= FETCHES_WAITING_MAX || peers.length === 0) {
      done()
      return
    }
    jobs.set(key, jobOf(want, inOrder(want, peers, ports), done))
    startWaiting()
  }

  const onResponse: Fetcher['onResponse'] = (from, response) => {
    const question = asked.get(response.id)
    if (question === undefined || question.peer !== from) return
    const { job } = question
    const found = foundIn(response, job.want, from)
    if (found !== undefined) {
      finish(job, found)
      return
    }
    asked.delete(response.id)
    if (job.ids.at(-1) === response.id) ask(job)
  }

  const cancel: Fetcher['cancel'] = (want) => {
    const job = jobs.get(keyOf(want))
    if (job === undefined) return
    drop(job)
    startWaiting()
  }

  return { fetch, cancel, onResponse }
}

const jobOf = (want: Want, peers: readonly string[], done: Job['done'][number]): Job => ({
  want,
  peers,
  done: [done],
  attempt: 0,
  silences: 0,
  ids: [],
})

/** Who has a body is known; who of many signers is quick and honest is not. */
const inOrder = (
  want: Want,
  peers: readonly string[],
  { random }: Pick<FetcherPorts, 'random'>,
): readonly string[] => {
  const distinct = [...new Set(peers)]
  if (want.type === 'transactions') return distinct
  return distinct
    .map((peer) => ({ peer, place: random() }))
    .toSorted((a, b) => a.place - b.place)
    .map(({ peer }) => peer)
}

/** The next peer that is up: in the order given first, then once more around. */
const nextPeer = (job: Job, ports: FetcherPorts): string | undefined => {
  while (job.attempt < job.peers.length * FETCH_ROUNDS_MAX) {
    const peer = job.peers[job.attempt % job.peers.length]
    job.attempt += 1
    if (peer !== undefined && ports.isUp(peer)) return peer
  }
  return undefined
}

/** Who is down, or says at once that it has nothing, makes nobody wait longer for the next one. */
const waitMs = ({ silences }: Job): number =>
  Math.min(FETCH_FIRST_WAIT_MS * 1.5 ** silences, FETCH_WAIT_MAX_MS)

const timerOf = ({ want }: Job): string => `fetch/${keyOf(want)}`

const keyOf = (want: Want): string =>
  want.type === 'segments' ? `segments/${want.fromHeight}` : `${want.type}/${want.digest}`

/** The answer if it is what was asked for: digests prove content; links and certificates follow. */
const foundIn = (response: FetchResponse, want: Want, from: string): Found | undefined => {
  if (response.type === 'block' && want.type === 'block') {
    return response.block.digest === want.digest && bodyMatches(response.block)
      ? { type: 'block', block: response.block, from }
      : undefined
  }
  if (response.type === 'transactions' && want.type === 'transactions') {
    const { transactions } = response
    const found = new Set(transactions.map((text) => hashOf(utf8(text))))
    const all = transactions.length === want.hashes.length && want.hashes.every((h) => found.has(h))
    return all ? { type: 'transactions', transactions, from } : undefined
  }
  if (response.type === 'segments' && want.type === 'segments') {
    const { segments } = response
    return isRun(segments, want.fromHeight) ? { type: 'segments', segments, from } : undefined
  }
  return undefined
}

/** Bytes of the end of a run from which on no more of it may have had room in an answer. */
const FULL_BYTES = SEGMENT_BYTES_MAX / 2

/**
 * Whether segments are one chain, each certificate naming its last block, so that the last certificate
 * proves them all. They begin at the height asked for; a single one that fills its answer may be the
 * end of a longer run.
 */
const isRun = (segments: readonly Segment[], fromHeight: number): boolean => {
  const blocks = segments.flatMap((segment) => segment.blocks)
  const [first] = blocks
  if (first === undefined || blocks.length > SEGMENT_BLOCKS_MAX) return false
  const { height } = first.header
  const full = blocks.length === SEGMENT_BLOCKS_MAX || segmentBlocksLength(blocks) >= FULL_BYTES
  const isEnd = height > fromHeight && segments.length === 1 && full
  if (height !== fromHeight && !isEnd) return false
  const linked = blocks.every(({ header }, index) => {
    const parent = blocks[index - 1]
    if (parent === undefined) return true
    return header.height === parent.header.height + 1 && header.parentDigest === parent.digest
  })
  const named = segments.every(
    (segment) => segment.blocks.at(-1)?.digest === segment.certificate.digest,
  )
  return linked && named && blocks.every(bodyMatches)
}
