import { describe, expect, test } from 'vitest'
import {
  broken,
  countOf,
  DAMAGES,
  expectRecovered,
  kindsOf,
  load,
  lossOf,
  nodeAt,
  recordsOf,
  refusalOf,
  started,
  votesOf,
} from './forgetful.ts'
import type { Node } from './harness-node.ts'

describe('a node that lost votes', () => {
  test.each(DAMAGES)('%s: %s, and it votes on without a second vote', (_, code, damage) => {
    const { harness, victim, early } = broken()
    const before = votesOf(victim).length
    harness.restart(victim, damage(victim, early))
    harness.advance(60)
    expect(lossOf(victim)).toBe(code)
    harness.advance(1_000)
    expect(countOf(victim, 'amnesiaOver')).toBe(1)
    const highest = Math.max(
      ...votesOf(victim)
        .slice(0, before)
        .map(({ view }) => view),
    )
    expect(refusalOf(victim)).toBeGreaterThanOrEqual(highest)
    expectRecovered(harness, victim)
  })

  test.each([0, 16, 24, 40])('dies %i ms after it started, and starts again', (ms) => {
    for (const [, , damage] of DAMAGES.filter((_, index) => index % 2 === 0)) {
      const { harness, victim, early } = broken()
      harness.restart(victim, damage(victim, early))
      harness.advance(ms)
      harness.crash(victim)
      load(harness, 2, 'without it')
      harness.restart(victim)
      harness.advance(3_000)
      expectRecovered(harness, victim)
    }
  })

  test.each(DAMAGES)('%s, and it dies between any two records of its amnesia', (_, __, damage) => {
    const records = (victim: Node): number => victim.disk.journal.length
    for (let kept = 0; ; kept++) {
      const { harness, victim, early } = broken()
      harness.restart(victim, damage(victim, early))
      const begun = records(victim)
      while (countOf(victim, 'amnesiaOver') === 0) harness.advance(1)
      harness.crash(victim)
      const written = recordsOf(victim).findLastIndex(({ type }) => type === 'refusal') + 1
      expect(written).toBeGreaterThan(begun)
      if (begun + kept > written) return
      const before = countOf(victim, 'amnesia')
      harness.restart(victim, { journal: victim.disk.journal.slice(0, begun + kept) })
      harness.advance(3_000)
      const isOver = begun + kept === written
      if (kept > 0) expect(countOf(victim, 'amnesia')).toBe(isOver ? before : before + 1)
      expectRecovered(harness, victim)
    }
  })

  test('is found out late, by a certificate with its signature, when nobody holds its votes', () => {
    const { harness, victim, early } = broken()
    load(harness, 60, 'meanwhile')
    harness.restart(victim, {
      journal: [...early.journal],
      store: victim.disk.store.slice(0, early.stored),
      blockLog: [],
    })
    harness.advance(3_000)
    expect(kindsOf(victim)).toContain('amnesia')
    const entered = victim.reports.find(({ kind }) => kind === 'amnesia')
    expect(entered).toMatchObject({ code: 'journal_rolled_back' })
    expect(JSON.stringify(entered)).toContain('in a certificate')
    expectRecovered(harness, victim)
  })

  test('refuses the view above all that anybody else knows of, since it may have been there alone', () => {
    const harness = started()
    const victim = nodeAt(harness, 2)
    load(harness, 5, 'early')
    // The others give up their view, and only the victim hears it: it goes on to the next, unheard.
    harness.routes.pass = (from, to, message) =>
      message.type === 'vote' && to === victim.index && from !== victim.index
    harness.submit('payment')
    const { view } = nodeAt(harness, 0).replica.standing()
    while (!votesOf(victim).some((vote) => vote.view > view)) harness.advance(100)
    harness.crash(victim)
    expect(nodeAt(harness, 0).replica.standing().view).toBe(view)
    harness.routes.pass = (_, __, message) => message.type === 'status'
    harness.restart(victim, { journal: [] })
    harness.advance(1_000)
    expect(refusalOf(victim)).toBe(view + 1)
    harness.routes.pass = () => true
    expectRecovered(harness, victim)
  })

  test.each(DAMAGES)('%s: its disk alone remembers that', (_, code, damage) => {
    const { harness, victim, early } = broken()
    harness.routes.pass = (from) => from !== 0
    harness.restart(victim, damage(victim, early))
    while (countOf(victim, 'amnesia') === 0) harness.advance(1)
    harness.crash(victim)
    harness.routes.pass = () => false
    harness.restart(victim)
    expect(victim.replica.standing().amnesia).toBe(code)
  })

  test('loses them a second time, and once more after it voted again', () => {
    const { harness, victim } = broken()
    harness.restart(victim, { journal: [] })
    harness.advance(1_000)
    harness.crash(victim)
    harness.restart(victim, { journal: [] })
    harness.advance(1_000)
    expectRecovered(harness, victim)
    harness.crash(victim)
    harness.restart(victim, { journal: [] })
    harness.advance(1_000)
    expect(countOf(victim, 'amnesiaOver')).toBe(3)
    expectRecovered(harness, victim)
  })

  test('says nothing new after its restart, but its refusal stays', () => {
    const { harness, victim } = broken()
    harness.restart(victim, { journal: [] })
    harness.advance(1_000)
    const refused = refusalOf(victim)
    harness.crash(victim)
    harness.restart(victim)
    harness.advance(1_000)
    expect(countOf(victim, 'amnesia')).toBe(1)
    expect(recordsOf(victim)).toContainEqual({ type: 'refusal', epoch: 1, view: refused })
    expectRecovered(harness, victim)
  })
})

describe('amnesia waits', () => {
  test('for q others: with fewer it stays passive, says so, and ends when they come', () => {
    const { harness, victim } = broken()
    harness.crash(nodeAt(harness, 0))
    const before = votesOf(victim).length
    harness.restart(victim, { journal: [] })
    harness.advance(130_000)
    expect(victim.replica.standing()).toMatchObject({
      amnesia: 'journal_missing',
      statusesMissing: 1,
      voting: false,
    })
    expect(victim.reports).toContainEqual({ kind: 'amnesiaWaits', needed: 3, silent: [0] })
    expect(countOf(victim, 'amnesiaWaits')).toBe(2)
    expect(votesOf(victim)).toHaveLength(before)
    harness.restart(nodeAt(harness, 0))
    harness.advance(5_000)
    expectRecovered(harness, victim)
  })

  test('for others that remember: two of four that lost their votes do not help each other', () => {
    const { harness, victim } = broken()
    const second = nodeAt(harness, 1)
    harness.crash(second)
    harness.restart(victim, { journal: [] })
    harness.restart(second, { journal: [] })
    harness.advance(60_000)
    for (const node of [victim, second]) {
      expect(node.replica.standing()).toMatchObject({ voting: false, statusesMissing: 1 })
    }
  })

  test('for no more than that: two of seven end it together', () => {
    const { harness, victim } = broken(7)
    const second = nodeAt(harness, 1)
    harness.crash(second)
    harness.restart(victim, { journal: [] })
    harness.restart(second, { journal: [] })
    harness.advance(3_000)
    expectRecovered(harness, victim)
    expectRecovered(harness, second)
  })

  test.each(['signatures', 'digest'] as const)(
    'is not what a store with other %s of its newest block has: it stops, the store is corrupt',
    (part) => {
      const { harness, victim } = broken()
      const last = victim.disk.store.at(-1)
      if (last === undefined) throw new Error('nothing is stored')
      const { certificate } = last
      const signatures = certificate.signatures.map((bytes) => bytes.map((byte) => byte ^ 1))
      const damaged =
        part === 'signatures'
          ? { ...certificate, signatures }
          : { ...certificate, digest: harness.genesisDigest }
      const store = [...victim.disk.store.slice(0, -1), { ...last, certificate: damaged }]
      harness.restart(victim, { store })
      expect(victim.reports.at(-1)).toMatchObject({ kind: 'fatal', code: 'state_corrupt' })
    },
  )

  test('alone for ever: a solo authority stops', () => {
    const harness = started(1)
    load(harness, 3, 'alone')
    const solo = nodeAt(harness, 0)
    harness.crash(solo)
    harness.restart(solo, { journal: [] })
    expect(solo.reports.at(-1)).toMatchObject({ kind: 'fatal', code: 'journal_missing' })
  })
})
