import type { FestivalCard } from './cards.ts'
import type { FestivalVenue } from './venues.ts'
import type { Verdict } from './verdict.ts'

/** One payment as its till knows it: what was asked, and what the API answered. */
export type Entry = {
  readonly id: string
  readonly kind: 'sale' | 'refund' | 'topup'
  readonly venue: FestivalVenue
  readonly card: FestivalCard
  /** Smallest units of the venue's festival money. */
  readonly amount: number
  readonly verdict: Verdict
}

/** What all tills were told, and every answer that contradicts another. */
export class Book {
  readonly entries: Entry[] = []
  readonly contradictions: string[] = []
  /** Where the payments are that a node answered as captured, whatever became of them. */
  readonly #captured = new Map<string, number>()

  add(entry: Entry): void {
    const { status } = entry.verdict
    if (status === 'captured' || status === 'lost') {
      this.#captured.set(entry.id, this.entries.length)
    }
    this.entries.push(entry)
    this.#check(entry)
  }

  /** What became of a payment that was captured. */
  settle(id: string, verdict: Verdict): void {
    const index = this.#captured.get(id)
    const entry = index === undefined ? undefined : this.entries[index]
    if (index === undefined || entry === undefined) throw new Error(`${id} was not captured`)
    const settled = { ...entry, verdict }
    this.entries[index] = settled
    this.#check(settled)
    if (CAPTURED_ENDS.has(verdict.status)) return
    this.contradict(`${id} was captured, and is ${verdict.status}`)
  }

  isCaptured(id: string): boolean {
    return this.#captured.has(id)
  }

  /** Payments that were answered as captured, with what became of them as far as that is known. */
  captured(): readonly Entry[] {
    return [...this.#captured.values()].flatMap((index) => this.entries[index] ?? [])
  }

  #check(entry: Entry): void {
    const { verdict } = entry
    if (verdict.status === 'refused' && !isPlausible(entry.kind, verdict.code)) {
      this.contradict(`the ${entry.kind} ${entry.id} is refused: ${verdict.code}`)
    }
    if (!isCharge(verdict) || verdict.amount === undefined) return
    if (verdict.amount === entry.amount) return
    this.contradict(`${entry.id} took ${verdict.amount} instead of ${entry.amount}`)
  }

  contradict(sentence: string): void {
    this.contradictions.push(sentence)
  }

  applied(): readonly Entry[] {
    return this.entries.filter(({ verdict }) => verdict.status === 'applied')
  }

  /** What moved money as far as the tills know: what is captured is paid. */
  charges(): readonly Entry[] {
    return this.entries.filter(({ verdict }) => isCharge(verdict))
  }

  /** Height of the last block that an answer named. */
  height(): number {
    let height = 0
    for (const { verdict } of this.entries) {
      if (verdict.status === 'applied') height = Math.max(height, verdict.height)
    }
    return height
  }

  /** What each card must hold, by card id. */
  cardBalances(): ReadonlyMap<string, number> {
    const balances = new Map<string, number>()
    for (const { card, kind, amount } of this.charges()) {
      const change = kind === 'sale' ? -amount : amount
      balances.set(card.id, (balances.get(card.id) ?? 0) + change)
    }
    return balances
  }

  /** The same with the money that each card holds; every card whose payments were entered. */
  cardHoldings(): readonly {
    readonly owner: string
    readonly asset: string
    readonly amount: number
  }[] {
    const balances = this.cardBalances()
    const assets = new Map(this.entries.map(({ card, venue }) => [card.id, venue.assetId]))
    return [...assets].map(([owner, asset]) => ({ owner, asset, amount: balances.get(owner) ?? 0 }))
  }

  /** What the place of a venue must have taken, and how much of its money must exist. */
  venueTotals(venue: FestivalVenue): { readonly takings: number; readonly supply: number } {
    let takings = 0
    let supply = 0
    for (const entry of this.charges()) {
      if (entry.venue !== venue) continue
      if (entry.kind === 'topup') supply += entry.amount
      else takings += entry.kind === 'sale' ? entry.amount : -entry.amount
    }
    return { takings, supply }
  }
}

/** A card may run empty in an evening; for nothing else anybody is refused in it. */
const isPlausible = (kind: Entry['kind'], code: string): boolean =>
  kind === 'sale' && code === 'insufficient_funds'

const CAPTURED_ENDS: ReadonlySet<Verdict['status']> = new Set(['captured', 'applied', 'lost'])

type Charge = Extract<Verdict, { readonly status: 'applied' | 'captured' }>
const isCharge = (verdict: Verdict): verdict is Charge =>
  verdict.status === 'applied' || verdict.status === 'captured'

/**
 * Whether two answers about one payment, the second perhaps given later, can both be true. Where a node
 * could not do one of two things, the other decides; and what is captured is applied when the link is back.
 */
export const areEqual = (a: Verdict, b: Verdict): boolean => {
  if (a.status === 'unavailable' || b.status === 'unavailable') return true
  if (a.status === 'applied' && b.status === 'applied') {
    return a.height === b.height && a.index === b.index
  }
  return a.status === b.status || (isCharge(a) && isCharge(b))
}

/** What a till goes by of two answers about one payment: what is captured is followed until it is final. */
export const tellingOf = (a: Verdict, b: Verdict): Verdict => (weightOf(b) > weightOf(a) ? b : a)

const weightOf = ({ status }: Verdict): number => {
  if (status === 'unavailable') return 0
  return status === 'captured' ? 2 : 1
}
