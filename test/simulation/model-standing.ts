import type { Books } from './model-books.ts'

/** What a card can be, by its number. */
export const CARD_STATES = ['blank', 'active', 'linked', 'blocked', 'replaced', 'void'] as const

/** Which keys hold a wallet, what cards are, and what wallets do not give or take: as numbers. */
export const standingOf = (books: Books): ReadonlyMap<string, number> => {
  const numbers = new Map<string, number>()
  for (const [key, wallet] of books.keys) numbers.set(`key ${key}`, wallet === undefined ? 0 : 1)
  for (const [id, { state, tap }] of books.cards) {
    numbers.set(`card ${id}`, CARD_STATES.indexOf(state))
    numbers.set(`card ${id} tap`, tap)
  }
  for (const [wallet, untilMs] of books.frozenMs) numbers.set(`wallet ${wallet} frozen`, untilMs)
  for (const wallet of books.legal) numbers.set(`wallet ${wallet} held`, 1)
  for (const wallet of books.successors.keys()) numbers.set(`wallet ${wallet} closed`, 1)
  return numbers
}
