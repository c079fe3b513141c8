import { expect, test } from 'vitest'
import type { Position } from '#api/ports/ledger.ts'
import { type Waiting, waitingPage } from '#node/reads/waiting-page.ts'

const waiting = (sinceMs: number, name: string): Waiting => ({ sinceMs, name })
const of = (items: readonly Waiting[], limit: number, after?: Position) =>
  waitingPage(items, (item) => item, { limit, ...(after && { after }) })

const ALIKE = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => waiting(5, name))
const LIST = [waiting(9, 'last'), ...ALIKE, waiting(0, 'of unknown age')]

test('a page is oldest first, and the order is the same however the list comes', () => {
  const { items, next } = of(LIST, 50)
  expect(items.map(({ sinceMs }) => sinceMs)).toEqual([0, 5, 5, 5, 5, 5, 5, 9])
  expect(next).toBeUndefined()
  expect(of(LIST.toReversed(), 50).items).toEqual(items)
})

test.each([1, 2, 3, 7])(
  'pages of %i show all once, though what was shown is gone from the list',
  (limit) => {
    const shown: Waiting[] = []
    let after: Position | undefined
    do {
      const page = of(
        LIST.filter((item) => !shown.includes(item)),
        limit,
        after,
      )
      shown.push(...page.items)
      after = page.next
    } while (after !== undefined)
    expect(shown).toEqual(of(LIST, 50).items)
  },
)

test('what comes while somebody pages is behind what is older', () => {
  const first = of(LIST, 4)
  const rest = of([...LIST, waiting(7, 'new')], 50, first.next)
  expect([...first.items, ...rest.items]).toHaveLength(LIST.length + 1)
})
