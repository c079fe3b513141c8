import { ZERO } from '../../amount.ts'
import { createdGrantId } from '../../derive.ts'
import { GRANT_DEPTH_MAX } from '../../limits.ts'
import type { GrantRecord } from '../../state/record.ts'
import type { GrantIssue, GrantRevoke } from '../../transaction/kinds/grant.ts'
import { chainOf, rightsOf } from '../rights.ts'
import { applied, type Judgement, type RuleContext, refuse, writing } from '../rule.ts'
import type { View } from '../view.ts'

/** Rights handed on: by the place key, or under the signer's grant and within it in everything. */
export const issueGrant = (view: View, body: GrantIssue, context: RuleContext): Judgement => {
  const rights = rightsOf(view, { ...body, action: 'grant.issue' }, context.timeMs)
  if (!rights.ok) return rights
  const parent = rights.chain[0]
  if (parent !== undefined && !isWithin(body, parent)) return refuse('grant_exceeds_parent')
  const depth = (parent?.depth ?? 0) + 1
  if (depth > GRANT_DEPTH_MAX) return refuse('grant_depth_exceeded')
  if (body.assets?.some((asset) => view.get('asset', asset) === undefined)) {
    return refuse('asset_unknown')
  }
  const id = createdGrantId({ ...context, index: context.operation })
  const record: GrantRecord = {
    id,
    place: body.place,
    parent: parent?.id,
    depth,
    grantee: body.grantee,
    actions: body.actions,
    assets: body.assets,
    till: body.till,
    caps: body.caps,
    notBeforeMs: body.notBeforeMs,
    notAfterMs: body.notAfterMs,
    total: ZERO,
    day: 0,
    dayMoved: ZERO,
    dayRefunded: ZERO,
  }
  return applied({ created: [id], writes: [writing('grant', id, record)] })
}

/**
 * Ends a grant and, since every use walks its ancestors, all under it. By the place key, or by the
 * grantee of the target or of one of its ancestors. Ending it again changes nothing.
 */
export const revokeGrant = (view: View, body: GrantRevoke, context: RuleContext): Judgement => {
  const rights = rightsOf(view, { place: body.place, grant: body.grant }, context.timeMs)
  if (!rights.ok) return rights
  const target = view.get('grant', body.target)
  if (target?.place !== body.place) return refuse('grant_unknown')
  const acting = rights.chain[0]
  if (acting !== undefined && !chainOf(view, target.id).some(({ id }) => id === acting.id)) {
    return refuse('grant_unknown')
  }
  if (target.revokedMs !== undefined) return applied({})
  const ended = { ...target, revokedMs: context.timeMs }
  return applied({ writes: [writing('grant', target.id, ended)] })
}

function isWithin(child: GrantIssue, parent: GrantRecord): boolean {
  return (
    child.actions.every((action) => parent.actions.includes(action)) &&
    isSubset(child.assets, parent.assets) &&
    (parent.till === undefined || child.till === parent.till) &&
    isAtMost(child.caps.transaction, parent.caps.transaction) &&
    isAtMost(child.caps.day, parent.caps.day) &&
    isAtMost(child.caps.total, parent.caps.total) &&
    isAtMost(child.caps.refundDay, parent.caps.refundDay) &&
    (child.notBeforeMs ?? 0) >= (parent.notBeforeMs ?? 0) &&
    isAtMost(child.notAfterMs, parent.notAfterMs)
  )
}

/** Absent means without bound. */
function isAtMost(child: number | undefined, parent: number | undefined): boolean {
  return parent === undefined || (child !== undefined && child <= parent)
}

function isSubset<T>(child: readonly T[] | undefined, parent: readonly T[] | undefined): boolean {
  if (parent === undefined) return true
  return child?.every((one) => parent.includes(one)) ?? false
}
