import type { CardId, HoldId, Key, PlaceId, WalletId } from '#protocol/id.ts'
import { isOpenedByPlace, remainderOf } from '#protocol/ledger/hold.ts'
import { parametersOf } from '#protocol/ledger/network.ts'
import type { HoldRecord } from '#protocol/state/record-hold.ts'
import type { FinalView } from '../pipeline/executor.ts'

export type LeaseBookParts = {
  /** State as of the final block. */
  readonly view: () => FinalView
  /** For whom this node captures, and the key it does so with; undefined: for nobody. */
  readonly own: () => { readonly place: PlaceId; readonly key: Key } | undefined
  /** The lease clock. */
  readonly nowMs: () => number
}

/** What final blocks tell of new holds. */
type OpeningBlock = {
  readonly events: readonly { readonly kind: string; readonly created: readonly string[] }[]
}

/**
 * The holds that this node can capture from, by whose money they keep. Which they are is read from
 * state each time: the book only knows where to look, and forgets what has ended when it finds it.
 */
export class LeaseBook {
  readonly #parts: LeaseBookParts
  /** With the names that it is found by. */
  readonly #open = new Map<HoldId, readonly (CardId | WalletId)[]>()
  readonly #byName = new Map<CardId | WalletId, Set<HoldId>>()

  constructor(parts: LeaseBookParts) {
    this.#parts = parts
    for (const hold of parts.view().records('hold')) this.#note(hold)
  }

  onFinal(blocks: readonly OpeningBlock[]): void {
    const view = this.#parts.view()
    for (const { events } of blocks) {
      for (const { created } of events) {
        for (const id of created) {
          const hold = id.startsWith('hld1') ? view.get('hold', id) : undefined
          if (hold !== undefined) this.#note(hold)
        }
      }
    }
  }

  /** Whether there is any hold, whatever it is for, that can be captured from now. */
  hasAny(): boolean {
    for (const id of this.#open.keys()) if (this.#usable(id) !== undefined) return true
    return false
  }

  /** Leases that keep money of this card or wallet, in the order in which they were opened. */
  of(name: CardId | WalletId): readonly HoldRecord[] {
    return [...(this.#byName.get(name) ?? [])].flatMap((id) => this.#lease(id) ?? [])
  }

  all(): readonly HoldRecord[] {
    return [...this.#open.keys()].flatMap((id) => this.#lease(id) ?? [])
  }

  /** A tab or a preauthorisation is for what its payer agreed to, and for no other payment. */
  #lease(id: HoldId): HoldRecord | undefined {
    const hold = this.#usable(id)
    return hold?.purpose === 'lease' ? hold : undefined
  }

  #note(hold: HoldRecord): void {
    const own = this.#parts.own()
    if (hold.beneficiary !== own?.place || !isOpenedByPlace(hold) || hold.status === 'closed')
      return
    const names = namesOf(hold)
    this.#open.set(hold.id, names)
    for (const name of names) {
      this.#byName.set(name, (this.#byName.get(name) ?? new Set()).add(hold.id))
    }
  }

  /** One that is closed or over never comes back: the lease clock does not fall. */
  #usable(id: HoldId): HoldRecord | undefined {
    const view = this.#parts.view()
    const hold = view.get('hold', id)
    const endMs = (hold?.expiresAtMs ?? 0) - parametersOf(view).maxClockSkewMs
    if (hold === undefined || remainderOf(hold) === 0 || this.#parts.nowMs() >= endMs) {
      this.#forget(id)
      return undefined
    }
    return hold.key === this.#parts.own()?.key ? hold : undefined
  }

  #forget(id: HoldId): void {
    for (const name of this.#open.get(id) ?? []) {
      const ids = this.#byName.get(name)
      ids?.delete(id)
      if (ids?.size === 0) this.#byName.delete(name)
    }
    this.#open.delete(id)
  }
}

const namesOf = ({ card, owner }: HoldRecord): readonly (CardId | WalletId)[] =>
  card === undefined ? [owner] : [owner, card]
