import { expect, test } from 'vitest'
import { areEqual, Book, tellingOf } from '#scripts/festival/book.ts'
import type { FestivalVenue } from '#scripts/festival/venues.ts'
import type { Verdict } from '#scripts/festival/verdict.ts'

const VENUE: FestivalVenue = {
  ...{ name: 'bar', directory: '', apiUrl: '', placeId: 'place', assetId: 'money', tills: [] },
}
const CARD = { id: 'card', face: { tag: '04' } }

const APPLIED: Verdict = { status: 'applied', kind: 'sale', amount: 30, height: 4, index: 2 }
const CAPTURED: Verdict = { status: 'captured', amount: 30, lease: 'hold' }
const LOST: Verdict = { status: 'lost', code: 'hold_over' }
const REFUSED: Verdict = { status: 'refused', code: 'insufficient_funds' }
const CANCELLED: Verdict = { status: 'cancelled' }
const AWAY: Verdict = { status: 'unavailable', code: 'ledger_required' }

const bookWith = (verdict: Verdict): Book => {
  const book = new Book()
  book.add({ id: 'one', kind: 'sale', venue: VENUE, card: CARD, amount: 30, verdict })
  return book
}

test('what is captured is paid at once, and stays paid when it is final', () => {
  const book = bookWith(CAPTURED)
  expect(book.cardBalances().get('card')).toBe(-30)
  expect(book.venueTotals(VENUE)).toEqual({ takings: 30, supply: 0 })
  expect(book.applied()).toEqual([])
  book.settle('one', APPLIED)
  expect(book.cardBalances().get('card')).toBe(-30)
  expect(book.applied()).toHaveLength(1)
  expect(book.height()).toBe(4)
  expect(book.captured()).toHaveLength(1)
  expect(book.contradictions).toEqual([])
})

test('what is lost was never paid, whether or not it was heard of as captured before', () => {
  const book = bookWith(CAPTURED)
  book.settle('one', LOST)
  for (const each of [book, bookWith(LOST)]) {
    expect(each.cardBalances().get('card')).toBeUndefined()
    expect(each.captured()).toHaveLength(1)
    expect(each.contradictions).toEqual([])
  }
})

test('what was captured ends as applied or lost, and of the amount that was asked for', () => {
  const wrong: readonly Verdict[] = [REFUSED, CANCELLED, AWAY, { ...APPLIED, amount: 29 }]
  for (const verdict of wrong) {
    const book = bookWith(CAPTURED)
    book.settle('one', verdict)
    expect(book.contradictions).not.toEqual([])
  }
  expect(bookWith({ ...CAPTURED, amount: 29 }).contradictions).toHaveLength(1)
})

test('only what was captured is settled later', () => {
  expect(() => bookWith(APPLIED).settle('one', APPLIED)).toThrow('was not captured')
})

const PAIRS: readonly (readonly [Verdict, Verdict, boolean])[] = [
  [APPLIED, APPLIED, true],
  [APPLIED, { ...APPLIED, index: 3 }, false],
  [APPLIED, CAPTURED, true],
  [CAPTURED, CAPTURED, true],
  [CAPTURED, REFUSED, false],
  [CAPTURED, CANCELLED, false],
  [AWAY, CAPTURED, true],
  [AWAY, CANCELLED, true],
  [REFUSED, CANCELLED, false],
]

test.each(PAIRS)('%o and %o are answers about one payment: %s', (one, other, wanted) => {
  expect(areEqual(one, other)).toBe(wanted)
  expect(areEqual(other, one)).toBe(wanted)
})

test('a till goes by the answer that says more', () => {
  for (const verdict of [APPLIED, CAPTURED, REFUSED, CANCELLED]) {
    expect(tellingOf(AWAY, verdict)).toBe(verdict)
    expect(tellingOf(verdict, AWAY)).toBe(verdict)
  }
  expect(tellingOf(APPLIED, CAPTURED)).toBe(CAPTURED)
  expect(tellingOf(CAPTURED, APPLIED)).toBe(CAPTURED)
})
