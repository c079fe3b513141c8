import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Executor } from '#node/pipeline/executor.ts'
import { createMempool } from '#node/pipeline/mempool.ts'
import { type Origin, originOf } from '#node/recovery/genesis-block.ts'
import { type RecoveredChain, recoverChain } from '#node/recovery/recover-chain.ts'
import type { Result } from '#node/storage/completion.ts'
import { openStorage, type Storage } from '#node/storage/storage.ts'
import { units } from '#protocol/amount.ts'
import { walletIdOfKey } from '#protocol/derive.ts'
import { createHistory } from '#protocol/state/history.ts'
import type { VerifiedTransaction } from '#protocol/transaction/envelope.ts'
import { COLLECTOR, createWorld } from '../../support/ledger-builders.ts'
import type { KeyValueSnapshot } from '../../support/memory-key-values.ts'
import { openVenue, openWallet } from '../../support/venue-builders.ts'
import { certificateOf, createMachine, SIZES } from '../storage/machine.ts'

type Machine = ReturnType<typeof createMachine>

const now = <T>(call: (answer: (result: Result<T>) => void) => void): Result<T> => {
  let found: Result<T> | undefined
  call((result) => {
    found = result
  })
  if (found === undefined) throw new Error('no answer')
  return found
}

const recover = (machine: Machine, origin: Origin): Result<RecoveredChain> => {
  const ports = machine.ports()
  const { keyValues } = ports
  const opened = now<Storage>((answer) => openStorage(ports, SIZES, answer))
  if (!opened.ok) return opened
  return now((answer) => recoverChain({ storage: opened.value, keyValues, origin }, answer))
}

/** A machine whose store holds a few real blocks, and the root they lead to. */
const worked = () => {
  const world = createWorld()
  const transactions: VerifiedTransaction[] = []
  world.onBlock((input) => transactions.push(...input.transactions))
  const guest = openWallet(world, openVenue(world, 'bar'), 'guest')
  for (const amount of [1, 2]) {
    world.must(COLLECTOR, {
      kind: 'transfer',
      from: walletIdOfKey(COLLECTOR.key),
      to: guest.id,
      asset: world.medal,
      amount: units(amount),
    })
  }
  const origin = originOf(world.genesis)
  const machine = createMachine()
  const storage = machine.start()
  const ports = { storage, keyValues: machine.keyValues.open(), origin }
  const begun = now<RecoveredChain>((answer) => recoverChain(ports, answer))
  if (!begun.ok) throw begun.error
  const { ledger, history, final } = begun.value
  const mempool = createMempool({ transactionsMax: 100, perScopeMax: 100, settledMax: 100 })
  const unexpected = (): never => {
    throw new Error('a block of the test is not good')
  }
  const executor = new Executor({
    ledger,
    history,
    final,
    mempool,
    isQuarantined: () => false,
    onPoison: unexpected,
    onBroken: unexpected,
  })
  for (const transaction of transactions) {
    mempool.add(transaction)
    const { header, digest } = executor.final()
    const built = executor.build(
      {
        ...header,
        view: header.view + 1,
        height: header.height + 1,
        parentDigest: digest,
        timestampMs: header.timestampMs + 1,
      },
      { limits: { transactions: 1, bytes: 100_000 }, allowEmpty: false },
    )
    const finals = executor.finalise([built?.held?.digest ?? unexpected()])
    const [last] = finals
    if (last === undefined) throw new Error('nothing is final')
    storage.chain.commit(finals, certificateOf(last.block), (error) => {
      if (error !== undefined) throw error
    })
  }
  storage.write({ journal: [{ type: 'cleanStop' }], blocks: [] }, () => undefined)
  return { machine, origin, root: ledger.state.root(), height: executor.final().header.height }
}

describe('a chain that comes back from disk', () => {
  test('has the ledger, the history and the proof of its final block', () => {
    const { machine, origin, root, height } = worked()
    const found = recover(machine, origin)
    if (!found.ok) throw found.error
    const { ledger, history, final } = found.value
    expect(ledger.state.root()).toBe(root)
    expect(history.count()).toBe(height)
    expect(final.certificate?.digest).toBe(final.digest)
  })

  test('begins with genesis on an empty disk, and again after that', () => {
    const origin = originOf(createWorld().genesis)
    const machine = createMachine()
    for (let start = 0; start < 2; start++) {
      const found = recover(machine, origin)
      if (!found.ok) throw found.error
      expect(found.value.final).toEqual({
        header: origin.header,
        digest: origin.digest,
        certificate: null,
      })
      expect(found.value.history.root()).toBe(createHistory().root())
    }
  })

  test('of another genesis is refused by its code', () => {
    const machine = createMachine()
    recover(machine, originOf(createWorld().genesis))
    const other = recover(machine, originOf(createWorld({ heartbeatMs: 5_000 }).genesis))
    expect(other).toMatchObject({ ok: false, error: { code: 'state_corrupt' } })
  })

  test('with any byte changed or any entry lost is the same chain or a coded error, never a crash', () => {
    const { machine, origin, root } = worked()
    const snapshot = machine.keyValues.snapshot()
    const keys = [...snapshot.keys()].filter((key) => snapshot.get(key) !== undefined)
    const damage = fc.record({
      key: fc.constantFrom(...keys),
      at: fc.nat(5_000),
      flip: fc.integer({ min: 1, max: 255 }),
      lose: fc.boolean(),
    })
    const damaged = ({
      key,
      at,
      flip,
      lose,
    }: {
      readonly key: string
      readonly at: number
      readonly flip: number
      readonly lose: boolean
    }): KeyValueSnapshot => {
      const image = new Map(snapshot)
      const value = Uint8Array.from(snapshot.get(key) ?? [])
      const place = at % Math.max(1, value.length)
      value[place] = (value[place] ?? 0) ^ flip
      if (lose) image.delete(key)
      else image.set(key, value)
      return image
    }
    fc.assert(
      fc.property(damage, (what) => {
        machine.keyValues.restore(damaged(what))
        const found = recover(machine, origin)
        if (found.ok) expect(found.value.ledger.state.root()).toBe(root)
        else expect(found.error.code).toMatch(/^(state_corrupt|journal_\w+|block_log_corrupt)$/)
      }),
      { numRuns: 150 },
    )
  })
})
