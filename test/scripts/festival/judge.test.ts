import { expect, test } from 'vitest'
import type { NodeLedger, NodeOutcome } from '#scripts/festival/audit.ts'
import { Book } from '#scripts/festival/book.ts'
import { judge } from '#scripts/festival/judge.ts'
import type { FestivalVenue } from '#scripts/festival/venues.ts'
import type { Verdict } from '#scripts/festival/verdict.ts'

const VENUE: FestivalVenue = {
  ...{ name: 'bar', directory: '', apiUrl: '', placeId: 'place', assetId: 'money', tills: [] },
}
const CARD = { id: 'card', face: { tag: '04' } }
const ENTRY = { venue: VENUE, card: CARD }

const applied = (height: number, amount: number) =>
  ({ status: 'applied', kind: 'sale', amount, height, index: 0 }) as const

/** A card topped up with 100 in block 1 that paid 30 in block 2, and what else was answered. */
const bookOf = (): Book => {
  const book = new Book()
  const entry = ENTRY
  book.add({ ...entry, id: 'topup', kind: 'topup', amount: 100, verdict: applied(1, 100) })
  book.add({ ...entry, id: 'sale', kind: 'sale', amount: 30, verdict: applied(2, 30) })
  const refused = { status: 'refused', code: 'insufficient_funds' } as const
  book.add({ ...entry, id: 'refused', kind: 'sale', amount: 500, verdict: refused })
  book.add({ ...entry, id: 'cancelled', kind: 'sale', amount: 5, verdict: { status: 'cancelled' } })
  book.add({ ...entry, id: 'expired', kind: 'sale', amount: 5, verdict: { status: 'expired' } })
  return book
}

const OUTCOMES: readonly (readonly [string, NodeOutcome])[] = [
  ['place/topup', { outcome: 'applied', height: 1, index: 0 }],
  ['place/sale', { outcome: 'applied', height: 2, index: 0 }],
  ['place/refused', { outcome: 'insufficient_funds', height: 2, index: 1 }],
  ['place/cancelled', { outcome: 'cancelled', height: 2, index: 2 }],
]

const ledgerOf = (changes: Partial<NodeLedger> = {}): NodeLedger => ({
  height: 2,
  digestAt: (height) => `digest ${height}`,
  effects: new Map([
    ['place/topup', 1],
    ['place/sale', 1],
  ]),
  outcomes: new Map(OUTCOMES),
  holdings: holdingsOf({}),
  unbalanced: [],
  overdrawn: [],
  ...changes,
})

const holdingsOf = (changes: {
  readonly card?: number
  readonly place?: number
  readonly supply?: number
}): NodeLedger['holdings'] => ({
  wallets: new Map([
    ['card', 'wallet-1'],
    ['place', 'wallet-2'],
  ]),
  balances: new Map([
    ['wallet-1/money', changes.card ?? 70],
    ['wallet-2/money', changes.place ?? 30],
  ]),
  supplies: new Map([['money', changes.supply ?? 100]]),
})

/** All is well at the first node; the second one has something else. */
const judged = (changes: Partial<NodeLedger>) =>
  judge(
    bookOf(),
    [VENUE],
    [
      { name: 'a', ledger: ledgerOf() },
      { name: 'b', ledger: ledgerOf(changes) },
    ],
  )

const outcomes = (key: string, outcome: NodeOutcome | undefined): Partial<NodeLedger> => ({
  outcomes: new Map([
    ...OUTCOMES.filter(([each]) => each !== key),
    ...(outcome === undefined ? [] : [[key, outcome] as const]),
  ]),
})
const effects = (...entries: readonly (readonly [string, number])[]): Partial<NodeLedger> => ({
  effects: new Map([['place/topup', 1], ['place/sale', 1], ...entries]),
})
const at = (outcome: string, height: number): NodeOutcome => ({ outcome, height, index: 0 })

test('a festival whose every node says what was answered is clean', () => {
  expect(judged({})).toEqual({ lost: [], twice: [], broken: [], overdrawn: [], forks: [] })
})

test('a refusal that was given before the node signed is in no block', () => {
  expect(judged(outcomes('place/refused', undefined)).lost).toEqual([])
})

const faults: readonly (readonly [string, Partial<NodeLedger>, keyof ReturnType<typeof judge>])[] =
  [
    ['has not what was answered as applied', effects(['place/sale', 0]), 'lost'],
    ['has a payment two times', effects(['place/sale', 2]), 'twice'],
    ['applied what was answered as refused', effects(['place/refused', 1]), 'twice'],
    ['applied what was answered as cancelled', effects(['place/cancelled', 1]), 'twice'],
    ['has a payment in another block', outcomes('place/sale', at('applied', 1)), 'lost'],
    ['refused with another code', outcomes('place/refused', at('card_blocked', 2)), 'lost'],
    ['knows no cancellation', outcomes('place/cancelled', undefined), 'lost'],
    [
      'executed what was answered as expired',
      outcomes('place/expired', at('card_blocked', 2)),
      'lost',
    ],
    ['has another balance of a card', { holdings: holdingsOf({ card: 71 }) }, 'lost'],
    ['has other takings', { holdings: holdingsOf({ place: 29 }) }, 'lost'],
    ['has another supply', { holdings: holdingsOf({ supply: 101 }) }, 'broken'],
    ['has balances that are not the supply', { unbalanced: ['money'] }, 'broken'],
    ['ends before what was answered', { height: 1 }, 'broken'],
  ]

test.each(faults)('one node of several that %s is noticed', (_, changes, group) => {
  const judgement = judged(changes)
  expect(judgement[group]).toHaveLength(1)
  expect(Object.values(judgement).flat()).toHaveLength(1)
})

test('every height at which a node holds another block than the others is a fork', () => {
  const digestAt = (height: number): string => (height < 1 ? `digest ${height}` : 'other')
  const { broken, forks } = judged({ digestAt })
  expect(forks).toEqual([1, 2])
  expect(broken).toHaveLength(2)
})

test('a node that ended early forks only where it differs below its end', () => {
  expect(judged({ height: 1, digestAt: (height) => `digest ${height}` }).forks).toEqual([])
  expect(judged({ height: 1, digestAt: () => 'other' }).forks).toEqual([0, 1])
})

const captured = { status: 'captured', amount: 10, lease: 'hold' } as const

/** What `bookOf` has, and a payment of 10 that was captured, and what became of it. */
const judgedCaptured = (end: Verdict | undefined, changes: Partial<NodeLedger>) => {
  const book = bookOf()
  book.add({ ...ENTRY, id: 'late', kind: 'sale', amount: 10, verdict: captured })
  if (end !== undefined) book.settle('late', end)
  return judge(book, [VENUE], [{ name: 'a', ledger: ledgerOf(changes) }])
}

const paid = (key: string, effect = 1): Partial<NodeLedger> => ({
  ...effects([key, effect]),
  ...outcomes(key, { outcome: 'applied', height: 2, index: 7 }),
  holdings: holdingsOf({ card: 60, place: 40 }),
})
const final = { ...applied(2, 10), index: 7 } as const
const lostBy = (code: string) => ({ status: 'lost', code }) as const
const CLEAN = { lost: [], twice: [], broken: [], overdrawn: [], forks: [] }

test('what was captured is one effect, under its id or the one it was signed anew under', () => {
  expect(judgedCaptured(final, paid('place/late'))).toEqual(CLEAN)
  expect(judgedCaptured(final, paid('place/anew'))).toEqual(CLEAN)
})

test('what was captured and is not known to be final is there all the same', () => {
  expect(judgedCaptured(undefined, paid('place/late'))).toEqual(CLEAN)
  expect(judgedCaptured(undefined, paid('place/anew')).lost).toHaveLength(1)
})

test('what came after the end of its lease is the loss of the venue, and moved nothing', () => {
  expect(judgedCaptured(lostBy('hold_over'), {})).toEqual(CLEAN)
  expect(judgedCaptured(lostBy('hold_closed'), {}).lost).toHaveLength(1)
  expect(judgedCaptured(lostBy('hold_over'), paid('place/late')).twice).toHaveLength(1)
})

const CAPTURE_FAULTS: readonly (readonly [string, Partial<NodeLedger>, 'lost' | 'twice'])[] = [
  ['has nothing of it', { holdings: holdingsOf({ card: 60, place: 40 }) }, 'lost'],
  [
    'has it where something else was answered',
    { ...paid('place/late'), ...outcomes('place/late', at('applied', 2)) },
    'lost',
  ],
  ['has it two times', paid('place/late', 2), 'twice'],
  [
    'has it under both ids',
    { ...paid('place/anew'), ...effects(['place/anew', 1], ['place/late', 1]) },
    'twice',
  ],
]

test.each(CAPTURE_FAULTS)('a node that %s is noticed', (_, changes, group) => {
  const judgement = judgedCaptured(final, changes)
  expect(judgement).toEqual({ ...CLEAN, [group]: [expect.stringContaining('late')] })
})

test('two payments that were captured are not one', () => {
  const book = bookOf()
  for (const id of ['late', 'later']) {
    book.add({ ...ENTRY, id, kind: 'sale', amount: 10, verdict: captured })
    book.settle(id, final)
  }
  const there = { ...paid('place/late'), holdings: holdingsOf({ card: 50, place: 50 }) }
  const { lost } = judge(book, [VENUE], [{ name: 'a', ledger: ledgerOf(there) }])
  expect(lost).toEqual([expect.stringContaining('later')])
})

test('what a node had no ledger for is in no block', () => {
  const book = bookOf()
  const verdict = { status: 'unavailable', code: 'lease_missing' } as const
  book.add({ ...ENTRY, id: 'away', kind: 'sale', amount: 10, verdict })
  const judgedWith = (changes: Partial<NodeLedger>) =>
    judge(book, [VENUE], [{ name: 'a', ledger: ledgerOf(changes) }])
  expect(judgedWith({})).toEqual(CLEAN)
  expect(judgedWith(outcomes('place/away', at('applied', 2))).lost).toHaveLength(1)
  expect(judgedWith(effects(['place/away', 1])).twice).toHaveLength(1)
})

test('a hold or a balance from which more was taken than there was is told of each node', () => {
  const { overdrawn, broken } = judged({ overdrawn: ['hold'] })
  expect(overdrawn).toEqual(['b: hold gave more than there was'])
  expect(broken).toEqual(overdrawn)
})
