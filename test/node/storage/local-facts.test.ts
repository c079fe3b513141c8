import { describe, expect, test } from 'vitest'
import { openStorage, type Storage } from '#node/storage/storage.ts'
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
    for (const at of [1, 2, 3]) {
      storage.local.tombstones.put(
        {
          scope: PLACE,
          id: paymentId(at),
          content: digestOf('order'),
          code: 'insufficient_funds',
          facts: { missingAmount: 5 },
          timeMs: at,
        },
        () => undefined,
      )
    }
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
