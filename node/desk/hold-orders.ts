import type { Errand } from '#api/ports/desk.ts'
import type {
  HoldCaptureOrder,
  HoldDesk,
  HoldOrder,
  HoldReleaseOrder,
} from '#api/ports/hold-desk.ts'
import type { DeskAnswer, SubmissionAnswer, Unclear } from '#api/ports/outcome.ts'
import { units } from '#protocol/amount.ts'
import type { AssetId, Key } from '#protocol/id.ts'
import { availableOf } from '#protocol/ledger/movement.ts'
import { payerOf } from '#protocol/ledger/payer.ts'
import { graceOf } from '#protocol/ledger/rules/hold-open.ts'
import type { HoldCapture } from '#protocol/transaction/kinds/hold.ts'
import type { Sale } from '#protocol/transaction/kinds/payment.ts'
import type { BodyOf } from '#protocol/transaction/kinds/transaction-body.ts'
import type { RefusalCode } from '#protocol/transaction/outcome.ts'
import type { CaptureRefusal } from '../leases/capture.ts'
import { captureNow, untilCutOff } from './capture-now.ts'
import { contentOf } from './content.ts'
import {
  ASSET_REQUIRED,
  actingIn,
  always,
  type OpenDesk,
  orderOf,
  TAGS_NOT_SUPPORTED,
} from './desk-parts.ts'
import { assetOrder } from './lease-payments.ts'
import type { Use } from './outcomes.ts'
import type { OwnOrder } from './own-orders.ts'
import { consentsOf, forgetting, type Named, oneOf, secretsOf } from './payers.ts'
import { isCancelling, OVERLOADED, REUSED, replayOf, unavailable } from './submitter.ts'

/** Money that is set apart for the place: opened and released by its grant, captured by the node's key. */
export const createHoldOrders = (parts: OpenDesk): HoldDesk => ({
  openHold: async (order, errand) => {
    const key = await parts.leaseKey().catch(() => undefined)
    return forgetting(secretsOf([order.payer]), () => openHold(parts, { order, key }, errand))
  },
  captureHold: (order, errand) => captureHold(parts, order, errand),
  releaseHold: (order, errand) => releaseHold(parts, order, errand),
})

const openHold = async (
  parts: OpenDesk,
  { order, key }: { readonly order: HoldOrder; readonly key: Key | undefined },
  errand: Errand,
): Promise<DeskAnswer> => {
  const named = oneOf(parts, order.payer)
  if (named === undefined) return TAGS_NOT_SUPPORTED
  if (key === undefined) return OVERLOADED
  const { payer, by } = named
  const { place } = errand.caller
  const bodyIn = (asset: AssetId): BodyOf<'hold.open'> => ({
    kind: 'hold.open',
    ...actingIn(errand.caller),
    payer,
    asset,
    cap: units(order.amount),
    key,
    purpose: order.purpose,
    expiresAtMs: order.expiresAtMs,
    ...(order.graceMs !== undefined && { graceMs: order.graceMs }),
  })
  const consents: OwnOrder['consents'] = (body) => {
    if (by === undefined || body.kind !== 'hold.open') return []
    const { kind, asset, purpose, cap: max, expiresAtMs } = body
    const releaseAtMs = expiresAtMs + graceOf(body)
    return [{ by, agree: { kind, place, asset, purpose, max, releaseAtMs } }]
  }
  const signing = signingOf(parts, { order, named, errand }, bodyIn)
  const foreign = consentsOf(order.payer)
  return parts.orders.place(
    orderOf(parts, errand, { id: order.id, ...signing, consents, foreign }),
    errand,
  )
}

/** Once signed, an order that named no asset is known by any of its unit. */
const signingOf = (
  parts: OpenDesk,
  asked: { readonly order: HoldOrder; readonly named: Named; readonly errand: Errand },
  bodyIn: (asset: AssetId) => BodyOf<'hold.open'>,
): Pick<OwnOrder<typeof ASSET_REQUIRED>, 'draft' | 'alike'> => {
  const { asset, unit, scale } = asked.order
  if (asset !== undefined) return always(bodyIn(asset))
  return {
    draft: () => {
      const chosen = chosenAsset(parts, asked)
      return chosen === undefined ? ASSET_REQUIRED : bodyIn(chosen)
    },
    alike: () =>
      [...parts.view().records('asset')]
        .filter((each) => each.unit === unit && each.scale === scale)
        .map(({ id }) => bodyIn(id)),
  }
}

/** The first that the place would take of which the payer has enough; else the first. */
const chosenAsset = (
  parts: OpenDesk,
  {
    order,
    named: { payer },
    errand,
  }: { readonly order: HoldOrder; readonly named: Named; readonly errand: Errand },
): AssetId | undefined => {
  const { amount, unit, scale } = order
  const view = parts.view()
  const wallet = payerOf(view, payer).wallet?.id
  const sale: Sale = {
    ...{ kind: 'sale', ...actingIn(errand.caller), payers: [payer] },
    ...{ amount: units(amount), unit, scale },
  }
  const assets = assetOrder(parts, sale, 'hold.open')
  const isEnough = (id: AssetId): boolean =>
    wallet !== undefined && availableOf(view, wallet, id) >= amount
  return assets.find(isEnough) ?? assets[0]
}

const captureHold = async (
  parts: OpenDesk,
  { id, hold, amount }: HoldCaptureOrder,
  errand: Errand,
): Promise<DeskAnswer> => {
  const { place, till, grant } = errand.caller
  const body: HoldCapture = { kind: 'hold.capture', place, hold, amount: units(amount) }
  const use = parts.outcomes.useOf(place, id)
  const told = use && (await toldOfUse(parts, { id, body, use }, errand))
  if (told !== undefined) return told
  const blocked = parts.blockedBy()
  if (use === undefined && blocked === 'node_blocked') return unavailable(blocked)
  const order = { place, hold, amount: body.amount, id, till, grant }
  const { waiting, stop } = untilCutOff(parts.mode, errand)
  const answer = await captureNow(parts, order, blocked === undefined ? waiting : undefined)
  stop()
  if (typeof answer !== 'string') return answer
  // Whatever has the id says what became of it.
  return use === undefined ? refusedBy(parts, { id, body, code: answer }) : REUSED
}

type CaptureAsked = { readonly id: HoldCaptureOrder['id']; readonly body: HoldCapture }

/** Undefined: the journal knows whether it is this capture, or the ledger. */
const toldOfUse = async (
  { submitter, tombstones }: OpenDesk,
  { id, body, use }: CaptureAsked & { readonly use: Use },
  errand: Errand,
): Promise<SubmissionAnswer | undefined> => {
  switch (use.by) {
    case 'block':
      return isCancelling(use.event) ? replayOf(id, use.state) : undefined
    case 'outbox': {
      const [first] = use.entries
      const isFree = first !== undefined && use.entries.every(isCancelling)
      return isFree ? submitter.join(first, ({ event }) => isCancelling(event), errand) : REUSED
    }
    case 'tombstone':
      if (use.content !== contentOf(body)) return REUSED
      await tombstones.settled(use.scope, id)
      return replayOf(id, use.state)
    case 'expiry':
      return REUSED
    case 'capture':
      return undefined
  }
}

/** What the hold says no to is refused for good, as the ledger would. */
const refusedBy = async (
  parts: OpenDesk,
  { id, body, code }: CaptureAsked & { readonly code: CaptureRefusal },
): Promise<DeskAnswer> => {
  const told = TOLD[code]
  if (typeof told === 'object') return told
  const record = parts.view().get('hold', body.hold)
  const missingAmount = record && body.amount - parts.leases.leftOf(record)
  const facts =
    record !== undefined && told === 'hold_cap_exceeded'
      ? { ...(missingAmount !== undefined && { missingAmount }), asset: record.asset }
      : {}
  const order = { id, scope: body.place }
  return parts.orders.refuse(order, contentOf(body), { code: told, facts })
}

const HOLD_ELSEWHERE = { kind: 'unclear', code: 'hold_elsewhere' } as const satisfies Unclear
const CAPTURES_PENDING = { kind: 'unclear', code: 'captures_pending' } as const satisfies Unclear

/** A code: of the ledger, which would say the same. */
const TOLD: Readonly<Record<CaptureRefusal, DeskAnswer | RefusalCode>> = {
  hold_unknown: 'hold_unknown',
  hold_elsewhere: HOLD_ELSEWHERE,
  hold_closed: 'hold_closed',
  lease_over: 'hold_over',
  hold_cap_exceeded: 'hold_cap_exceeded',
  grant_cap_exceeded: 'grant_cap_exceeded',
  id_not_yet_valid: { kind: 'turned_away', code: 'not_yet_valid' },
  id_lapses: { kind: 'turned_away', code: 'validity_too_long' },
  id_used: REUSED,
  journal_full: OVERLOADED,
}

/** Takes no more captures meanwhile, and waits for those that are on their way: they were promised. */
const releaseHold = async (
  parts: OpenDesk,
  { id, hold }: HoldReleaseOrder,
  errand: Errand,
): Promise<DeskAnswer> => {
  const body: BodyOf<'hold.release'> = { kind: 'hold.release', ...actingIn(errand.caller), hold }
  let reopen = (): void => undefined
  const order: OwnOrder<typeof CAPTURES_PENDING> = orderOf(parts, errand, {
    id,
    draft: () => {
      const retired = parts.leases.retire(hold, order.expMs)
      reopen = retired ?? reopen
      return retired === undefined ? CAPTURES_PENDING : body
    },
    alike: () => [body],
  })
  const answer = await parts.orders.place(order, errand)
  const status = answer.kind === 'outcome' ? answer.state.status : undefined
  // What is on its way still may be executed: nothing is promised against that.
  if (status !== 'applied' && status !== 'pending') reopen()
  return answer
}
