import { describe, expect, test } from 'vitest'
import { storedBase } from '#node/storage/chain-base.ts'
import { PREFIXES } from '#node/storage/key-map.ts'
import { createSnapshotStore } from '#node/storage/snapshot-store.ts'
import { loadState } from '#node/storage/state-loading.ts'
import { SNAPSHOT_IDLE_MS } from '#node/sync/snapshot-keeper.ts'
import { DECIDE_MS, HEAD_MS } from '#node/sync/snapshot-receiver.ts'
import type { FetchResponse } from '#protocol/chain/fetch.ts'
import type { Hash } from '#protocol/hash.ts'
import { FAMILIES, type Records } from '#protocol/state/families.ts'
import { createState } from '#protocol/state/state.ts'
import { valueFrom } from '../storage/records.ts'
import {
  createSnapshotBench,
  entriesIn,
  type Source,
  sourceOf,
  type Twist,
} from './snapshot-bench.ts'

const COUNTERS = 20_000
const SOURCE = sourceOf(COUNTERS)
const PATIENT_MS = 120_000

type Bench = ReturnType<typeof createSnapshotBench>

/** The root of what the disk holds, loaded as at a start. */
const rootOn = ({ database }: Bench): Hash =>
  valueFrom<Hash>((answer) => loadState(database.open(), createState<Records>(FAMILIES), answer))

const expectReceived = (bench: Bench, source: Source = SOURCE): void => {
  expect(rootOn(bench)).toBe(source.header.stateRoot)
  const port = bench.database.open()
  expect(storedBase(port)).toEqual({ count: source.header.height, peaks: source.peaks })
  expect(createSnapshotStore(port).phase()).toBeUndefined()
  expect(entriesIn(port, PREFIXES.chunk)).toEqual([])
}

const chunksGiven = (bench: Bench, servers: number): number =>
  Array.from({ length: servers }, (_, at) => bench.server(at).served).reduce((a, b) => a + b)

describe('a store without blocks', () => {
  test('takes the state of a final block from all who hold it', () => {
    const bench = createSnapshotBench([SOURCE, SOURCE, SOURCE])
    const found = bench.start()
    bench.pass(PATIENT_MS)
    expect(found.end).toBe('received')
    expectReceived(bench)
    for (const at of [0, 1, 2]) expect(bench.server(at).served).toBeGreaterThan(0)
    expect(bench.lies).toEqual([])
  })

  test('follows the authorities through all epochs before the block', () => {
    const source = sourceOf(100, { epochs: 70 })
    const bench = createSnapshotBench([source])
    const found = bench.start()
    bench.pass(PATIENT_MS)
    expect(found.end).toBe('received')
    expectReceived(bench, source)
    const sealed = entriesIn(bench.database.open(), PREFIXES.certificate)
    expect(sealed).toHaveLength(71)
  })

  test('begins at genesis where nobody is far ahead', () => {
    const bench = createSnapshotBench([SOURCE, SOURCE, SOURCE])
    const found = bench.start({ fromBlocks: SOURCE.header.height + 1 })
    bench.pass(10)
    expect(found.end).toBe('none')
    expect(entriesIn(bench.database.open(), PREFIXES.record)).toEqual([])
  })

  test('begins at genesis where nobody answers', () => {
    const bench = createSnapshotBench([])
    const found = bench.start()
    bench.pass(DECIDE_MS - 1)
    expect(found.end).toBeUndefined()
    bench.pass(600)
    expect(found.end).toBe('none')
  })

  test('begins at genesis where those who are far ahead show no snapshot', () => {
    const bench = createSnapshotBench([SOURCE])
    bench.server(0).twist = (response) =>
      response.type === 'offer' ? { ...response, head: undefined } : response
    const found = bench.start()
    bench.pass(HEAD_MS + 2_000)
    expect(found.end).toBe('none')
  })
})

describe('a snapshot of which a part is on disk', () => {
  test('is gone on with after the process died before any of its writes', () => {
    const whole = createSnapshotBench([SOURCE, SOURCE])
    let writes = 0
    whole.start({
      onWrite: () => {
        writes += 1
      },
    })
    whole.pass(PATIENT_MS)
    expect(writes).toBeGreaterThan(4)
    const chunks = chunksGiven(whole, 2)
    for (let last = 1; last <= writes; last++) {
      const bench = createSnapshotBench([SOURCE, SOURCE])
      let left = last
      bench.start({
        onWrite: () => {
          left -= 1
          if (left === 0) bench.kill()
        },
      })
      bench.pass(5_000)
      const before = chunksGiven(bench, 2)
      const kept = entriesIn(bench.database.open(), PREFIXES.chunk).length
      const found = bench.start()
      bench.pass(PATIENT_MS)
      expect(found.end).toBe('received')
      expectReceived(bench)
      // What was written is not asked for again.
      expect(chunksGiven(bench, 2) - before).toBe(chunks - kept)
    }
  })

  test('is never taken for a state, whoever is there', () => {
    const bench = createSnapshotBench([SOURCE])
    let left = 3
    bench.start({
      onWrite: () => {
        left -= 1
        if (left === 0) bench.kill()
      },
    })
    bench.pass(5_000)
    bench.server(0).twist = () => undefined
    const found = bench.start()
    bench.pass(10 * DECIDE_MS)
    expect(found.end).toBeUndefined()
    expect(createSnapshotStore(bench.database.open()).phase()).toEqual({ height: 300 })
    bench.server(0).twist = (response) => response
    bench.pass(PATIENT_MS)
    expect(found.end).toBe('received')
    expectReceived(bench)
  })

  test('counts where a later one has equal chunks, once nobody holds the first', () => {
    const later = sourceOf(COUNTERS, { height: 420, changed: 64 })
    const bench = createSnapshotBench([SOURCE, later])
    bench.server(1).twist = () => undefined
    let left = 4
    bench.start({
      onWrite: () => {
        left -= 1
        if (left === 0) bench.kill()
      },
    })
    bench.pass(5_000)
    const before = bench.server(0).served
    bench.server(0).twist = () => undefined
    bench.server(1).twist = (response) => response
    const found = bench.start()
    bench.pass(PATIENT_MS)
    expect(found.end).toBe('received')
    expectReceived(bench, later)
    expect(before).toBeGreaterThan(0)
  })
})

const spoil = (bytes: Uint8Array): Uint8Array => {
  const copy = Uint8Array.from(bytes)
  copy[0] = (copy[0] ?? 0) ^ 1
  return copy
}

const LIES: readonly (readonly [string, Twist])[] = [
  [
    'a changed record',
    (response) =>
      response.type === 'chunks'
        ? { ...response, chunks: response.chunks.map((texts) => texts.map(spoil)) }
        : response,
  ],
  [
    'a record too few',
    (response) =>
      response.type === 'chunks'
        ? { ...response, chunks: response.chunks.map((texts) => texts.slice(1)) }
        : response,
  ],
  [
    'other nodes',
    (response) =>
      response.type === 'nodes' ? { ...response, nodes: spoil(response.nodes) } : response,
  ],
  [
    'no nodes',
    (response) =>
      response.type === 'nodes' ? { ...response, nodes: new Uint8Array(0) } : response,
  ],
  [
    'families that do not make the state root',
    twistedHead((head) => ({
      ...head,
      families: head.families.map((family) => ({ ...family, count: family.count + 1 })),
    })),
  ],
  [
    'mountains that do not make the history root',
    twistedHead((head) => ({ ...head, peaks: head.peaks.map(spoil) })),
  ],
  [
    'a finalization that nobody signed',
    twistedHead(({ certificate, ...head }) => ({
      ...head,
      certificate: { ...certificate, signatures: certificate.signatures.map(spoil) },
    })),
  ],
  [
    'epochs that there were not',
    (response) => (response.type === 'epochs' ? { ...response, ends: [] } : twistEpochs(response)),
  ],
]

type Head = NonNullable<Extract<FetchResponse, { type: 'offer' }>['head']>

function twistedHead(twist: (head: Head) => Head): Twist {
  return (response) =>
    response.type === 'offer' && response.head !== undefined
      ? { ...response, head: twist(response.head) }
      : response
}

function twistEpochs(response: FetchResponse): FetchResponse {
  return response.type === 'offer' && response.head !== undefined
    ? { ...response, head: { ...response.head, epochs: 3 } }
    : response
}

describe('who gives', () => {
  test.each(LIES)('%s is found out, and another asked', (_, twist) => {
    const bench = createSnapshotBench([SOURCE, SOURCE])
    bench.server(0).twist = twist
    const found = bench.start()
    bench.pass(PATIENT_MS)
    expect(found.end).toBe('received')
    expectReceived(bench)
    expect(bench.lies.filter((peer) => peer !== 'server0')).toEqual([])
  })

  test.each(LIES)('%s alone makes nobody believe it', (_, twist) => {
    const bench = createSnapshotBench([SOURCE])
    bench.server(0).twist = twist
    const found = bench.start()
    bench.pass(PATIENT_MS)
    expect(found.end).not.toBe('received')
    expect(bench.lies).toEqual(['server0'])
  })

  test('nothing in time makes others give it', () => {
    const bench = createSnapshotBench([SOURCE, SOURCE])
    bench.server(0).twist = (response) => (response.type === 'offer' ? response : undefined)
    const found = bench.start()
    bench.pass(PATIENT_MS)
    expect(found.end).toBe('received')
    expectReceived(bench)
  })
})

test('a snapshot that nobody asks for is dropped, and made anew when it is asked for', () => {
  const bench = createSnapshotBench([SOURCE])
  bench.start()
  bench.pass(30_000)
  const { keeper } = bench.server(0)
  const offered: unknown[] = []
  const ask = (make: boolean): void =>
    keeper.serve({ type: 'offer', make }, (response) =>
      offered.push(response?.type === 'offer' && response.head !== undefined),
    )
  ask(false)
  bench.pass(2 * SNAPSHOT_IDLE_MS)
  ask(false)
  ask(true)
  expect(offered).toEqual([true, false, true])
})
