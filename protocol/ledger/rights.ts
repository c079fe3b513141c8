import { AMOUNT_MAX, units } from '../amount.ts'
import type { AssetId, GrantId, PlaceId } from '../id.ts'
import { GRANT_DEPTH_MAX } from '../limits.ts'
import type { GrantRecord, PlaceRecord } from '../state/record.ts'
import type { GRANT_ACTIONS } from '../transaction/kinds/grant.ts'
import { dayOf } from './period.ts'
import { type Refusal, type RuleContext, refuse, type Tally, type Write, writing } from './rule.ts'
import type { View } from './view.ts'

type Action = (typeof GRANT_ACTIONS)[number]

/** What the signer may do in a place's name: `chain` is its grant and the ancestors, nearest first. */
export type Rights = {
  readonly ok: true
  readonly place: PlaceRecord
  /** Empty: the place's own key, which no cap binds. */
  readonly chain: readonly GrantRecord[]
}

/** `action` absent: the right to be there is enough, as for `grant.revoke`. */
export type RightsAsked = {
  readonly place: PlaceId
  readonly grant?: GrantId | undefined
  readonly action?: Action
}

/** What one operation moves under a grant; refunds and cash-outs count as both. */
export type GrantUse = { readonly moved: number; readonly refunded: number }

/**
 * These go on at a place that is leaving: money owed must be able to go back, from lost cards too, and
 * what is said of the place stays its own to say.
 */
const LEAVING_ACTIONS: ReadonlySet<Action> = new Set([
  'asset.archive',
  'asset.update',
  'card.replace',
  'card.unblock',
  'card.void',
  'cashout',
  'clearing.open',
  'federation.leave',
  'place.update',
  'read',
  'redeem',
  'refund',
])
/** These protect or give back, and never take: they go on whatever the place's status is. */
const PROTECTING_ACTIONS: ReadonlySet<Action> = new Set([
  'card.block',
  'clearing.settle',
  'hold.release',
  'payment.cancel',
])

/**
 * Whether the signer's grant is alive along its whole chain and allows the action. The door has
 * seen that the signer is the place's key or the grant's grantee.
 */
export const rightsOf = (
  view: View,
  { place, grant, action }: RightsAsked,
  timeMs: number,
): Rights | Refusal => {
  const record = view.get('place', place)
  if (record === undefined) return refuse('place_unknown')
  if (!isOpenFor(record, action)) return refuse('place_not_active')
  if (grant === undefined) return { ok: true, place: record, chain: [] }
  const chain = chainOf(view, grant)
  if (chain.some((one) => one.revokedMs !== undefined)) return refuse('grant_revoked')
  if (chain.some((one) => timeMs < (one.notBeforeMs ?? 0))) return refuse('grant_not_yet_valid')
  if (chain.some((one) => timeMs >= (one.notAfterMs ?? Number.POSITIVE_INFINITY))) {
    return refuse('grant_expired')
  }
  if (action !== undefined && !chain.every((one) => one.actions.includes(action))) {
    return refuse('grant_action_missing')
  }
  return { ok: true, place: record, chain }
}

/** A grant with its ancestors, nearest first. */
export const chainOf = (view: View, id: GrantId): GrantRecord[] => {
  const chain: GrantRecord[] = []
  let next: GrantId | undefined = id
  while (next !== undefined) {
    const record: GrantRecord | undefined = view.get('grant', next)
    if (record === undefined || chain.length === GRANT_DEPTH_MAX) {
      throw new Error(`a broken chain of grants: ${id}`)
    }
    chain.push(record)
    next = record.parent
  }
  return chain
}

/** Whether every grant of the chain allows acting on the asset. */
export const allowsAsset = ({ chain }: Rights, asset: AssetId): boolean =>
  chain.every(({ assets }) => assets === undefined || assets.includes(asset))

/** Whether the rights are bound to some assets only. */
export const isBoundToAssets = ({ chain }: Rights): boolean =>
  chain.some(({ assets }) => assets !== undefined)

/**
 * Counts a use along the whole chain; past a cap of any of them it is `grant_cap_exceeded`. The cap
 * per transaction holds over a whole batch.
 */
export const judgeGrantUse = (
  { chain }: Pick<Rights, 'chain'>,
  use: GrantUse,
  { timeMs, tally }: Pick<RuleContext, 'timeMs'> & { readonly tally: Pick<Tally, 'grants'> },
): Refusal | readonly Write<'grant'>[] => {
  const day = dayOf(timeMs)
  const writes: Write<'grant'>[] = []
  for (const grant of chain) {
    const used = withUse(grant, use, day)
    const inTransaction = (tally.grants.get(grant.id) ?? 0) + use.moved
    if (!isWithinCaps(used, inTransaction)) return refuse('grant_cap_exceeded')
    writes.push(writing('grant', grant.id, recordOf(grant, used)))
  }
  return writes
}

export const grantIds = ({ chain }: Rights): GrantId[] => chain.map(({ id }) => id)

type CountedUse = Pick<GrantRecord, 'caps'> & {
  readonly day: number
  readonly total: number
  readonly dayMoved: number
  readonly dayRefunded: number
}

function withUse(grant: GrantRecord, { moved, refunded }: GrantUse, day: number): CountedUse {
  const sameDay = grant.day === day
  return {
    caps: grant.caps,
    day,
    total: grant.total + moved,
    dayMoved: (sameDay ? grant.dayMoved : 0) + moved,
    dayRefunded: (sameDay ? grant.dayRefunded : 0) + refunded,
  }
}

/** A cap left out is the largest amount there is. */
function isWithinCaps(
  { caps, total, dayMoved, dayRefunded }: CountedUse,
  inTransaction: number,
): boolean {
  return (
    inTransaction <= (caps.transaction ?? AMOUNT_MAX) &&
    dayMoved <= (caps.day ?? AMOUNT_MAX) &&
    total <= (caps.total ?? AMOUNT_MAX) &&
    dayRefunded <= (caps.refundDay ?? AMOUNT_MAX)
  )
}

function recordOf(grant: GrantRecord, used: CountedUse): GrantRecord {
  return {
    ...grant,
    total: units(used.total),
    day: used.day,
    dayMoved: units(used.dayMoved),
    dayRefunded: units(used.dayRefunded),
  }
}

function isOpenFor({ status }: PlaceRecord, action: Action | undefined): boolean {
  if (status === 'active' || action === undefined || PROTECTING_ACTIONS.has(action)) return true
  return status === 'leaving' && LEAVING_ACTIONS.has(action)
}
