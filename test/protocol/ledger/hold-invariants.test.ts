import { expect, test } from 'vitest'
import { units } from '#protocol/amount.ts'
import { checkBlock } from '#protocol/ledger/invariants.ts'
import { touchedIn, widening } from '#protocol/ledger/touched.ts'
import type { HoldRecord } from '#protocol/state/record-hold.ts'
import { openedHold } from './hold-builders.ts'
import { createScene } from './refusal-scene.ts'

type Tamper = (hold: HoldRecord) => HoldRecord | undefined

/** The invariant that a block breaks which leaves an open hold of 100 and its balance like this. */
const brokenBy = (tamper: Tamper, held: number, passMs = 0): string | undefined => {
  const scene = createScene()
  const { world, bar, weak } = scene
  const id = openedHold(scene, { expiresAtMs: world.nowMs() + 1000 })
  const { state } = world.ledger
  state.beginBlock()
  const { draft, widest } = widening(state)
  const after = tamper(world.get('hold', id))
  if (after === undefined) draft.remove('hold', id)
  else draft.put('hold', id, after)
  const key = `${weak.wallet}/${bar.local}`
  const before = world.get('balance', key)
  const change = held - before.held
  draft.put('balance', key, {
    ...before,
    held: units(held),
    available: units(before.available - change),
  })
  const swept = [{ wallet: weak.wallet, asset: bar.local, change: 0, held: change }]
  const timestampMs = world.nowMs() + passMs
  const effect = { touched: touchedIn(state), widest, swept, events: [], timestampMs }
  const found = checkBlock(draft, effect)
  state.abandonBlock()
  return found?.invariant
}

test.each([
  {
    name: 'captured_within_cap',
    tamper: (hold: HoldRecord) => ({ ...hold, captured: units(101) }),
    held: 100,
  },
  {
    name: 'held_is_of_holds',
    tamper: (hold: HoldRecord) => ({ ...hold, captured: units(10) }),
    held: 100,
  },
  {
    name: 'held_is_of_holds',
    tamper: (hold: HoldRecord) => ({ ...hold, status: 'closed' as const }),
    held: 100,
  },
  { name: 'hold_stays', tamper: (hold: HoldRecord) => ({ ...hold, cap: units(101) }), held: 101 },
  { name: 'hold_stays', tamper: () => undefined, held: 0 },
  {
    name: 'captured_in_time',
    tamper: (hold: HoldRecord) => ({ ...hold, captured: units(10) }),
    held: 90,
    passMs: 1000,
  },
])('$name', ({ name, tamper, held, passMs = 0 }) => {
  expect(brokenBy(tamper, held, passMs)).toBe(name)
})

test('a hold that is over may leave', () => {
  expect(brokenBy(() => undefined, 0, 1000)).toBeUndefined()
})
