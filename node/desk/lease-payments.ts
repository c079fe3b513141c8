import type { Errand } from '#api/ports/desk.ts'
import type { SubmissionAnswer, Unavailable } from '#api/ports/outcome.ts'
import type { AssetId, CardId, WalletId } from '#protocol/id.ts'
import type { LedgerEvent } from '#protocol/ledger/event.ts'
import { remainderOf } from '#protocol/ledger/hold.ts'
import { payerOf } from '#protocol/ledger/payer.ts'
import { rightsOf } from '#protocol/ledger/rights.ts'
import { saleAssets } from '#protocol/ledger/rules/sale-assets.ts'
import type { View } from '#protocol/ledger/view.ts'
import type { HoldRecord } from '#protocol/state/record-hold.ts'
import type { Sale } from '#protocol/transaction/kinds/payment.ts'
import type { RefusalCode } from '#protocol/transaction/outcome.ts'
import type { CaptureOrder, CaptureRefusal } from '../leases/capture.ts'
import type { GiveBack } from '../leases/give-back.ts'
import type { GrantTally } from '../leases/grant-tally.ts'
import type { LeaseBook } from '../leases/lease-book.ts'
import type { Leases } from '../leases/leases.ts'
import type { Outbox } from '../outbox/outbox.ts'
import { captureNow, type LeaseMode, untilCutOff } from './capture-now.ts'
import { contentOf } from './content.ts'
import { judgeNext, nextTimeMs } from './door.ts'
import { judgeAhead, type RefusedAhead } from './judge-ahead.ts'
import type { Use } from './outcomes.ts'
import type { OwnOrder, OwnOrders, OwnOrdersParts } from './own-orders.ts'
import { signOwn } from './own-transaction.ts'
import type { Waiting } from './patience.ts'
import { isCancelling, OVERLOADED, REUSED, replayOf, unavailable } from './submitter.ts'

export type LeasePaymentsParts = OwnOrdersParts & {
  readonly orders: OwnOrders
  readonly leases: Pick<
    Leases,
    'capture' | 'find' | 'leftOf' | 'onTheWay' | 'retire' | 'stored' | 'underWay'
  >
  readonly grants: Pick<GrantTally, 'viewAhead' | 'judge'>
  readonly book: Pick<LeaseBook, 'of'>
  readonly outbox: Pick<Outbox, 'onEnd'>
  readonly mode: LeaseMode
  /** Gives these leases back to their owner; resolves when that is final, or cannot be for now. */
  readonly giveBack: GiveBack
}

/** A sale of this place, and how it would be signed. */
export type SaleOrder = { readonly own: OwnOrder; readonly sale: Sale }

/**
 * Takes a payment by a sale, or out of what a lease of this place keeps of the payer's money: where the
 * ledger cannot be reached, and where only that money is left. Both are one payment under one id, and
 * whichever is executed first uses it up.
 */
export const takePayment = async (
  parts: LeasePaymentsParts,
  order: SaleOrder,
  errand: Errand,
): Promise<SubmissionAnswer> => {
  const { own, sale } = order
  if (!parts.mode.isLeasesOnly()) {
    const opening = parts.leases.underWay.over(sale.payers.map(nameOfPayer))
    if (opening !== undefined) await opening
  }
  const use = parts.outcomes.useOf(own.scope, own.id)
  if (parts.mode.isLeasesOnly() && (use === undefined || isSame(use, sale))) {
    return withoutLedger(parts, order, use)
  }
  const left = leasesFor(parts, sale)
  const sold = sell(parts, order, errand)
  const { waiting, stop } = left.length === 0 ? patient(errand) : untilCutOff(parts.mode, errand)
  const answer = await parts.orders.place<never>(sold, waiting)
  stop()
  const open = parts.outcomes.useOf(own.scope, own.id)
  if (isOfSale(answer) && open?.by === 'capture' && open.content === contentOf(sale)) {
    // Somebody asked again meanwhile: what became of the sale alone is not what becomes of the payment.
    await parts.leases.stored(open.scope, own.id)
    return replayOf(own.id, open.state)
  }
  if (!isPending(answer) || !parts.mode.isLeasesOnly()) return answer
  if (open === undefined || !isSame(open, sale)) return answer
  const taken = await withoutLedger(parts, order, open)
  return taken.kind === 'outcome' ? taken : answer
}

/** What other places keep apart of the payers' money, which they give back when they hear that it lacks. */
export const heldElsewhere = (view: View, { payers, place }: Sale): number => {
  let held = 0
  for (const payer of payers) {
    for (const id of payerOf(view, payer).wallet?.holds ?? []) {
      const hold = view.get('hold', id)
      if (hold?.purpose === 'lease' && hold.beneficiary !== place) held += remainderOf(hold)
    }
  }
  return held
}

const isPending = (answer: SubmissionAnswer): boolean =>
  answer.kind === 'outcome' && answer.state.status === 'pending'

/** Nothing was charged, or not yet. */
const isOfSale = (answer: SubmissionAnswer): boolean =>
  answer.kind === 'outcome' && UNCHARGED.has(answer.state.status)

const UNCHARGED: ReadonlySet<string> = new Set(['pending', 'refused', 'expired'])

/** The same sale is on its way, and nothing that would use its id up otherwise. */
const isSame = (use: Use, sale: Sale): boolean => {
  if (use.by !== 'outbox' || use.entries.some(isCancelling)) return false
  const content = contentOf(sale)
  return use.entries.some((entry) => entry.content === content)
}

const patient = (waiting: Waiting) => ({ waiting, stop: () => undefined })

/** A sale that state would refuse for nothing but money that leases keep apart. */
const sell = (parts: LeasePaymentsParts, order: SaleOrder, errand: Errand): OwnOrder => {
  const { own, sale } = order
  const instead = ({ code, facts }: RefusedAhead): ReturnType<NonNullable<OwnOrder['instead']>> => {
    if (!LEASABLE.has(code)) return undefined
    const lease = leasesFor(parts, sale).find((each) => parts.leases.leftOf(each) >= sale.amount)
    if (lease !== undefined) {
      const past = pastGrant(parts, order, lease)
      if (past !== undefined) return parts.orders.refuse(own, contentOf(sale), past)
      return capture(parts, order, { lease, waiting: errand })
    }
    const leases = reservedFor(parts, sale)
    const { missingAmount } = facts
    if (code !== 'insufficient_funds' || missingAmount === undefined) return undefined
    const reserved = leases.reduce((sum, each) => sum + parts.leases.leftOf(each), 0)
    if (reserved >= missingAmount) return afterRelease(parts, { order, leases }, errand)
    return heldElsewhere(parts.view(), sale) >= missingAmount ? 'in_block' : undefined
  }
  return { ...own, instead, isDoneBy: (event) => isCaptureOf(parts.view(), event, sale) }
}

const afterRelease = async (
  parts: LeasePaymentsParts,
  { order, leases }: { readonly order: SaleOrder; readonly leases: readonly HoldRecord[] },
  errand: Errand,
): Promise<SubmissionAnswer> => {
  await parts.giveBack(leases)
  const { own, sale } = order
  const isDoneBy = (event: LedgerEvent): boolean => isCaptureOf(parts.view(), event, sale)
  return parts.orders.place<never>({ ...own, isDoneBy }, errand)
}

/** Out of a lease at once, or why that cannot be. What the ledger knew last is all that is known. */
const withoutLedger = async (
  parts: LeasePaymentsParts,
  order: SaleOrder,
  use: Use | undefined,
): Promise<SubmissionAnswer> => {
  const { own, sale } = order
  if (!isPlain(sale)) return unavailable('ledger_required')
  const ahead = refusedAhead(parts, order)
  const leases = leasesFor(parts, sale)
  if (typeof ahead === 'string') return { kind: 'turned_away', code: ahead }
  const lease = leases.find((each) => parts.leases.leftOf(each) >= sale.amount)
  const isOfMoney = ahead === undefined || LEASABLE.has(ahead.code)
  const refused = isOfMoney ? lease && pastGrant(parts, order, lease) : ahead
  if (refused !== undefined) {
    // Without a lease it may be that only the news of a right has not come here.
    if (leases.length === 0 && !STOPPED.has(refused.code)) return unavailable('lease_missing')
    if (use !== undefined) return parts.orders.place<never>(own, NO_WAIT)
    const facts = { ...refused.facts, stateMs: parts.head().timeMs }
    return parts.orders.refuse(own, contentOf(sale), { code: refused.code, facts })
  }
  if (lease !== undefined) return capture(parts, order, { lease })
  return leases.length === 0 ? unavailable('lease_missing') : insufficient(parts, leases, sale)
}

/** The lack of money, and of what a day allows, that a lease has been counted in already. */
const LEASABLE: ReadonlySet<RefusalCode> = new Set([
  'insufficient_funds',
  'card_limit_exceeded',
  'mandate_cap_exceeded',
])
/** What no news makes good again by itself. */
const STOPPED: ReadonlySet<RefusalCode> = new Set(['card_blocked', 'card_replaced'])

const NO_WAIT: Waiting = { waitMs: 0, signal: new AbortController().signal }

const insufficient = (
  parts: LeasePaymentsParts,
  leases: readonly HoldRecord[],
  { amount }: Sale,
): Unavailable => {
  const [best] = leases.toSorted((a, b) => parts.leases.leftOf(b) - parts.leases.leftOf(a))
  if (best === undefined) return unavailable('lease_missing')
  const left = parts.leases.leftOf(best)
  const facts = { missingAmount: amount - left, asset: best.asset, left }
  return { ...unavailable('lease_insufficient'), facts }
}

/** What state says of the sale itself, consents and rights included: nothing leaves the node for it. */
const refusedAhead = (parts: LeasePaymentsParts, { own, sale }: SaleOrder) => {
  const signed = signOwn(
    {
      id: own.id,
      signer: own.signer,
      body: sale,
      exp: Math.floor(own.expMs / 1_000),
      own: own.consents?.(sale) ?? [],
      foreign: own.foreign ?? [],
    },
    parts,
  )
  if (!signed.ok) return signed.code
  const door = judgeNext(signed.transaction, parts)
  if (!door.ok) return door.code
  const next = { acting: door.acting, timeMs: nextTimeMs(parts) }
  return judgeAhead(parts.grants.viewAhead(), signed.transaction, next)
}

const nameOfPayer = (payer: Sale['payers'][number]): CardId | WalletId =>
  'card' in payer ? payer.card : payer.wallet

/** All that a capture can be: it has one payer, and neither lines nor a memo. */
const isPlain = ({ payers, lines, memo }: Sale): boolean =>
  payers.length === 1 && lines === undefined && memo === undefined

/** Leases that this sale could be captured from, in the order in which it would take their assets. */
const leasesFor = (parts: LeasePaymentsParts, sale: Sale): readonly HoldRecord[] =>
  isPlain(sale) ? reservedFor(parts, sale) : []

/** Leases of what this sale could take of its payers, were they given back. */
const reservedFor = (parts: LeasePaymentsParts, sale: Sale): readonly HoldRecord[] => {
  const leases = sale.payers.flatMap((payer) => parts.book.of(nameOfPayer(payer)))
  if (leases.length === 0) return []
  const order = assetOrder(parts, sale, 'sale')
  return leases
    .filter(({ asset }) => order.includes(asset))
    .toSorted((a, b) => order.indexOf(a.asset) - order.indexOf(b.asset))
}

/** What the place would take for a sale, in its order, as far as the grant goes for that action. */
export const assetOrder = (
  parts: Pick<LeasePaymentsParts, 'clock' | 'head' | 'view'>,
  sale: Sale,
  action: 'sale' | 'hold.open',
): readonly AssetId[] => {
  const view = parts.view()
  const asked = { place: sale.place, grant: sale.grant, action }
  const rights = rightsOf(view, asked, nextTimeMs(parts))
  if (!rights.ok) return []
  const assets = saleAssets(view, sale, rights)
  return 'ok' in assets ? [] : assets.map(({ id }) => id)
}

type Capturing = {
  readonly lease: HoldRecord
  /** For the block that has it; absent: nobody knows when that will be. */
  readonly waiting?: Waiting
}

/** Answered from the disk at once; where the ledger is there, by its block if that comes in time. */
const capture = async (
  parts: LeasePaymentsParts,
  order: SaleOrder,
  { lease, waiting }: Capturing,
): Promise<SubmissionAnswer> => {
  const answer = await captureNow(parts, capturing(order, lease), waiting)
  return typeof answer === 'string' ? REFUSED[answer] : answer
}

const capturing = ({ own: { id, till }, sale }: SaleOrder, { id: hold }: HoldRecord) => {
  const { place, amount, grant } = sale
  return { place, hold, amount, id, content: contentOf(sale), till, grant } satisfies CaptureOrder
}

/** State may name a lack of money first, and counts no capture: the grant's caps are looked at alone. */
const pastGrant = (
  parts: LeasePaymentsParts,
  order: SaleOrder,
  lease: HoldRecord,
): RefusedAhead | undefined => {
  const code = parts.grants.judge(capturing(order, lease))
  return code === 'grant_cap_exceeded' ? { code, facts: {} } : undefined
}

/** A lease that ended just now is no lease; the same payment may be asked for again. */
const REFUSED: Readonly<Record<CaptureRefusal, SubmissionAnswer>> = {
  hold_unknown: unavailable('lease_missing'),
  hold_elsewhere: unavailable('lease_missing'),
  hold_closed: unavailable('lease_missing'),
  lease_over: unavailable('lease_missing'),
  id_not_yet_valid: { kind: 'turned_away', code: 'not_yet_valid' },
  id_lapses: { kind: 'turned_away', code: 'validity_too_long' },
  id_used: REUSED,
  hold_cap_exceeded: unavailable('lease_insufficient'),
  // Told before, and for good.
  grant_cap_exceeded: OVERLOADED,
  journal_full: OVERLOADED,
}

/** Whether a capture of the ledger is this payment: the same money of the same payer. */
const isCaptureOf = (view: View, { kind, outcome, legs }: LedgerEvent, sale: Sale): boolean => {
  const { payers, amount, unit, scale, assets } = sale
  const [leg] = legs ?? []
  const [payer] = payers
  if (kind !== 'hold.capture' || outcome !== 'applied' || !isPlain(sale)) return false
  if (leg === undefined || payer === undefined || leg.amount !== amount) return false
  if (assets !== undefined && !assets.includes(leg.asset)) return false
  const asset = view.get('asset', leg.asset)
  if (asset?.unit !== unit || asset.scale !== scale) return false
  return 'card' in payer ? leg.card === payer.card : leg.wallet === payer.wallet
}
