import { AMOUNT_MAX } from '../../amount.ts'
import type { GrantRecord } from '../../state/record.ts'
import type { Touched } from '../touched.ts'
import { type Finding, finding } from './finding.ts'

/** Invariant 4 for grants: within their own caps, and counted at every ancestor as well. */
export const checkGrants = (touched: Touched): Finding | undefined => {
  const gained = new Map<string, number>()
  for (const { key, before, after } of touched.grant) {
    if (after === before) continue
    if (after === undefined) return finding('grant_stays', key, { expected: 'kept', found: 'gone' })
    const broken = checkGrant(after) ?? (before && checkTerms(before, after))
    if (broken !== undefined) return broken
    addUse(gained, before, after)
  }
  return checkCounted(touched, gained)
}

/** A grant's counters within its own caps. */
export const checkGrant = (grant: GrantRecord): Finding | undefined => {
  const { id, caps, total, dayMoved, dayRefunded } = grant
  const counts = [
    { found: total, cap: caps.total },
    { found: dayMoved, cap: caps.day },
    { found: dayRefunded, cap: caps.refundDay },
  ]
  for (const { found, cap } of counts) {
    const expected = cap ?? AMOUNT_MAX
    if (found > expected) return finding('grant_caps', id, { expected, found })
  }
  return undefined
}

/** What was granted never changes, what was used never shrinks, what ended stays ended. */
function checkTerms(before: GrantRecord, after: GrantRecord): Finding | undefined {
  const isSame =
    after.place === before.place &&
    after.parent === before.parent &&
    after.grantee === before.grantee &&
    after.actions === before.actions &&
    after.assets === before.assets &&
    after.caps === before.caps &&
    after.notBeforeMs === before.notBeforeMs &&
    after.notAfterMs === before.notAfterMs
  if (!isSame) return finding('grant_terms', after.id, { expected: 'kept', found: 'changed' })
  if (before.revokedMs !== undefined && after.revokedMs !== before.revokedMs) {
    const found = after.revokedMs ?? 'alive'
    return finding('grant_revoked', after.id, { expected: before.revokedMs, found })
  }
  return after.total >= before.total
    ? undefined
    : finding('grant_total', after.id, { expected: before.total, found: after.total })
}

function addUse(
  gained: Map<string, number>,
  before: GrantRecord | undefined,
  { parent, total }: GrantRecord,
): void {
  if (parent === undefined) return
  gained.set(parent, (gained.get(parent) ?? 0) + total - (before?.total ?? 0))
}

function checkCounted(touched: Touched, gained: ReadonlyMap<string, number>): Finding | undefined {
  if (gained.size === 0) return undefined
  const counted = new Map<string, number>()
  for (const { key, before, after } of touched.grant) {
    counted.set(key, (after?.total ?? 0) - (before?.total ?? 0))
  }
  for (const [id, found] of gained) {
    const expected = counted.get(id) ?? 0
    if (found > expected) return finding('grant_counted_at_parent', id, { expected, found })
  }
  return undefined
}
