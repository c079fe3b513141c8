import type { Page, PageQuery } from '#api/ports/ledger.ts'
import type { HoldId, WalletId } from '#protocol/id.ts'
import type { LedgerEvent } from '#protocol/ledger/event.ts'
import type { HoldRecord } from '#protocol/state/record-hold.ts'
import type { FinalView } from '../pipeline/executor.ts'
import { OPENING_LOOKBACK_MS, OPENING_PAGE, OPENING_PAGES_MAX } from './book-limits.ts'
import { type ChainPagesParts, historyPage } from './chain-pages.ts'

export type PayoutBookParts = ChainPagesParts & {
  /** State as of the final block. */
  readonly view: () => FinalView
}

/** What final blocks tell of new payouts. */
type OpeningBlock = {
  readonly events: readonly { readonly timeMs: number; readonly created: readonly string[] }[]
}

/**
 * When a payout was opened, in block time. `sought`: it was open when this node started, which has not
 * looked for that yet; `earlier`: further back than it looks.
 */
export type Since = number | 'sought' | 'earlier'

/**
 * The payouts that nobody has settled, and since when. A hold's record does not say when it was opened:
 * final blocks do, and of those before the start the history of its owner. There are as many as state has.
 */
export class PayoutBook {
  readonly #parts: PayoutBookParts
  readonly #open = new Map<HoldId, Since>()
  #looking: Promise<void> | undefined

  constructor(parts: PayoutBookParts) {
    this.#parts = parts
    for (const { id, purpose } of parts.view().records('hold')) {
      if (purpose === 'payout') this.#open.set(id, 'sought')
    }
  }

  onFinal(blocks: readonly OpeningBlock[]): void {
    const view = this.#parts.view()
    for (const { events } of blocks) {
      for (const { timeMs, created } of events) {
        for (const id of created) {
          const hold = id.startsWith('hld1') ? view.get('hold', id) : undefined
          if (hold?.purpose === 'payout') this.#open.set(hold.id, timeMs)
        }
      }
    }
  }

  /** One that is settled never comes back. */
  all(): readonly { readonly hold: HoldRecord; readonly since: Since }[] {
    const view = this.#parts.view()
    return [...this.#open].flatMap(([id, since]) => {
      const hold = view.get('hold', id)
      if (hold !== undefined) return [{ hold, since }]
      this.#open.delete(id)
      return []
    })
  }

  /** Looks for what was open at the start: once, whoever asks, and again only if the disk failed. */
  lookBack(): Promise<void> {
    this.#looking ??= this.#look().catch((cause: unknown) => {
      this.#looking = undefined
      throw cause
    })
    return this.#looking
  }

  async #look(): Promise<void> {
    const owners = new Map<WalletId, HoldId[]>()
    for (const { hold, since } of this.all()) {
      if (since === 'sought') owners.set(hold.owner, [...(owners.get(hold.owner) ?? []), hold.id])
    }
    let pagesLeft = OPENING_PAGES_MAX
    for (const [owner, ids] of owners) pagesLeft -= await this.#lookIn(owner, ids, pagesLeft)
  }

  /** Goes back in the history of one owner, and tells how many pages that took. */
  async #lookIn(owner: WalletId, ids: readonly HoldId[], pagesMax: number): Promise<number> {
    const horizonMs = this.#parts.recent.head().timeMs - OPENING_LOOKBACK_MS
    const sought = new Map<string, HoldId>(ids.map((id) => [id, id]))
    let query: PageQuery | undefined = { limit: OPENING_PAGE }
    let pages = 0
    for (; query !== undefined && sought.size > 0 && pages < pagesMax; pages++) {
      const { items, next }: Page<LedgerEvent> = await historyPage(this.#parts, owner, query)
      for (const event of items) this.#find(sought, event)
      const isOver = (items.at(-1)?.timeMs ?? 0) < horizonMs
      query = next === undefined || isOver ? undefined : { limit: OPENING_PAGE, after: next }
    }
    for (const id of sought.values()) this.#open.set(id, 'earlier')
    return pages
  }

  #find(sought: Map<string, HoldId>, { timeMs, created }: LedgerEvent): void {
    for (const name of created) {
      const id = sought.get(name)
      if (id !== undefined) this.#open.set(id, timeMs)
      sought.delete(name)
    }
  }
}
