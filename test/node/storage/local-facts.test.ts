import { describe, expect, test } from 'vitest'
import type { Tombstone } from '#node/storage/local-facts.ts'
import { openStorage, type Storage } from '#node/storage/storage.ts'
import { StorageError } from '#node/storage/storage-error.ts'
import type { Hash } from '#protocol/hash.ts'
import { createMemoryDisk } from '../../support/memory-files.ts'
import { createMemoryKeyValues } from '../../support/memory-key-values.ts'
import { createMachine, filled, PLACE, paymentId, SIZES } from './machine.ts'
import { digestOf, valueFrom } from './records.ts'

describe('facts of this node', () => {
  const submission = {
    hash: digestOf('submission'),
    text: 'a.b.c',
    id: paymentId(1),
    scope: PLACE,
    kind: 'sale',
    expMs: 5_000,
    sinceMs: 1_000,
  }
  const tombstone = (at: number): Tombstone => ({
    scope: PLACE,
    id: paymentId(at),
    content: digestOf('order'),
    code: 'insufficient_funds',
    facts: { missingAmount: 5 },
    timeMs: at,
  })

  test('are durable when done, and share a sync when they arrive together', () => {
    const waiting: (() => void)[] = []
    let batches = 0
    const machine = createMachine((act, complete) => {
      if (typeof act === 'object' && act !== null && 'sync' in act) batches += 1
      waiting.push(complete)
    })
    const opened: Storage[] = []
    openStorage(machine.ports(), SIZES, (result) => {
      if (result.ok) opened.push(result.value)
    })
    while (opened.length === 0) waiting.shift()?.()
    const [storage] = opened
    const before = batches
    const done: number[] = []
    for (let at = 0; at < 50; at++) {
      const hash = digestOf(`submission ${at}`)
      storage?.local.outbox.put({ ...submission, hash }, () => done.push(at))
    }
    expect(done).toEqual([])
    while (waiting.length > 0) waiting.shift()?.()
    expect(done).toHaveLength(50)
    expect(batches - before).toBe(2)
  })

  test('wait for the end of a turn where the node says so, and share one sync then', () => {
    const starts: (() => void)[] = []
    let batches = 0
    const machine = createMachine((act, complete) => {
      if (typeof act === 'object' && act !== null && 'sync' in act) batches += 1
      complete()
    })
    const ports = { ...machine.ports(), gather: (start: () => void) => starts.push(start) }
    const storage = valueFrom<Storage>((answer) => openStorage(ports, SIZES, answer))
    const before = batches
    const done: string[] = []
    for (const name of ['one', 'two', 'three']) {
      storage.local.outbox.put({ ...submission, hash: digestOf(name) }, () => done.push(name))
    }
    storage.local.outbox.remove([digestOf('one')], () => done.push('removed'))
    expect([done, batches - before, starts.length]).toEqual([[], 0, 1])
    expect(storage.local.outbox.get(digestOf('two'))?.kind).toBe('sale')
    storage.close((error) => done.push(error === undefined ? 'closed' : error.code))
    expect(done).toEqual([])
    starts.shift()?.()
    expect(done).toEqual(['one', 'two', 'three', 'removed', 'closed'])
    expect(batches - before).toBe(1)
    const again = machine.start()
    expect(again.local.outbox.get(digestOf('one'))).toBeUndefined()
    expect(again.local.outbox.get(digestOf('three'))?.kind).toBe('sale')
  })

  test('that wait when a write fails are refused, and the close goes on', () => {
    const starts: (() => void)[] = []
    let broken = false
    const keyValues = createMemoryKeyValues({ fault: () => (broken ? 'EIO' : undefined) })
    const [journal, blocks] = [createMemoryDisk().directory, createMemoryDisk().directory]
    const gather = (start: () => void): void => void starts.push(start)
    const ports = { journal, blocks, keyValues: keyValues.open(), gather }
    const storage = valueFrom<Storage>((answer) => openStorage(ports, SIZES, answer))
    const codes: (string | undefined)[] = []
    storage.local.outbox.put(submission, (error) => codes.push(error?.code))
    broken = true
    storage.close((error) => codes.push(error?.code))
    starts.shift()?.()
    expect(codes).toEqual(['io_failed', 'io_failed'])
    expect(starts).toEqual([])
  })

  test('survive a crash, can be listed, swept and removed', () => {
    const { machine, storage } = filled(1)
    storage.local.outbox.put(submission, () => undefined)
    for (const at of [1, 2, 3]) storage.local.tombstones.put(tombstone(at), () => undefined)
    machine.crash(() => 0)
    const { local } = machine.start()
    expect(local.outbox.get(submission.hash)).toEqual(submission)
    const hashes: Hash[] = []
    local.outbox.each(
      ({ hash }) => hashes.push(hash),
      () => undefined,
    )
    expect(hashes).toEqual([submission.hash])
    const rest = valueFrom<readonly { timeMs: number }[]>((answer) =>
      local.tombstones.page(`${PLACE}/${paymentId(1)}`, 10, answer),
    )
    expect(rest.map(({ timeMs }) => timeMs)).toEqual([2, 3])
    local.outbox.remove([submission.hash], () => undefined)
    expect(local.outbox.get(submission.hash)).toBeUndefined()
  })

  test('that are rarely there are looked for on disk only where they may be', () => {
    const { machine, storage } = filled(1)
    storage.local.tombstones.put(tombstone(1), () => undefined)
    machine.crash(() => 0)
    const waiting: (() => void)[] = []
    const ports = machine.ports()
    let reads = 0
    const keyValues: typeof ports.keyValues = {
      ...ports.keyValues,
      get: (key) => {
        reads += 1
        return ports.keyValues.get(key)
      },
      range: (range, answer) => waiting.push(() => ports.keyValues.range(range, answer)),
    }
    let opened: Storage | undefined
    openStorage({ ...ports, keyValues }, SIZES, (result) => {
      if (result.ok) opened = result.value
    })
    // Two tables are still being read when the node is up.
    while (opened === undefined) waiting.shift()?.()
    const { tombstones } = opened.local
    const readsOf = (at: number) => {
      reads = 0
      const found = tombstones.get(`${PLACE}/${paymentId(at)}`)
      return [found, reads]
    }
    expect(waiting).toHaveLength(2)
    expect([readsOf(1), readsOf(2)]).toEqual([
      [tombstone(1), 1],
      [undefined, 1],
    ])
    tombstones.put(tombstone(3), () => undefined)
    while (waiting.length > 0) waiting.shift()?.()
    expect([readsOf(1), readsOf(2), readsOf(3)]).toEqual([
      [tombstone(1), 1],
      [undefined, 0],
      [tombstone(3), 1],
    ])
    tombstones.put(tombstone(2), () => undefined)
    expect(readsOf(2)).toEqual([tombstone(2), 1])
  })

  test('are looked for on disk whenever the disk was not read to its end', () => {
    const { machine, storage } = filled(1)
    storage.local.tombstones.put(tombstone(1), () => undefined)
    machine.crash(() => 0)
    const ports = machine.ports()
    let isBroken = false
    const keyValues: typeof ports.keyValues = {
      ...ports.keyValues,
      range: (range, answer) => {
        // What a tombstone is kept under begins with the place.
        isBroken = range.from.length === 1
        if (isBroken) answer({ ok: false, error: new StorageError('io_failed', 'broken') })
        else ports.keyValues.range(range, answer)
      },
    }
    const { local } = valueFrom<Storage>((answer) =>
      openStorage({ ...ports, keyValues }, SIZES, answer),
    )
    expect(isBroken).toBe(true)
    expect(local.tombstones.get(`${PLACE}/${paymentId(1)}`)).toEqual(tombstone(1))
  })

  test('a setting keeps any JSON value', () => {
    const { storage } = filled(1)
    const setting = { name: 'invitations', value: { open: [1, 'two', null] } }
    storage.local.settings.put(setting, () => undefined)
    expect(storage.local.settings.get('invitations')).toEqual(setting)
  })

  test('a full disk is told, and nothing is written after it', () => {
    let full = false
    const keyValues = createMemoryKeyValues({ fault: () => (full ? 'ENOSPC' : undefined) })
    const ports = {
      journal: createMemoryDisk().directory,
      blocks: createMemoryDisk().directory,
      keyValues: keyValues.open(),
    }
    const storage = valueFrom<Storage>((answer) => openStorage(ports, SIZES, answer))
    full = true
    const codes: (string | undefined)[] = []
    storage.local.outbox.put(submission, (error) => codes.push(error?.code))
    full = false
    storage.local.outbox.put(submission, (error) => codes.push(error?.code))
    expect(codes).toEqual(['disk_full', 'storage_failed'])
  })
})
