import { describe, expect, test } from 'vitest'
import type { Standing } from '#consensus/replica.ts'
import { createCounters } from '#node/network/counters.ts'
import { createHealth, type HealthParts, type HealthSeat } from '#node/reads/health.ts'
import { createMetrics } from '#node/reads/metrics.ts'
import { setOf } from '../../consensus/stand-in-keys.ts'

const NOW_MS = 1_000_000
const standing: Standing = {
  view: 9,
  finalisedHeight: 7,
  settledView: 8,
  voting: true,
  halted: false,
  amnesia: null,
  statusesMissing: 0,
  roundsHeld: 0,
  blocksHeld: 0,
}
const authority = (change: Partial<typeof standing> = {}): HealthSeat => ({
  kind: 'authority',
  replica: { standing: () => ({ ...standing, ...change }) },
})
const follower = (current: boolean): HealthSeat => ({
  kind: 'follower',
  follower: {
    isCurrent: () => current,
    freshness: () => ({ current, heard: 3, claimedHeight: 9, clockOffsetMs: null }),
    standing: () => ({ finalisedHeight: 7, settledView: 8, halted: false }),
  },
})

type Change = Partial<HealthParts> & { readonly seat?: HealthSeat }

const partsWith = ({ seat = authority(), ...change }: Change = {}): HealthParts => ({
  seating: () => ({ seat, set: setOf(4) }),
  clock: { wallMs: () => NOW_MS, monotonicMs: () => 0 },
  head: () => ({ height: 7, timeMs: NOW_MS - 300 }),
  peers: () => [{ role: 'authority' }, { role: 'authority' }, { role: 'follower' }],
  waiting: () => 0,
  started: () => true,
  haltedBy: () => undefined,
  hasLeases: () => false,
  warnings: () => [],
  clockOffsetMs: () => null,
  ...change,
})

describe('a node can take a payment', () => {
  test.each<[string, 'online' | 'amnesia' | 'blocked', Change]>([
    ['when it votes and is linked to a quorum', 'online', {}],
    ['not before it has started', 'blocked', { started: () => false }],
    ['not when it has stopped', 'blocked', { haltedBy: () => 'io_failed' }],
    ['not while it does not vote', 'blocked', { seat: authority({ voting: false }) }],
    [
      'not in amnesia',
      'amnesia',
      { seat: authority({ voting: false, amnesia: 'journal_missing' }) },
    ],
    [
      'not when it stopped in amnesia',
      'blocked',
      { seat: authority({ amnesia: 'journal_missing' }), haltedBy: () => 'io_failed' },
    ],
    ['not when its replica halted', 'blocked', { seat: authority({ halted: true }) }],
    ['not without a quorum', 'blocked', { peers: () => [{ role: 'authority' }] }],
    ['when its copy is current', 'online', { seat: follower(true), peers: () => [] }],
    ['not when its copy may be old', 'blocked', { seat: follower(false) }],
  ])('%s: %s', (_, mode, change) => {
    const health = createHealth(partsWith(change))
    expect(health.report().mode).toBe(mode)
    expect(health.takesPart()).toBe(mode === 'online')
  })

  test.each([
    ['an authority', authority(), 'stalled'],
    ['a venue', follower(true), 'stalled'],
    ['a venue whose copy may be old', follower(false), 'blocked'],
  ] as const)('%s whose work waits while nothing becomes final is %s', (_, seat, mode) => {
    let nowMs = 0
    const monotonicMs = () => nowMs
    const clock = { wallMs: () => NOW_MS, monotonicMs }
    const health = createHealth(partsWith({ seat, clock, waiting: () => 1 }))
    health.report()
    nowMs = 10_000
    expect(health.report().mode).toBe(mode)
    expect(health.takesPart()).toBe(mode === 'stalled')
  })

  test.each<[string, string, Change]>([
    ['a venue that is cut off', 'leases_only', { seat: follower(false) }],
    ['a venue in touch', 'online', { seat: follower(true) }],
    ['one that has not started', 'blocked', { seat: follower(false), started: () => false }],
    ['one that halted', 'blocked', { seat: follower(false), haltedBy: () => 'state_diverged' }],
    ['an authority without a quorum', 'leases_only', { peers: () => [] }],
    [
      'an authority in amnesia',
      'amnesia',
      { seat: authority({ voting: false, amnesia: 'journal_missing' }) },
    ],
  ])('with leases, %s: %s', (_, mode, change) => {
    const health = createHealth(partsWith({ hasLeases: () => true, ...change }))
    expect(health.mode()).toBe(mode)
    expect(health.report().mode).toBe(mode)
  })

  test('with leases, also while the ledger has halted', () => {
    let nowMs = 0
    const clock = { wallMs: () => NOW_MS, monotonicMs: () => nowMs }
    const parts = { clock, waiting: () => 1, seat: follower(true), hasLeases: () => true }
    const health = createHealth(partsWith(parts))
    expect(health.mode()).toBe('online')
    nowMs = 10_000
    expect(health.mode()).toBe('leases_only')
    expect(health.takesPart()).toBe(true)
  })

  test('and says so once at each change, with the height and the time', () => {
    let current = true
    const seat = { ...follower(true) }
    const health = createHealth(
      partsWith({ seating: () => ({ seat: current ? seat : follower(false), set: setOf(4) }) }),
    )
    const heard: string[] = []
    const stop = health.onMode(({ mode, height }) => heard.push(`${mode} at ${height}`))
    health.mode()
    expect(heard).toEqual([])
    current = false
    health.report()
    health.mode()
    current = true
    health.mode()
    expect(heard).toEqual(['blocked at 7', 'online at 7'])
    stop()
    current = false
    expect(health.notice()).toEqual({ mode: 'blocked', height: 7, sinceMs: NOW_MS })
    expect(heard).toHaveLength(2)
  })

  test('not while work waits and nothing becomes final; idle is no fault', () => {
    let [nowMs, waiting, height] = [0, 0, 7]
    const health = createHealth(
      partsWith({
        clock: { wallMs: () => NOW_MS, monotonicMs: () => nowMs },
        waiting: () => waiting,
        head: () => ({ height, timeMs: NOW_MS }),
      }),
    )
    const modeAfter = (ms: number): string => {
      nowMs += ms
      return health.report().mode
    }
    expect(modeAfter(3_600_000)).toBe('online')
    waiting = 1
    expect(modeAfter(3_600_000)).toBe('online')
    expect(modeAfter(9_999)).toBe('online')
    expect(modeAfter(1)).toBe('stalled')
    height += 1
    expect(modeAfter(1)).toBe('online')
  })
})

test('a report says how far behind the node is, and that nothing is lost', () => {
  expect(createHealth(partsWith({ seat: follower(true) })).report()).toEqual({
    mode: 'online',
    height: 7,
    lagMs: 300,
    lagBlocks: 2,
    peers: 3,
    clockOffsetMs: null,
    conservation: 'ok',
    haltedBy: null,
    warnings: [],
  })
  const broken = createHealth(partsWith({ haltedBy: () => 'invariant_broken' })).report()
  expect(broken).toMatchObject({
    mode: 'blocked',
    conservation: 'broken',
    haltedBy: 'invariant_broken',
  })
})

test('figures are in Prometheus text, labelled by routes and names', async () => {
  const metrics = createMetrics({
    health: createHealth(partsWith()),
    view: () => 9,
    storedHeight: () => 6,
    outbox: () => ({ size: 2, oldestSinceMs: NOW_MS - 1_500 }),
    waiting: () => 3,
    wallMs: () => NOW_MS,
    pendingBytes: () => 42,
    network: () => ({ ...createCounters(), dials: 5 }),
    leases: () => ({ open: 2, left: 3_000, waiting: 1, lost: 0 }),
  })
  metrics.settled(12)
  metrics.answered({ method: 'GET', route: '/v1/wallets/:id', status: 200, seconds: 0.002 })
  const text = await metrics.text()
  const lines = new Set(text.split('\n'))
  for (const line of [
    'kermesse_final_height 7',
    'kermesse_stored_height 6',
    'kermesse_consensus_view 9',
    'kermesse_outbox_entries 2',
    'kermesse_outbox_oldest_age_seconds 1.5',
    'kermesse_mempool_waiting 3',
    'kermesse_write_pending_bytes 42',
    'kermesse_conserved 1',
    'kermesse_leases_open 2',
    'kermesse_leases_left 3000',
    'kermesse_captures_waiting 1',
    'kermesse_captures_lost 0',
    'kermesse_leases_only 0',
    'kermesse_amnesia 0',
    'kermesse_network_total{what="dials"} 5',
    'kermesse_finality_seconds_count 1',
    'kermesse_http_request_seconds_count{method="GET",route="/v1/wallets/:id",status="200"} 1',
  ]) {
    expect(lines).toContain(line)
  }
  expect(await metrics.text()).toContain('kermesse_network_total{what="dials"} 5')
})
