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

  add(entry: Entry): void {
    this.entries.push(entry)
    const { verdict } = entry
    if (verdict.status === 'refused' && !isPlausible(entry.kind, verdict.code)) {
      this.contradict(`the ${entry.kind} ${entry.id} is refused: ${verdict.code}`)
    }
    if (verdict.status !== 'applied' || verdict.amount === undefined) return
    if (verdict.amount === entry.amount) return
    this.contradict(`${entry.id} took ${verdict.amount} instead of ${entry.amount}`)
  }

  contradict(sentence: string): void {
    this.contradictions.push(sentence)
  }

  applied(): readonly Entry[] {
    return this.entries.filter(({ verdict }) => verdict.status === 'applied')
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
    for (const { card, kind, amount } of this.applied()) {
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
    for (const entry of this.applied()) {
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

/** Whether two answers about one payment say the same. */
export const areEqual = (a: Verdict, b: Verdict): boolean => {
  if (a.status !== 'applied' || b.status !== 'applied') return a.status === b.status
  return a.height === b.height && a.index === b.index
}
