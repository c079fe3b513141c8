import { utf8 } from '#protocol/bytes.ts'
import { type Block, bodyMatches } from '#protocol/chain/block.ts'
import type { FetchRequest, FetchResponse } from '#protocol/chain/fetch.ts'
import type { Segment } from '#protocol/chain/segment.ts'
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
  /** `peers` are asked in order; `done` gets what was found, or undefined when nobody had it. */
  readonly fetch: (want: Want, peers: readonly string[], done: (found?: Found) => void) => void
  /** Forgets a want: its `done` is not called. */
  readonly cancel: (want: Want) => void
  readonly onResponse: (from: string, response: FetchResponse) => void
}

type Job = {
  readonly want: Want
  readonly peers: readonly string[]
  readonly done: (found?: Found) => void
  attempt: number
  /** Of the question under way; 0 while waiting for a turn. */
  id: number
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
  const asked = new Map<number, Job>()
  let lastId = 0

  const startWaiting = (): void => {
    for (const job of jobs.values()) {
      if (asked.size >= FETCHES_IN_FLIGHT_MAX) return
      if (job.id === 0) ask(job)
    }
  }

  const finish = (job: Job, found?: Found): void => {
    release(job)
    jobs.delete(keyOf(job.want))
    job.done(found)
    startWaiting()
  }

  const release = (job: Job): void => {
    asked.delete(job.id)
    ports.timers.clear(timerOf(job))
    job.id = 0
  }

  const ask = (job: Job): void => {
    const peer = nextPeer(job, ports)
    if (peer === undefined) {
      finish(job)
      return
    }
    lastId = (lastId + 1) % 0x1_0000_0000 || 1
    job.id = lastId
    asked.set(job.id, job)
    ports.timers.set(timerOf(job), ports.clock.monotonicMs() + waitMs(job), () => {
      release(job)
      ask(job)
    })
    ports.send(peer, { id: job.id, ...job.want })
  }

  const fetch: Fetcher['fetch'] = (want, peers, done) => {
    const key = keyOf(want)
    if (jobs.has(key)) return
    const job: Job = { want, peers: [...new Set(peers)], done, attempt: 0, id: 0 }
    if (jobs.size >= FETCHES_WAITING_MAX || peers.length === 0) {
      done()
      return
    }
    jobs.set(key, job)
    startWaiting()
  }

  const onResponse: Fetcher['onResponse'] = (from, response) => {
    const job = asked.get(response.id)
    if (job === undefined) return
    const found = foundIn(response, job.want, from)
    if (found !== undefined) {
      finish(job, found)
      return
    }
    release(job)
    ask(job)
  }

  const cancel: Fetcher['cancel'] = (want) => {
    const job = jobs.get(keyOf(want))
    if (job === undefined) return
    release(job)
    jobs.delete(keyOf(want))
    startWaiting()
  }

  return { fetch, cancel, onResponse }
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

const waitMs = ({ attempt }: Job): number =>
  Math.min(FETCH_FIRST_WAIT_MS * 1.5 ** (attempt - 1), FETCH_WAIT_MAX_MS)

const timerOf = ({ want }: Job): string => `fetch/${keyOf(want)}`

const keyOf = (want: Want): string =>
  want.type === 'segments' ? `segments/${want.fromHeight}` : `${want.type}/${want.digest}`

/** The answer if it is what was asked for: digests prove content, heights and certificates follow. */
const foundIn = (response: FetchResponse, want: Want, from: string): Found | undefined => {
  if (response.type === 'block' && want.type === 'block') {
    return response.block.digest === want.digest && bodyMatches(response.block)
      ? { type: 'block', block: response.block, from }
      : undefined
  }
  if (response.type === 'transactions' && want.type === 'transactions') {
    const wanted = new Set<string>(want.hashes)
    const { transactions } = response
    const all = transactions.length === wanted.size
    return all && transactions.every((text) => wanted.has(hashOf(utf8(text))))
      ? { type: 'transactions', transactions, from }
      : undefined
  }
  if (response.type === 'segments' && want.type === 'segments') {
    const first = response.segments[0]?.blocks[0]
    const all = response.segments.flatMap(({ blocks }) => blocks)
    return first?.header.height === want.fromHeight && all.every(bodyMatches)
      ? { type: 'segments', segments: response.segments, from }
      : undefined
  }
  return undefined
}
