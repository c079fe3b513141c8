import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createState, type State } from '#protocol/state/state.ts'
import { rootOfStatePath } from '#protocol/state/state-path.ts'
import {
  block,
  change,
  keep,
  restarted,
  SAMPLE_FAMILIES,
  type SampleRecords,
  type Store,
  sampleState,
} from './sample-state.ts'
import { blockVectors, type ChangeVector } from './state-vectors.ts'

const FAMILY_NAMES = ['wallet', 'payment', 'counter'] as const

const step: fc.Arbitrary<ChangeVector> = fc.oneof(
  fc.record({
    change: fc.constant('put' as const),
    family: fc.constantFrom(...FAMILY_NAMES),
    id: fc.constantFrom(...'abcdefgh'),
    value: fc.nat(9),
  }),
  fc.record({
    change: fc.constant('remove' as const),
    family: fc.constantFrom(...FAMILY_NAMES),
    id: fc.constantFrom(...'abcdefgh'),
  }),
)
const steps = fc.array(step, { maxLength: 12 })
const blocks = fc.array(steps, { maxLength: 8 })

/** Everything one can see of a state. */
const seen = (state: State<SampleRecords>): unknown => ({
  root: state.root(),
  families: FAMILY_NAMES.map((name) => [name, state.count(name), [...state.entries(name)]]),
})

const keyed = (state: State<SampleRecords>, name: (typeof FAMILY_NAMES)[number]) =>
  Array.from(state.entries(name), ({ key, record }) => [key, record] as const)

test('golden blocks: the same writes and roots as the model that made the vectors', () => {
  const state = sampleState()
  for (const { changes, writes, stateRoot } of blockVectors.blocks) {
    const sealed = block(state, changes)
    expect(sealed.writes.map((write) => ({ ...write, key: write.key ?? null }))).toEqual(writes)
    expect(sealed.root).toBe(stateRoot)
    expect(state.root()).toBe(stateRoot)
  }
})

describe('records', () => {
  test('a record is found under its family and key until it is removed', () => {
    const state = sampleState()
    const record = { id: 'a', value: 1 }
    block(state, [{ change: 'put', family: 'wallet', ...record }])
    expect(state.get('wallet', 'a')).toEqual(record)
    expect(state.slotOf('wallet', 'a')).toBe(0)
    expect(state.get('payment', 'a')).toBeUndefined()
    block(state, [{ change: 'remove', family: 'wallet', id: 'a' }])
    expect(state.get('wallet', 'a')).toBeUndefined()
    expect(state.slotOf('wallet', 'a')).toBeUndefined()
    expect(state.count('wallet')).toBe(0)
  })

  test('a recycled family gives the last freed slot first, another family none', () => {
    const state = sampleState()
    for (const family of ['payment', 'wallet'] as const) {
      block(state, [
        ...[...'abc'].map((id) => ({ change: 'put' as const, family, id, value: 1 })),
        { change: 'remove', family, id: 'a' },
        { change: 'remove', family, id: 'c' },
        ...[...'xyz'].map((id) => ({ change: 'put' as const, family, id, value: 2 })),
      ])
    }
    const slotsOf = (family: 'payment' | 'wallet') =>
      [...'bxyz'].map((id) => state.slotOf(family, id))
    expect(slotsOf('payment')).toEqual([1, 2, 0, 3])
    expect(slotsOf('wallet')).toEqual([1, 3, 4, 5])
  })

  test('a slot changed often is written once, as it ends', () => {
    const state = sampleState()
    const { writes } = block(state, [
      { change: 'put', family: 'counter', id: 'a', value: 1 },
      { change: 'put', family: 'counter', id: 'a', value: 2 },
      { change: 'put', family: 'counter', id: 'b', value: 3 },
      { change: 'remove', family: 'counter', id: 'b' },
    ])
    expect(writes).toEqual([
      { family: 'counter', slot: 0, key: 'a', text: '{"id":"a","value":2}' },
      { family: 'counter', slot: 1, key: undefined, text: 'null' },
    ])
  })
})

test('undo of applied blocks is the identity, and applying them again gives the same', () => {
  fc.assert(
    fc.property(blocks, blocks, (before, after) => {
      const state = sampleState()
      for (const changes of before) block(state, changes)
      const snapshots = after.map((changes) => {
        const snapshot = seen(state)
        return { snapshot, sealed: block(state, changes) }
      })
      for (const { snapshot, sealed } of snapshots.toReversed()) {
        state.undoBlock(sealed.undo)
        expect(seen(state)).toEqual(snapshot)
      }
      for (const [index, changes] of after.entries()) {
        const { writes, root } = block(state, changes)
        expect({ writes, root }).toEqual({
          writes: snapshots[index]?.sealed.writes,
          root: snapshots[index]?.sealed.root,
        })
      }
    }),
  )
})

test('a restarted node has the same root and gives the same slots ever after', () => {
  fc.assert(
    fc.property(blocks, blocks, (before, after) => {
      const running = sampleState()
      const store: Store = new Map()
      for (const changes of before) keep(store, block(running, changes).writes)
      const started = restarted(store)
      expect(started.finishLoad()).toEqual({ ok: true, root: running.root() })
      expect(seen(started)).toEqual(seen(running))
      for (const changes of after) {
        const { writes, root } = block(running, changes)
        const again = block(started, changes)
        expect([again.writes, again.root]).toEqual([writes, root])
      }
    }),
  )
})

test('a restarted node may have run through undone blocks or not', () => {
  fc.assert(
    fc.property(blocks, steps, steps, (before, undone, after) => {
      const state = sampleState()
      const store: Store = new Map()
      for (const changes of before) keep(store, block(state, changes).writes)
      state.undoBlock(block(state, undone).undo)
      keep(store, block(state, after).writes)
      expect(restarted(store).finishLoad()).toEqual({ ok: true, root: state.root() })
    }),
  )
})

test('what is rolled back to a mark was never there', () => {
  fc.assert(
    fc.property(blocks, steps, steps, steps, (before, kept, refused, last) => {
      const state = sampleState()
      const other = sampleState()
      for (const changes of before) {
        block(state, changes)
        block(other, changes)
      }
      const attempt = (changes: readonly ChangeVector[]) => {
        for (const one of changes) {
          if (one.change === 'put' || state.get(one.family, one.id) !== undefined)
            change(state, one)
        }
      }
      state.beginBlock()
      attempt(kept)
      const mark = state.mark()
      attempt(refused)
      state.rollback(mark)
      attempt(last)
      const sealed = state.sealBlock()
      const expected = block(other, [...kept, ...last])
      expect([sealed.writes, sealed.root]).toEqual([expected.writes, expected.root])
      expect(seen(state)).toEqual(seen(other))
    }),
  )
})

test('each record that a block changed is told once, as it was before and as it is', () => {
  fc.assert(
    fc.property(blocks, steps, steps, steps, (before, kept, refused, last) => {
      const state = sampleState()
      for (const changes of before) block(state, changes)
      const old = FAMILY_NAMES.map((name) => new Map(keyed(state, name)))
      const changed = FAMILY_NAMES.map(() => new Set<string>())
      const attempt = (changes: readonly ChangeVector[], isKept = true) => {
        for (const one of changes) {
          if (one.change === 'remove' && state.get(one.family, one.id) === undefined) continue
          change(state, one)
          if (isKept) changed[FAMILY_NAMES.indexOf(one.family)]?.add(one.id)
        }
      }
      state.beginBlock()
      attempt(kept)
      const mark = state.mark()
      attempt(refused, false)
      state.rollback(mark)
      attempt(last)
      for (const [index, name] of FAMILY_NAMES.entries()) {
        const told = state.touched(name).map(({ key, before: was, after }) => [key, was, after])
        const wanted = [...(changed[index] ?? [])].map((key) => [
          key,
          old[index]?.get(key),
          state.get(name, key),
        ])
        expect(told).toEqual(wanted)
      }
      state.sealBlock()
      expect(FAMILY_NAMES.flatMap((name) => state.touched(name))).toEqual([])
    }),
  )
})

test('an abandoned block was never there', () => {
  fc.assert(
    fc.property(blocks, steps, (before, abandoned) => {
      const state = sampleState()
      for (const changes of before) block(state, changes)
      const snapshot = seen(state)
      state.beginBlock()
      for (const one of abandoned) {
        if (one.change === 'put' || state.get(one.family, one.id) !== undefined) change(state, one)
      }
      state.abandonBlock()
      expect(seen(state)).toEqual(snapshot)
    }),
  )
})

test('the path of every record leads to the state root, and of no key without a record', () => {
  fc.assert(
    fc.property(blocks, (changes) => {
      const state = sampleState()
      for (const one of changes) block(state, one)
      for (const family of FAMILY_NAMES) {
        for (const { key, record } of state.entries(family)) {
          const path = state.proofOf(family, key)
          expect(path?.text).toBe(JSON.stringify(record))
          expect(path && rootOfStatePath(path)).toBe(state.root())
          expect(path && rootOfStatePath({ ...path, text: '{}' })).not.toBe(state.root())
        }
      }
      expect(state.proofOf('wallet', 'nobody')).toBeUndefined()
    }),
    { numRuns: 30 },
  )
})

describe('a damaged store is named', () => {
  test.each([
    ['two ends', [null, null]],
    ['a circle', [1, 0]],
    ['a link to itself', [0]],
    ['a link to a record', [3, null]],
    ['a link out of the family', [9, null]],
    ['two links to one slot', [2, 2, null]],
  ])('%s of the free slots', (_, links) => {
    const state = sampleState()
    for (const link of links) state.loadFree('payment', link)
    while (state.count('payment') + links.length <= 3) {
      const id = `${state.count('payment')}`
      state.load('payment', { key: id, record: { id, value: 0 } })
    }
    expect(state.finishLoad()).toEqual({ ok: false, code: 'family_damaged', family: 'payment' })
  })

  test('a key twice', () => {
    const state = sampleState()
    state.load('wallet', { key: 'a', record: { id: 'a', value: 1 } })
    state.load('wallet', { key: 'a', record: { id: 'a', value: 2 } })
    expect(state.finishLoad()).toEqual({ ok: false, code: 'family_damaged', family: 'wallet' })
  })

  test('another content gives another root', () => {
    const state = sampleState()
    const { writes, root } = block(state, [{ change: 'put', family: 'wallet', id: 'a', value: 1 }])
    const store: Store = new Map()
    keep(store, writes)
    keep(store, [{ family: 'wallet', slot: 0, key: 'a', text: '{"id":"a","value":2}' }])
    expect(restarted(store).finishLoad()).not.toEqual({ ok: true, root })
  })
})

describe('our mistakes stop', () => {
  const record = { id: 'a', value: 1 }
  test.each<[string, (state: State<SampleRecords>) => unknown]>([
    ['a change outside a block', (state) => state.put('wallet', 'a', record)],
    ['a removal outside a block', (state) => state.remove('wallet', 'a')],
    ['a seal without a block', (state) => state.sealBlock()],
    ['a rollback without a block', (state) => state.rollback([0, 0, 0])],
    ['an abandonment without a block', (state) => state.abandonBlock()],
    [
      'a second block at once',
      (state) => {
        state.beginBlock()
        state.beginBlock()
      },
    ],
    [
      'a proof from within a block',
      (state) => {
        state.beginBlock()
        state.proofOf('wallet', 'a')
      },
    ],
    [
      'a removal of nothing',
      (state) => {
        state.beginBlock()
        state.remove('wallet', 'a')
      },
    ],
    [
      'an undo out of order',
      (state) => {
        const first = block(state, [])
        block(state, [])
        state.undoBlock(first.undo)
      },
    ],
    [
      'an undo of a block that was taken back already',
      (state) => {
        const first = block(state, [])
        state.undoBlock(first.undo)
        block(state, [])
        state.undoBlock(first.undo)
      },
    ],
  ])('%s', (_, mistake) => {
    expect(() => mistake(sampleState())).toThrow()
  })

  test.each([0, 13, 256])('a family numbered %d beside 13', (number) => {
    const { payment } = SAMPLE_FAMILIES
    expect(() => createState({ payment, other: { ...payment, number } })).toThrow('family')
  })
})
