import { expect, test } from 'vitest'
import { type Blow, type Round, struckBy } from '#scripts/torture/blow.ts'
import { type Cast, hasQuorum, namesOf } from '#scripts/torture/cast.ts'
import { drawPlan } from '#scripts/torture/draw-plan.ts'

const CAST: Cast = {
  authorities: ['a1', 'a2', 'a3', 'a4'],
  venues: ['v1', 'v2'],
  disks: ['a4', 'v2'],
  writers: ['a1', 'a2', 'a3', 'a4', 'v1', 'v2'],
  clocks: ['a1'],
}
const TEN_MINUTES_MS = 600_000
const SEEDS = Array.from({ length: 40 }, (_, index) => index + 1)

const plans = SEEDS.map((seed) => drawPlan(seed, CAST, TEN_MINUTES_MS))
const roundsOf = (tag: Blow['tag']): readonly Round[] =>
  plans.flat().filter(({ blow }) => blow.tag === tag)
const partitions = plans.flat().flatMap(({ blow }) => (blow.tag === 'partition' ? [blow] : []))

test('a seed draws the same plan twice, and another one than the next seed', () => {
  expect(drawPlan(1, CAST, TEN_MINUTES_MS)).toEqual(plans[0])
  expect(plans[1]).not.toEqual(plans[0])
})

/** A machine that is busy gets through two rounds of three. */
const isPlayed = ({ atMs }: Round): boolean => atMs < (TEN_MINUTES_MS * 2) / 3

test.each(SEEDS)('ten minutes of seed %i hold twenty kills and ten partitions', (seed) => {
  const plan = drawPlan(seed, CAST, TEN_MINUTES_MS).filter(isPlayed)
  const kills = plan.filter(({ blow }) => blow.tag === 'kill' || blow.tag === 'kill_in_start')
  expect(kills.flatMap(({ blow }) => struckBy(blow)).length).toBeGreaterThanOrEqual(20)
  expect(plan.filter(({ blow }) => blow.tag === 'partition').length).toBeGreaterThanOrEqual(10)
})

test('a minute holds at least one kill and one partition', () => {
  for (const seed of SEEDS) {
    const tags = drawPlan(seed, CAST, 60_000).map(({ blow }) => blow.tag)
    expect(tags.filter((tag) => tag.startsWith('kill'))).not.toEqual([])
    expect(tags).toContain('partition')
  }
})

test('rounds follow each other, and end within the time', () => {
  for (const plan of plans) {
    const times = plan.map(({ atMs }) => atMs)
    expect(times).toEqual([...times].sort((a, b) => a - b))
    expect(Math.max(...times)).toBeLessThan(TEN_MINUTES_MS)
  }
})

test('every kind of blow is drawn', () => {
  const tags = new Set(plans.flat().map(({ blow }) => blow.tag))
  expect([...tags].sort()).toEqual([
    ...['clock_step', 'failing_disk', 'full_disk', 'kill', 'kill_in_start', 'one_way'],
    ...['partition', 'read_only_disk', 'slow', 'stop'],
  ])
})

test('what the machine does not allow is not drawn', () => {
  const bare = { ...CAST, disks: [], writers: [], clocks: [] }
  const tags = SEEDS.flatMap((seed) =>
    drawPlan(seed, bare, TEN_MINUTES_MS).map(({ blow }) => blow.tag),
  )
  expect(tags).not.toContain('full_disk')
  expect(tags).not.toContain('read_only_disk')
  expect(tags).not.toContain('failing_disk')
  expect(tags).not.toContain('clock_step')
})

test('only disks and clocks that can be harmed are', () => {
  for (const { blow } of [...roundsOf('full_disk'), ...roundsOf('read_only_disk')]) {
    expect(CAST.disks).toContain(struckBy(blow)[0])
  }
  for (const { blow } of roundsOf('clock_step')) expect(blow).toMatchObject({ victim: 'a1' })
})

test('every partition has every node on one side, and no empty side', () => {
  for (const { sides } of partitions) {
    expect(sides.flat().sort()).toEqual([...namesOf(CAST)].sort())
    for (const side of sides) expect(side).not.toEqual([])
  }
})

test('most partitions leave a quorum, some do not', () => {
  const left = partitions.filter(({ sides }) => sides.some((side) => hasQuorum(CAST, side)))
  expect(left.length / partitions.length).toBeGreaterThan(0.5)
  expect(left.length / partitions.length).toBeLessThan(0.9)
})

test('now and then all are killed at once, and so many that no quorum is left', () => {
  const sizes = roundsOf('kill').map(({ blow }) => struckBy(blow).length)
  expect(sizes).toContain(6)
  expect(sizes).toContain(2)
  expect(sizes).toContain(1)
})

test('a process is stopped for a second at least and thirty at most', () => {
  for (const { blow } of roundsOf('stop')) {
    if (blow.tag !== 'stop') continue
    expect(blow.forMs).toBeGreaterThanOrEqual(1_000)
    expect(blow.forMs).toBeLessThanOrEqual(30_000)
  }
})

test('a blow beside a partition comes before that is over', () => {
  const both = plans
    .flat()
    .flatMap(({ blow, beside }) =>
      blow.tag === 'partition' && beside !== undefined ? [{ blow, beside }] : [],
    )
  expect(both).not.toEqual([])
  for (const { blow, beside } of both) expect(beside.afterMs).toBeLessThanOrEqual(blow.forMs)
})
