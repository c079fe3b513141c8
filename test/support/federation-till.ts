import { randomBytes } from 'node:crypto'
import { v7 } from 'uuid'
import { z } from 'zod'
import type { RunningVenue } from '#scripts/federation/local-federation.ts'
import { type ApiAnswer, ApiClient } from '#scripts/festival/api-client.ts'
import type { CardFace } from '#scripts/festival/cards.ts'
import { until } from './federation.ts'

/** Accepted, and not final yet. */
const PENDING = 202
const OUTCOME_WITHIN_MS = 60_000

const Coded = z.object({ code: z.string() })
const Stated = z.object({ status: z.string() })
const CardAccount = z.object({
  card: z.object({ id: z.string(), state: z.string() }),
  balances: z.array(z.object({ asset: z.string(), available: z.number() })),
})
const Registered = z.object({ card: z.object({ id: z.string() }) })

/** The stable code of a problem, or the status of an outcome: what a till acts on. */
export const saidBy = ({ status, body }: ApiAnswer): string => {
  const coded = Coded.safeParse(body)
  if (status >= 300 && coded.success) return coded.data.code
  return Stated.safeParse(body).data?.status ?? String(status)
}

/** The first till of a venue, with the API key that was made with it. */
export class FederationTill {
  readonly client: ApiClient
  readonly #venue: RunningVenue

  constructor(venue: RunningVenue) {
    this.#venue = venue
    const { apiUrl, apiKey } = venue
    this.client = new ApiClient({ apiUrl, apiKey, connectionsMax: 128 })
  }

  get place(): string {
    return this.#venue.placeId
  }

  /** A new active card of the venue with that much of its money. */
  async newCard(kind: 'weak' | 'secret', funds: number): Promise<NewCard> {
    const face: CardFace =
      kind === 'weak' ? { tag: newTag() } : { secret: randomBytes(16).toString('hex') }
    const registered = await this.client.post('/v1/cards', { ...face, activate: true })
    const { card } = Registered.parse(registered.body)
    if (funds > 0) {
      const answer = await this.topUp(face, funds)
      if (saidBy(answer) !== 'applied') throw new Error(`a top-up is ${JSON.stringify(answer)}`)
    }
    return { id: card.id, face }
  }

  topUp(face: CardFace, amount: number, id: string = v7()): Promise<ApiAnswer> {
    return this.#settled(id, this.client.post('/v1/topups', { id, ...face, amount }))
  }

  pay(
    payer: CardFace | { readonly card: string },
    amount: number,
    id: string = v7(),
  ): Promise<ApiAnswer> {
    return this.#settled(id, this.client.post('/v1/payments', { id, payers: [payer], amount }))
  }

  refund(sale: string, amount?: number): Promise<ApiAnswer> {
    const id = v7()
    return this.#settled(id, this.client.post(`/v1/payments/${sale}/refunds`, { id, amount }))
  }

  cancel(id: string): Promise<ApiAnswer> {
    return this.client.post(`/v1/payments/${id}/cancel`, {})
  }

  outcome(id: string): Promise<ApiAnswer> {
    return this.client.get(`/v1/transactions/${id}`)
  }

  receipt(id: string): Promise<ApiAnswer> {
    return this.client.get(`/v1/transactions/${id}/receipt`)
  }

  /** What a card holds of an asset; default: of the venue's own money. */
  async balance(card: string, asset: string = this.#venue.assetId): Promise<number> {
    const answer = await this.client.get(`/v1/cards/${card}`)
    const { balances } = CardAccount.parse(answer.body)
    return balances.find((balance) => balance.asset === asset)?.available ?? 0
  }

  close(): void {
    this.client.close()
  }

  /** On a machine that is busy enough the door's patience ends before the outcome is there. */
  async #settled(id: string, asking: Promise<ApiAnswer>): Promise<ApiAnswer> {
    const answer = await asking
    if (answer.status !== PENDING) return answer
    return await until(`the outcome of ${id}`, OUTCOME_WITHIN_MS, async () => {
      const outcome = await this.outcome(id)
      return saidBy(outcome) === 'pending' ? undefined : outcome
    })
  }
}

export type NewCard = { readonly id: string; readonly face: CardFace }

/** A UID of seven bytes that no other tag of the test has. */
export const newTag = (): string => `04${randomBytes(6).toString('hex').toUpperCase()}`
