import { AMOUNT_MAX, units, ZERO } from '#protocol/amount.ts'
import type { GrantId, HoldId } from '#protocol/id.ts'
import { overlay } from '#protocol/ledger/overlay.ts'
import { dayOf } from '#protocol/ledger/period.ts'
import { chainOf, judgeGrantUse } from '#protocol/ledger/rights.ts'
import type { View } from '#protocol/ledger/view.ts'
import type { GrantRecord } from '#protocol/state/record.ts'
import type { Done } from '../storage/completion.ts'
import type { StoredGrantUse } from '../storage/local-facts.ts'
import type { LocalTable } from '../storage/local-table.ts'
import type { CaptureOrder } from './capture.ts'
import { GRANTS_COUNTED_MAX } from './limits.ts'

export type GrantTallyPorts = {
  /** State as of the final block. */
  readonly view: () => View
  /** Time of the final block. */
  readonly headMs: () => number
  /** When the next block may be made. */
  readonly nextMs: () => number
  /** The grants that counted the whole hold when it was opened. */
  readonly countedBy: (hold: HoldId) => ReadonlySet<GrantId>
  readonly table: Pick<LocalTable<StoredGrantUse>, 'put' | 'remove'>
}

/** A capture under a grant. */
export type GrantCapture = Pick<CaptureOrder, 'grant' | 'hold' | 'amount'>

/** Whether anything that is moved under the grant has to be remembered. */
export const isCounted = ({ caps }: GrantRecord): boolean =>
  caps.day !== undefined || caps.total !== undefined

/**
 * What this node captured under each grant and those below it. The ledger judges a capture by its hold
 * alone, so what a till had a node capture would be bounded by no cap of its grant: the node counts it
 * itself, and what it lets through is judged by both counts together. Nothing that happens later, a
 * refund or a capture that came to nothing, is taken off again.
 */
export class GrantTally {
  readonly #ports: GrantTallyPorts
  readonly #uses = new Map<GrantId, StoredGrantUse>()

  constructor(ports: GrantTallyPorts, recovered: readonly StoredGrantUse[]) {
    this.#ports = ports
    for (const use of recovered) this.#uses.set(use.grant, use)
  }

  /** State as of the final block, in which grants have moved what was captured here too. */
  viewAhead(): View {
    const view = this.#ports.view()
    if (this.#uses.size === 0) return view
    const day = this.#today()
    const ahead = overlay(view)
    for (const use of this.#uses.values()) {
      const grant = view.get('grant', use.grant)
      if (grant !== undefined) ahead.put('grant', use.grant, raised(grant, use, day))
    }
    return ahead
  }

  /** What the ledger would say if captures counted. */
  judge(capture: GrantCapture): 'grant_cap_exceeded' | 'journal_full' | undefined {
    const chain = this.#counting(capture, this.viewAhead())
    const use = { moved: capture.amount, refunded: 0 }
    const context = { timeMs: this.#ports.nextMs(), tally: { grants: NONE } }
    if ('ok' in judgeGrantUse({ chain }, use, context)) return 'grant_cap_exceeded'
    const added = chain.filter((grant) => isCounted(grant) && !this.#uses.has(grant.id))
    return this.#uses.size + added.length > GRANTS_COUNTED_MAX ? 'journal_full' : undefined
  }

  /** Counts a capture that was just judged; on its way to the disk before whatever is put next. */
  count(capture: GrantCapture): void {
    const today = this.#today()
    for (const grant of this.#counting(capture, this.#ports.view())) {
      if (!isCounted(grant)) continue
      const before = this.#uses.get(grant.id)
      const total = sum(before?.total ?? 0, capture.amount)
      const day = Math.max(today, before?.day ?? 0)
      const dayMoved = sum(before?.day === day ? before.dayMoved : 0, capture.amount)
      const use = { grant: grant.id, total, day, dayMoved }
      this.#uses.set(grant.id, use)
      this.#ports.table.put(use, IGNORED)
    }
  }

  /** Forgets grants that have ended for good. */
  tick(): void {
    const view = this.#ports.view()
    const headMs = this.#ports.headMs()
    const isOver = ({ revokedMs, notAfterMs = Number.POSITIVE_INFINITY }: GrantRecord): boolean =>
      revokedMs !== undefined || headMs >= notAfterMs
    const over = [...this.#uses.keys()].filter(
      (id) => view.get('grant', id) !== undefined && chainOf(view, id).some(isOver),
    )
    for (const id of over) this.#uses.delete(id)
    if (over.length > 0) this.#ports.table.remove(over, IGNORED)
  }

  /** The grants that the capture counts under: its own and those above, but for what counted the hold. */
  #counting({ grant, hold }: GrantCapture, view: View): readonly GrantRecord[] {
    if (grant === undefined) return []
    const counted = this.#ports.countedBy(hold)
    return chainOf(view, grant).filter(({ id }) => !counted.has(id))
  }

  #today(): number {
    return dayOf(this.#ports.nextMs())
  }
}

/** A clock that was set back counts what was captured on a later day as of today. */
const raised = (grant: GrantRecord, use: StoredGrantUse, day: number): GrantRecord => {
  const isToday = grant.day === day
  return {
    ...grant,
    total: sum(grant.total, use.total),
    day,
    dayMoved: sum(isToday ? grant.dayMoved : 0, use.day >= day ? use.dayMoved : 0),
    dayRefunded: isToday ? grant.dayRefunded : ZERO,
  }
}

/** More than any cap is past every cap. */
const sum = (a: number, b: number) => units(Math.min(a + b, AMOUNT_MAX))

const NONE: ReadonlyMap<GrantId, number> = new Map()

/** What fails stops the node. */
const IGNORED: Done = () => undefined
