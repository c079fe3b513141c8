import type { GrantId, HoldId, Key } from '#protocol/id.ts'
import type { LedgerEvent } from '#protocol/ledger/event.ts'
import { chainOf } from '#protocol/ledger/rights.ts'
import type { View } from '#protocol/ledger/view.ts'
import type { Done } from '../storage/completion.ts'
import type { StoredHoldGrant } from '../storage/local-facts.ts'
import type { LocalTable } from '../storage/local-table.ts'
import { isCounted } from './grant-tally.ts'
import { HOLD_GRANTS_MAX } from './limits.ts'

export type HoldGrantsPorts = {
  /** State as of the final block. */
  readonly view: () => View
  /** The key that captures here; undefined: none. */
  readonly key: () => Key | undefined
  readonly table: Pick<LocalTable<StoredHoldGrant>, 'put' | 'remove'>
}

/** What final blocks tell of openings. */
export type OpenedIn = {
  readonly events: readonly Pick<LedgerEvent, 'kind' | 'created' | 'grant'>[]
}

/**
 * The grants that holds were opened under, which state does not keep: their whole caps counted there, so
 * that a capture does not count again. Of a hold that is not known here a capture counts twice, which
 * is on the safe side.
 */
export class HoldGrants {
  readonly #ports: HoldGrantsPorts
  readonly #grants = new Map<HoldId, GrantId>()

  constructor(ports: HoldGrantsPorts, recovered: readonly StoredHoldGrant[]) {
    this.#ports = ports
    for (const { hold, grant } of recovered) this.#grants.set(hold, grant)
  }

  /** The grants that counted the hold when it was opened. */
  countedBy(hold: HoldId): ReadonlySet<GrantId> {
    const grant = this.#grants.get(hold)
    if (grant === undefined) return NONE
    return new Set(chainOf(this.#ports.view(), grant).map(({ id }) => id))
  }

  onFinal(blocks: readonly OpenedIn[]): void {
    for (const { events } of blocks) {
      for (const { kind, created, grant } of events) {
        // A batch names one grant, and may have opened the hold under another.
        if (kind === 'hold.open' && grant !== undefined) this.#note(created, grant)
      }
    }
  }

  /** Forgets what has ended. */
  tick(): void {
    const view = this.#ports.view()
    const over = [...this.#grants.keys()].filter((id) => view.get('hold', id)?.status !== 'open')
    for (const id of over) this.#grants.delete(id)
    if (over.length > 0) this.#ports.table.remove(over, IGNORED)
  }

  #note(created: readonly string[], grant: GrantId): void {
    const { view, key, table } = this.#ports
    for (const id of created) {
      const hold = view().get('hold', id)
      if (hold === undefined || hold.key !== key() || this.#grants.size >= HOLD_GRANTS_MAX) continue
      if (!chainOf(view(), grant).some(isCounted)) continue
      this.#grants.set(hold.id, grant)
      table.put({ hold: hold.id, grant }, IGNORED)
    }
  }
}

const NONE: ReadonlySet<GrantId> = new Set()

/** What fails stops the node; what a power cut loses counts twice. */
const IGNORED: Done = () => undefined
