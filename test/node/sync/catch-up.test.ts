import { describe, expect, test } from 'vitest'
import { ANSWERS_MAX, createCatchUp, type FetchedRun } from '#node/sync/catch-up.ts'
import type { Found, Want } from '#node/sync/fetcher.ts'
import { SEGMENT_BLOCKS_MAX } from '#protocol/chain/chain-limits.ts'
import type { Segment } from '#protocol/chain/segment.ts'
import { createAlarmClock } from '../loop/alarm-clock.ts'
import { certificateOf } from '../storage/machine.ts'
import { chainOf } from '../storage/records.ts'

const FULL = SEGMENT_BLOCKS_MAX
const CHAIN = chainOf(4 * FULL)

/** Blocks of these heights with one finalization. */
const segmentAt = (from: number, count: number, epoch?: number): Segment => {
  const blocks = CHAIN.slice(from - 1, from - 1 + count)
  const last = blocks.at(-1)
  if (last === undefined) throw new Error('beyond the chain')
  const certificate = certificateOf(last)
  return { blocks, certificate: { ...certificate, epoch: epoch ?? certificate.epoch } }
}

const createBench = ({ forged = false, hasRoom = (): boolean => true } = {}) => {
  const alarms = createAlarmClock()
  const asked: { readonly fromHeight: number; readonly done: (found?: Found) => void }[] = []
  const checks: (() => void)[] = []
  const scores: string[] = []
  const runs: (FetchedRun | undefined)[] = []
  const catchUp = createCatchUp({
    ...alarms,
    epoch: certificateOf(CHAIN[0] ?? failed()).epoch,
    fetcher: {
      fetch: (want: Want, _, done) => {
        if (want.type === 'segments') asked.push({ fromHeight: want.fromHeight, done })
      },
      cancel: () => undefined,
      onResponse: () => undefined,
    },
    ingress: { verify: (_, done) => void checks.push(() => done([])) },
    network: { score: (peer, reason) => void scores.push(`${peer} ${reason}`) },
    isFinal: () => !forged,
    hasRoom,
  })
  const find = (index: number, segments: readonly Segment[]): void =>
    asked[index]?.done({ type: 'segments', segments, from: 'peer' })
  const check = (): void => {
    while (checks.length > 0) {
      checks.shift()?.()
      alarms.pass(1)
    }
  }
  return {
    asked,
    checks,
    scores,
    runs,
    find,
    check,
    heights: () => asked.map(({ fromHeight }) => fromHeight),
    obtain: (fromHeight: number) =>
      catchUp.obtain({ fromHeight, peers: ['peer'] }, (run) => runs.push(run)),
  }
}

const failed = (): never => {
  throw new Error('no block')
}

describe('a node that catches up', () => {
  test('is given a run once its signatures are checked', () => {
    const bench = createBench()
    bench.obtain(1)
    bench.find(0, [segmentAt(1, 2)])
    expect(bench.runs).toEqual([])
    bench.check()
    expect(bench.runs[0]?.held.map(({ header }) => header.height)).toEqual([1, 2])
  })

  test('asks for what follows a full answer before it has checked it', () => {
    const bench = createBench()
    bench.obtain(1)
    bench.find(0, [segmentAt(1, FULL)])
    expect(bench.heights()).toEqual([1, FULL + 1])
  })

  test('has what it asks for next checked already', () => {
    const bench = createBench()
    bench.obtain(1)
    bench.find(0, [segmentAt(1, FULL)])
    bench.find(1, [segmentAt(FULL + 1, 2)])
    bench.check()
    expect(bench.runs).toHaveLength(1)
    bench.obtain(FULL + 1)
    expect(bench.runs[1]?.held).toHaveLength(2)
    expect(bench.heights()).toEqual([1, FULL + 1])
  })

  test('asks for nothing ahead of an answer that is not full: that is the end', () => {
    const bench = createBench()
    bench.obtain(1)
    bench.find(0, [segmentAt(1, FULL - 1)])
    expect(bench.heights()).toEqual([1])
  })

  test('asks for nothing ahead of the end of a long run: its beginning comes first', () => {
    const bench = createBench()
    bench.obtain(1)
    bench.find(0, [segmentAt(3, FULL)])
    expect(bench.heights()).toEqual([1])
  })

  test('holds no more than so many answers', () => {
    const bench = createBench()
    bench.obtain(1)
    bench.find(0, [segmentAt(1, FULL)])
    bench.find(1, [segmentAt(FULL + 1, FULL)])
    expect(bench.asked).toHaveLength(ANSWERS_MAX)
    bench.check()
    // The first was handed over.
    expect(bench.heights()).toEqual([1, FULL + 1, 2 * FULL + 1])
  })

  test('fetches nothing ahead while the store lags', () => {
    const bench = createBench({ hasRoom: () => false })
    bench.obtain(1)
    bench.find(0, [segmentAt(1, FULL)])
    expect(bench.heights()).toEqual([1])
  })

  test('forgets what it fetched ahead when the chain goes on elsewhere', () => {
    const bench = createBench()
    bench.obtain(1)
    bench.find(0, [segmentAt(1, FULL)])
    bench.check()
    bench.obtain(7)
    bench.find(1, [segmentAt(FULL + 1, 2)])
    bench.check()
    expect(bench.runs).toHaveLength(1)
    bench.find(2, [segmentAt(7, 1)])
    bench.check()
    expect(bench.runs[1]?.held.map(({ header }) => header.height)).toEqual([7])
  })

  test('asks anew for what was not to be had ahead', () => {
    const bench = createBench()
    bench.obtain(1)
    bench.find(0, [segmentAt(1, FULL)])
    bench.asked[1]?.done(undefined)
    bench.check()
    bench.obtain(FULL + 1)
    expect(bench.heights()).toEqual([1, FULL + 1, FULL + 1])
  })

  test('is told that nobody had it', () => {
    const bench = createBench()
    bench.obtain(1)
    bench.asked[0]?.done(undefined)
    expect(bench.runs).toEqual([undefined])
  })

  test('checks nothing that no quorum made final, and counts it against who sent it', () => {
    const bench = createBench({ forged: true })
    bench.obtain(1)
    bench.find(0, [segmentAt(1, FULL)])
    expect(bench.checks).toEqual([])
    expect(bench.scores).toEqual(['peer invalid_certificate'])
    expect(bench.runs).toEqual([undefined])
    expect(bench.heights()).toEqual([1])
  })

  test('takes of an answer what is of its epoch, and asks for nothing beyond its end', () => {
    const bench = createBench()
    const { epoch } = segmentAt(1, 1).certificate
    bench.obtain(1)
    bench.find(0, [segmentAt(1, 2), segmentAt(3, FULL - 2, epoch + 1)])
    bench.check()
    expect(bench.heights()).toEqual([1])
    expect(bench.runs[0]?.segments).toHaveLength(1)
  })
})
