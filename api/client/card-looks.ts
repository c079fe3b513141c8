import type { JournalEntry } from './journal.ts'
import { isCard, type Unchanged } from './outcome.ts'
import type { Operation } from './routes.ts'
import type { Answer, Sent } from './transport.ts'

/** Orders that change one card, and have nothing to do where it is as asked. */
export const CARD_CHANGES: ReadonlySet<Operation> = new Set([
  'registerCard',
  'activateCard',
  'blockCard',
])

/** How to look at the card that an order was about, where this device still knows which. */
export const cardQuestion = (
  entry: JournalEntry | undefined,
  sent: Sent | undefined,
): Sent | undefined => {
  const tag = entry?.card ?? sent?.named?.['tag'] ?? tagIn(sent?.body)
  return tag === undefined ? undefined : { operation: 'getCard', named: { tag } }
}

/** The outcome of an order that did nothing, if its card is as it asked; else undefined. */
export const unchangedBy = (
  id: string,
  { action, sent }: { readonly action: string | undefined; readonly sent: Sent | undefined },
  { body }: Answer,
): Unchanged | undefined => {
  const { card } = body
  const states = STATES[isActivating(sent) ? 'activateCard' : (action ?? '')]
  if (states === undefined || !isCard(card) || !states.includes(card.state)) return undefined
  return { id, status: 'unchanged', card }
}

const STATES: Readonly<Record<string, readonly string[]>> = {
  registerCard: ['blank', 'active', 'linked'],
  activateCard: ['active', 'linked'],
  blockCard: ['blocked'],
}

const tagIn = (body: object | undefined): string | undefined =>
  body !== undefined && 'tag' in body && typeof body.tag === 'string' ? body.tag : undefined

const isActivating = (sent: Sent | undefined): boolean =>
  sent?.body !== undefined && 'activate' in sent.body && sent.body.activate === true
