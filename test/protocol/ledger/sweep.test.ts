import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { units } from '#protocol/amount.ts'
import type { HoldId } from '#protocol/id.ts'
import { releaseAtMs, remainderOf } from '#protocol/ledger/hold.ts'
import { createLedger } from '#protocol/ledger/ledger.ts'
import { HOLDS_SWEPT_PER_BLOCK_MAX } from '#protocol/limits.ts'
import type { HoldRecord } from '#protocol/state/record-hold.ts'
import type { TransactionBody } from '#protocol/transaction/kinds/transaction-body.ts'
import { createWorld, type World } from '#test/support/ledger-builders.ts'
import { openVenue, topUp, type Venue, weakCard } from '#test/support/venue-builders.ts'
import { dump } from './dump.ts'
import { HOLD_KEY, HOUR_MS, openedHold, opening } from './hold-builders.ts'
import { createScene, type Scene } from './refusal-scene.ts'
import { createRestlessNode } from './restless-node.ts'

const heldBy = ({ world, weak, bar }: Scene): number =>
  world.get('balance', `${weak.wallet}/${bar.local}`).held

const isThere = ({ world }: Scene, hold: HoldId): boolean =>
  world.ledger.state.get('hold', hold) !== undefined

const capture = ({ world, bar }: Scene, hold: HoldId) =>
  world.execute([
    world.sign(HOLD_KEY, { kind: 'hold.capture', place: bar.place, hold, amount: units(1) }),
  ])

describe('a hold that is over', () => {
  test('leaves at the start of the next block, and what was left is its owner’s again', () => {
    const scene = createScene()
    const { world } = scene
    const hold = openedHold(scene, { expiresAtMs: world.nowMs() + 1000 })
    world.advance(997)
    world.run()
    expect(heldBy(scene)).toBe(100)
    const before = dump(world.ledger)
    world.run()
    expect(heldBy(scene)).toBe(0)
    expect(isThere(scene, hold)).toBe(false)
    world.undo()
    expect(dump(world.ledger)).toEqual(before)
    world.run()
    expect(heldBy(scene)).toBe(0)
  })

  test('is captured in its grace, and its key is nobody’s after', () => {
    const scene = createScene()
    const { world } = scene
    const hold = openedHold(scene, { expiresAtMs: world.nowMs() + 1000, graceMs: 1000 })
    world.advance(1500)
    expect(capture(scene, hold)).toMatchObject({ ok: true, outcomes: ['applied'] })
    world.advance(500)
    expect(capture(scene, hold)).toMatchObject({ ok: false, code: 'signer_unknown' })
  })

  test('leaves once it is closed too, and no earlier', () => {
    const scene = createScene()
    const { world, bar } = scene
    const hold = openedHold(scene, { expiresAtMs: world.nowMs() + 1000 })
    world.must(bar.owner, { kind: 'hold.release', place: bar.place, hold })
    expect(capture(scene, hold)).toMatchObject({ outcomes: ['hold_closed'] })
    world.advance(1000)
    world.run()
    expect(isThere(scene, hold)).toBe(false)
  })

  test('waits for its turn where more end at once than one block sweeps', () => {
    const world = createWorld()
    const bar = openVenue(world, 'Bar')
    const expiresAtMs = world.nowMs() + HOUR_MS
    for (let number = 0; number < 40; number++) {
      const weak = weakCard(world, bar, `Tag ${number}`, { batch: `b${number}` })
      topUp(world, bar, { card: weak.id, amount: 1000 })
      const scene = { ...createdFor(world, bar), weak }
      const { body } = opening(scene, { cap: units(1), expiresAtMs })
      world.must(bar.owner, { kind: 'batch', operations: Array.from({ length: 8 }, () => body) })
    }
    const holds = [...world.ledger.state.entries('hold')].map(({ key }) => key).toSorted()
    expect(holds).toHaveLength(320)
    world.advance(HOUR_MS)
    world.run()
    const left = [...world.ledger.state.entries('hold')].map(({ key }) => key).toSorted()
    expect(left).toEqual(holds.slice(HOLDS_SWEPT_PER_BLOCK_MAX))
    world.run()
    expect(world.ledger.state.count('hold')).toBe(0)
  })
})

/** A scene of which openings need only the world, the bar and the card. */
const createdFor = (world: World, bar: Scene['bar']): Scene => ({ ...createScene(), world, bar })

describe('a ledger that stood still', () => {
  const HEARTBEAT_MS = 60_000

  const standing = (): Scene => {
    const scene = createScene()
    const { world } = scene
    const before = world.get('network', 'network')
    const parameters = { ...before.parameters, heartbeatMs: HEARTBEAT_MS }
    world.edit('network', 'network', { ...before, parameters })
    return scene
  }

  test('gives every hold its grace anew from the block that wakes it', () => {
    const scene = standing()
    const { world } = scene
    const hold = openedHold(scene, { expiresAtMs: world.nowMs() + 1000, graceMs: 5000 })
    world.advance(2 * HEARTBEAT_MS)
    expect(capture(scene, hold)).toMatchObject({ outcomes: ['applied'] })
    expect(world.get('clock', 'clock').gapMs).toBe(world.nowMs())
    world.advance(4998)
    expect(capture(scene, hold)).toMatchObject({ outcomes: ['applied'] })
    expect(capture(scene, hold)).toMatchObject({ code: 'signer_unknown' })
  })

  test('is one only after more than two heartbeats', () => {
    const scene = standing()
    const { world } = scene
    const hold = openedHold(scene, { expiresAtMs: world.nowMs() + 1000, graceMs: 5000 })
    world.advance(2 * HEARTBEAT_MS - 1)
    world.run()
    expect(isThere(scene, hold)).toBe(false)
    expect(world.ledger.state.get('clock', 'clock')).toBeUndefined()
  })

  test('gives nothing to a hold without grace', () => {
    const scene = standing()
    const { world } = scene
    const hold = openedHold(scene, { expiresAtMs: world.nowMs() + 1000 })
    world.advance(3 * HEARTBEAT_MS)
    world.run()
    expect(isThere(scene, hold)).toBe(false)
  })
})

const MOVES = ['open', 'open', 'capture', 'capture', 'split', 'release'] as const
const move = fc.record({
  what: fc.constantFrom(...MOVES),
  which: fc.nat({ max: 9 }),
  amount: fc.integer({ min: 1, max: 60 }),
  lastsMs: fc.constantFrom(500, 2000, 9000, 30_000),
  graceMs: fc.constantFrom(0, 0, 3000, 12_000),
})
const step = fc.record({
  moves: fc.array(move, { maxLength: 4 }),
  passMs: fc.constantFrom(0, 0, 400, 1500, 8000, 19_000, 45_000),
  waver: fc.nat({ max: 4 }),
  restart: fc.boolean(),
})
type Move = typeof move extends fc.Arbitrary<infer M> ? M : never

const holdsOf = ({ state }: World['ledger']): HoldRecord[] =>
  [...state.entries('hold')].map(({ record }) => record)

const bodyOf = (scene: Scene, { what, which, amount, lastsMs, graceMs }: Move) => {
  const { world, bar } = scene
  const cap = units(amount)
  const expiresAtMs = world.nowMs() + lastsMs
  if (what === 'open')
    return { by: bar.owner, body: opening(scene, { cap, expiresAtMs, graceMs }).body }
  const known = holdsOf(world.ledger)
  const hold = known[which % known.length]?.id
  if (hold === undefined) return undefined
  const { place } = bar
  const { key } = HOLD_KEY
  const bodies = {
    capture: { kind: 'hold.capture', place, hold, amount: cap },
    split: { kind: 'hold.split', place, hold, key, cap },
    release: { kind: 'hold.release', place, hold },
  } as const satisfies Record<string, TransactionBody>
  return { by: HOLD_KEY, body: bodies[what] }
}

/** What one block did to the holds that were there before it, against what it may do. */
const judge = (
  before: readonly HoldRecord[],
  world: World,
  { gapMs, timeMs }: { readonly gapMs: number; readonly timeMs: number },
): void => {
  const after = new Map(holdsOf(world.ledger).map((hold) => [hold.id, hold]))
  for (const hold of before) {
    const isOver = timeMs >= releaseAtMs(hold, gapMs)
    expect(after.has(hold.id), `${hold.id} at ${timeMs}`).toBe(!isOver)
    expect(after.get(hold.id)?.captured ?? 0).toBeGreaterThanOrEqual(isOver ? 0 : hold.captured)
  }
}

/** By a transaction: the other node is to know of it too. */
const agreeToLeases = (world: World, { owner, place, local: asset }: Venue): void => {
  const { name, transferable, cardLimits } = world.get('asset', asset)
  const lease = { cap: units(1000), durationMs: HOUR_MS }
  const terms = { name, transferable, cardLimits, lease }
  world.must(owner, { kind: 'asset.update', place, asset, ...terms })
}

test('whatever happens: held is what open holds have left, and each leaves in the first block after its end', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 3, maxLength: 14 }), (steps) => {
      const world = createWorld({ heartbeatMs: 10_000 })
      const node = createRestlessNode(createLedger(world.genesis))
      world.onBlock((input, { stateRoot }) => {
        expect(node.execute(input).stateRoot).toBe(stateRoot)
      })
      const bar = openVenue(world, 'Bar')
      agreeToLeases(world, bar)
      const weak = weakCard(world, bar, 'Tag')
      topUp(world, bar, { card: weak.id, amount: 1000 })
      const scene = { world, bar, club: bar, weak, secret: weak, person: weakPerson(weak) }
      for (const { moves, passMs, waver, restart } of steps) {
        world.advance(passMs)
        if (waver > 0) node.waver(waver)
        if (restart) node.restart()
        const transactions = moves.flatMap((each) => {
          const made = bodyOf(scene, each)
          return made === undefined ? [] : [world.sign(made.by, made.body)]
        })
        const before = holdsOf(world.ledger)
        const willStay = transactions.filter(({ signer }) => signer === bar.owner.key)
        if (!world.execute(transactions).ok) world.run(...willStay)
        const gapMs = world.ledger.state.get('clock', 'clock')?.gapMs ?? 0
        judge(before, world, { gapMs, timeMs: world.nowMs() })
        const left = holdsOf(world.ledger).reduce((sum, hold) => sum + remainderOf(hold), 0)
        expect(heldBy(scene)).toBe(left)
      }
    }),
    { numRuns: 60 },
  )
})

const weakPerson = ({ holder, wallet }: Scene['weak']): Scene['person'] => ({ holder, id: wallet })
