import { describe, expect, test } from 'vitest'
import type { CertifiedHeight } from '#node/storage/chain-reader.ts'
import { putting, removing } from '#node/storage/changes.ts'
import type { LedgerPlace } from '#node/storage/key-map.ts'
import { COMMIT_GATHERED_FROM, SEGMENTS_GATHERED_MAX } from '#node/storage/limits.ts'
import { damageIn, loadState } from '#node/storage/state-loading.ts'
import { openStorage, type Storage } from '#node/storage/storage.ts'
import type { StorageError } from '#node/storage/storage-error.ts'
import type { Block } from '#protocol/chain/block.ts'
import { type Hash, ZERO_HASH } from '#protocol/hash.ts'
import { deriveId, type PlaceId, type WalletId } from '#protocol/id.ts'
import type { LedgerEvent } from '#protocol/ledger/event.ts'
import { FAMILIES, type Records } from '#protocol/state/families.ts'
import { createState } from '#protocol/state/state.ts'
import { imageOf } from '#test/support/memory-files.ts'
import {
  CARD_WALLET,
  certificateOf,
  commit,
  createChain,
  createMachine,
  filled,
  loaded,
  PLACE,
  paymentId,
  SIZES,
  saleAt,
} from './machine.ts'
import { codeOf, digestOf, randomOf, valueFrom, voteIn } from './records.ts'

const eventsAfter = (storage: Storage, from: LedgerPlace, limit: number): readonly LedgerEvent[] =>
  valueFrom((answer) => storage.reader.events(from, limit, answer))

const historyOf = (
  storage: Storage,
  owner: WalletId | PlaceId,
  below?: LedgerPlace,
): readonly number[] =>
  valueFrom<readonly LedgerEvent[]>((answer) =>
    storage.reader.history(owner, below ? { limit: 4, below } : { limit: 4 }, answer),
  ).map(({ height }) => height)

describe('a committed segment', () => {
  test('is there after a power cut: height, headers, bodies, certificate, records', () => {
    const { machine, chain, blocks } = filled(9)
    machine.crash(() => 0)
    const storage = machine.start()
    expect(storage.chain.applied()).toEqual({ height: 9, digest: blocks[8]?.block.digest })
    expect(storage.reader.block(4)?.header).toEqual(blocks[3]?.block.header)
    expect(storage.reader.heightOf(blocks[3]?.block.digest ?? ZERO_HASH)).toBe(4)
    expect(valueFrom((answer) => storage.blockAt(4, answer))).toEqual(blocks[3]?.block)
    expect(
      valueFrom((answer) => storage.block(blocks[6]?.block.digest ?? ZERO_HASH, answer)),
    ).toEqual(blocks[6]?.block)
    expect(loaded(machine).root()).toBe(chain.state.root())
  })

  test('has the certificate of its last block, which serves every block of it', () => {
    const { storage, blocks } = filled(9)
    const certified = (height: number) =>
      valueFrom<CertifiedHeight | undefined>((answer) => storage.reader.certificate(height, answer))
    expect(certified(4)?.height).toBe(6)
    expect(certified(6)?.certificate.digest).toBe(blocks[5]?.block.digest)
    expect(certified(10)).toBeUndefined()
  })

  test('names where each payment is and how it ended, by id and by hash', () => {
    const { storage } = filled(6)
    const end = {
      height: 5,
      index: 0,
      hash: digestOf('transaction 5'),
      outcome: 'insufficient_funds',
    }
    expect(storage.reader.payment(PLACE, paymentId(5))).toEqual(end)
    const transaction = (id: number, hash: Hash) =>
      valueFrom((answer) => storage.reader.transaction({ id: paymentId(id), hash }, answer))
    expect(transaction(5, end.hash)).toEqual(end)
    expect(transaction(5, digestOf('transaction 4'))).toBeUndefined()
    expect(transaction(4, end.hash)).toBeUndefined()
    expect(storage.reader.payment(CARD_WALLET, paymentId(5))).toBeUndefined()
    expect(storage.reader.payment(PLACE, paymentId(7))).toBeUndefined()
    expect(storage.reader.event({ height: 5, index: 0 })).toEqual(saleAt(5))
  })

  test('hides no block above it that was logged before it', () => {
    const { machine, storage, chain } = filled(3)
    const [parent, child] = [chain.next(), chain.next()]
    // Voted for before its parent's body was here.
    storage.write({ journal: [], blocks: [child.block] }, () => undefined)
    commit(storage, [parent])
    machine.crash(() => 0)
    const again = machine.start()
    expect(again.chain.applied()).toMatchObject({ height: 4, digest: parent.block.digest })
    expect(again.logged.map(({ digest }) => digest)).toEqual([child.block.digest])
    commit(again, [child])
    machine.crash(() => 0)
    expect(machine.start().logged).toEqual([])
  })

  test('leaves genesis without a body', () => {
    const { storage, chain } = filled(1)
    expect(storage.reader.block(0)).toEqual({
      header: chain.genesis.header,
      digest: chain.genesis.digest,
      position: undefined,
    })
    expect(valueFrom((answer) => storage.blockAt(0, answer))).toBeUndefined()
  })

  test('follows the one before it, or is our mistake', () => {
    const { storage, chain } = filled(3)
    chain.next()
    const skipped = chain.next()
    expect(() => commit(storage, [skipped])).toThrow('does not follow')
    expect(() => storage.chain.begin(chain.genesis, () => undefined)).toThrow('begun already')
  })
})

describe('segments that are committed', () => {
  /** A store that is told when to commit, and what came of it. */
  const setUp = (from = 0) => {
    const starts: (() => void)[] = []
    let batches = 0
    const machine = createMachine((act, complete) => {
      if (typeof act === 'object' && act !== null && 'sync' in act) batches += 1
      complete()
    })
    const gather = (start: () => void) => void starts.push(start)
    const ports = { ...machine.ports(), pace: { from, gather } }
    const storage = valueFrom<Storage>((answer) => openStorage(ports, SIZES, answer))
    const chain = createChain()
    storage.chain.begin(chain.genesis, () => undefined)
    starts.shift()?.()
    const before = batches
    const stored: (number | string)[] = []
    const give = (count: number): void => {
      for (let at = 0; at < count; at++) {
        const block = chain.next()
        const { height } = block.block.header
        storage.chain.commit([block], certificateOf(block.block), (error) =>
          stored.push(error?.code ?? height),
        )
      }
    }
    return { machine, chain, storage, starts, stored, give, batches: () => batches - before }
  }

  test('within one pause share a batch, and each keeps its certificate', () => {
    const { machine, chain, storage, starts, stored, give, batches } = setUp()
    give(3)
    expect([stored, starts.length, storage.chain.applied()?.height]).toEqual([[], 1, 0])
    starts.shift()?.()
    expect([stored, batches()]).toEqual([[1, 2, 3], 1])
    expect(loaded(machine).root()).toBe(chain.state.root())
    for (const height of [1, 2, 3]) {
      const found = valueFrom<CertifiedHeight | undefined>((answer) =>
        storage.reader.certificate(height, answer),
      )
      expect(found?.height).toBe(height)
    }
    give(1)
    expect([stored.length, starts.length]).toEqual([3, 1])
  })

  test('wait for nothing while they are small: a quiet till is told what a power cut leaves', () => {
    const { machine, starts, stored, give } = setUp(COMMIT_GATHERED_FROM)
    give(1)
    expect([stored, starts]).toEqual([[1], []])
    machine.crash(() => 0)
    expect(machine.start().chain.applied()?.height).toBe(1)
  })

  test('are all there or none after a power cut in the pause', () => {
    const { machine, stored, starts, give } = setUp()
    give(2)
    machine.crash(() => 0)
    expect(stored).toEqual([])
    expect(machine.start().chain.applied()?.height).toBe(0)
    expect(starts).toHaveLength(1)
  })

  test('wait no longer once there are many of them, whenever their pause ends', () => {
    const { starts, stored, give, batches } = setUp()
    give(SEGMENTS_GATHERED_MAX)
    expect([stored.length, batches()]).toEqual([SEGMENTS_GATHERED_MAX, 1])
    starts.shift()?.()
    expect(batches()).toBe(1)
    give(1)
    expect([stored.length, starts.length]).toEqual([SEGMENTS_GATHERED_MAX, 1])
  })

  test('last, while the storage closes, may still erase what they made needless', () => {
    const { machine, chain, storage, starts } = setUp()
    const submission = {
      hash: digestOf('transaction 1'),
      text: 'a.b.c',
      id: paymentId(1),
      scope: PLACE,
      kind: 'sale',
      expMs: 5_000,
      sinceMs: 1_000,
    }
    storage.local.outbox.put(submission, () => undefined)
    const ends: string[] = []
    const block = chain.next()
    storage.chain.commit([block], certificateOf(block.block), () =>
      storage.local.outbox.remove([submission.hash], (error) => ends.push(error?.code ?? 'erased')),
    )
    storage.close((error) => ends.push(error?.code ?? 'closed'))
    expect(ends).toEqual([])
    starts.shift()?.()
    expect(ends).toEqual(['erased', 'closed'])
    expect(machine.start().local.outbox.get(submission.hash)).toBeUndefined()
  })
})

describe('readers', () => {
  test('events come oldest first, each once, page by page', () => {
    const { storage } = filled(12)
    const seen: number[] = []
    let from = { height: 0, index: 0 }
    for (let page = eventsAfter(storage, from, 5); page.length > 0; ) {
      seen.push(...page.map(({ height }) => height))
      from = page.at(-1) ?? from
      page = eventsAfter(storage, from, 5)
    }
    expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
  })

  test('history is newest first, without what moved nothing, and pages never shift', () => {
    const { storage, chain } = filled(12)
    expect(historyOf(storage, CARD_WALLET)).toEqual([12, 11, 9, 8])
    commit(storage, [chain.next()])
    expect(historyOf(storage, CARD_WALLET, { height: 8, index: 0 })).toEqual([7, 6, 4, 3])
    expect(historyOf(storage, CARD_WALLET, { height: 1, index: 0 })).toEqual([])
    expect(historyOf(storage, PLACE)).toEqual([13, 12, 11, 10])
    expect(historyOf(storage, deriveId('wal', 'nobody'))).toEqual([])
  })

  test('digests come from genesis on', () => {
    const { storage, chain, blocks } = filled(4)
    const seen: Hash[] = []
    storage.reader.eachDigest(
      (digest) => seen.push(digest),
      () => undefined,
    )
    expect(seen).toEqual([chain.genesis.digest, ...blocks.map(({ block }) => block.digest)])
  })
})

describe('a start', () => {
  test('gives back the journal and the blocks above the applied one', () => {
    const { machine, chain, storage } = filled(3)
    const [fourth, fifth] = [chain.next(), chain.next()]
    storage.write({ journal: [voteIn(4)], blocks: [fourth.block] }, () => undefined)
    storage.write({ journal: [voteIn(5)], blocks: [fifth.block, fourth.block] }, () => undefined)
    machine.crash(() => 0)
    const again = machine.start()
    expect(again.records).toEqual([voteIn(4), voteIn(5)])
    expect(again.logged.map(({ header }) => header.height)).toEqual([4, 5])
    expect(valueFrom((answer) => again.block(fifth.block.digest, answer))).toEqual(fifth.block)
    commit(again, [fourth, fifth])
    expect(loaded(machine).root()).toBe(chain.state.root())
  })

  test('a lost journal is a new one that says so, also when the directory was emptied', () => {
    const { machine } = filled(1)
    machine.journal.restore(new Map())
    const { records, lost } = machine.start()
    expect(records).toEqual([{ type: 'amnesia', cause: 'journal_missing' }])
    expect(lost).toMatchObject({ code: 'journal_missing', kept: [] })
    expect(machine.start()).toMatchObject({ records, lost: undefined })
  })

  test('a block log that lost the applied block stops it', () => {
    const { machine } = filled(3)
    const blank = new Uint8Array(SIZES.blocks)
    machine.blocks.restore(new Map([['blocks-00000000', imageOf(blank)]]))
    expect(codeOf((answer) => openStorage(machine.ports(), SIZES, answer))).toBe(
      'block_log_corrupt',
    )
  })

  test('a record that is missing or no record is named', () => {
    const { machine } = filled(4)
    const port = machine.keyValues.open()
    const detail = () =>
      valueFrom<StorageError | undefined>((answer) => damageIn(port, answer))?.message
    expect(detail()).toBeUndefined()
    const key = Uint8Array.of(0x10, FAMILIES.counter.number, 0, 0, 0, 1)
    port.batch(putting(key, Buffer.from('{"name":1}')), { sync: true }, () => {})
    expect(detail()).toContain('slot 1 of family counter')
    port.batch(removing([key]), { sync: true }, () => undefined)
    expect(detail()).toContain('a slot before slot 2 of family counter is missing')
  })

  test.each([
    ['not JSON', '{'],
    ['neither a record nor a link', '"a"'],
  ])('what is %s ends a load', (_, text) => {
    const { machine } = filled(4)
    const state = createState<Records>(FAMILIES)
    const port = machine.keyValues.open()
    const key = Uint8Array.of(0x10, FAMILIES.counter.number, 0, 0, 0, 1)
    port.batch(putting(key, Buffer.from(text)), { sync: true }, () => {})
    expect(() => valueFrom((answer) => loadState(port, state, answer))).toThrow(
      'slot 1 of family counter',
    )
  })

  test('a record that lacks what its schema asks for gives another root, and is named then', () => {
    const { machine } = filled(4)
    const port = machine.keyValues.open()
    const load = (): Hash =>
      valueFrom((answer) => loadState(port, createState<Records>(FAMILIES), answer))
    const root = load()
    const key = Uint8Array.of(0x10, FAMILIES.sale.number, 0, 0, 0, 0)
    port.batch(putting(key, Buffer.from('{}')), { sync: true }, () => {})
    expect(load()).not.toBe(root)
    const damage = valueFrom<StorageError | undefined>((answer) => damageIn(port, answer))
    expect(damage?.message).toContain('slot 0 of family sale')
  })

  test('a text that says the same by other bytes gives another root', () => {
    const { machine } = filled(4)
    const load = (): Hash => {
      const state = createState<Records>(FAMILIES)
      return valueFrom((answer) => loadState(machine.keyValues.open(), state, answer))
    }
    const root = load()
    const port = machine.keyValues.open()
    const key = Uint8Array.of(0x10, FAMILIES.counter.number, 0, 0, 0, 0)
    const value = Buffer.concat([Buffer.from(' '), port.get(key) ?? Buffer.alloc(0)])
    port.batch(putting(key, value), { sync: true }, () => {})
    expect(load()).not.toBe(root)
  })

  test('at any crash, the state is that of the applied height, and nothing acknowledged is lost', () => {
    for (let seed = 1; seed <= 60; seed++) {
      const random = randomOf(seed)
      let left = 25 + Math.floor(random() * 120)
      const waiting: (() => void)[] = []
      const machine = createMachine((_, complete) => waiting.push(complete))
      const chain = createChain()
      const roots = [chain.state.root()]
      let acknowledged = -1
      const run = (storage: Storage): void => {
        storage.chain.begin(chain.genesis, () => {
          acknowledged = 0
        })
        for (let height = 1; height <= 12; height++) {
          const block = chain.next()
          roots.push(chain.state.root())
          if (random() < 0.5) {
            storage.write({ journal: [voteIn(height)], blocks: [block.block] }, () => undefined)
          }
          storage.chain.commit([block], certificateOf(block.block), () => {
            acknowledged = height
          })
        }
      }
      openStorage(machine.ports(), SIZES, (result) => {
        if (!result.ok) throw result.error
        run(result.value)
      })
      while (left > 0 && waiting.length > 0) {
        left -= 1
        const pick = Math.floor(random() * waiting.length)
        waiting.splice(pick, 1)[0]?.()
      }
      machine.crash(random)
      const after = createMachine()
      after.journal.restore(machine.journal.snapshot())
      after.blocks.restore(machine.blocks.snapshot())
      after.keyValues.restore(machine.keyValues.snapshot())
      const storage = after.start()
      const height = storage.chain.applied()?.height ?? -1
      expect(height).toBeGreaterThanOrEqual(acknowledged)
      if (height >= 0) expect(loaded(after).root()).toBe(roots[height])
      for (let at = 1; at <= height; at++) {
        const block = valueFrom<Block | undefined>((answer) => storage.blockAt(at, answer))
        expect(block?.digest).toBe(storage.reader.block(at)?.digest)
      }
    }
  })
})
