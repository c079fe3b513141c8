import { clientError } from './error.ts'
import type { JournalEntry } from './journal.ts'
import type { Operation } from './routes.ts'
import type { Order } from './settler.ts'
import {
  bodyTextIn,
  cardConsent,
  cardOfSecret,
  signedTransaction,
  type TillSigner,
} from './signer.ts'
import type {
  Agreement,
  CardActionOrder,
  CardOrder,
  CashoutOrder,
  HoldCaptureOrder,
  HoldOrder,
  HoldReleaseOrder,
  PaymentOrder,
  RefundOrder,
  TopUpOrder,
  TransactionBody,
} from './wire.ts'

/** Makes orders: bodies for a node that signs, or transactions that this till signed. */
export type OrderMaker = {
  readonly pay: (order: PaymentOrder) => Order
  readonly refund: (sale: string, order: RefundOrder) => Order
  readonly openHold: (order: HoldOrder) => Order
  readonly captureHold: (hold: string, order: HoldCaptureOrder) => Order
  readonly releaseHold: (hold: string, order: HoldReleaseOrder) => Order
  readonly topUp: (order: TopUpOrder) => Order
  readonly cashOut: (card: string, order: CashoutOrder) => Order
  readonly registerCard: (order: CardOrder) => Order
  readonly changeCard: (
    operation: 'activateCard' | 'blockCard',
    card: string,
    order: NonNullable<CardActionOrder>,
  ) => Order
}

type Making = {
  readonly newId: () => string
  readonly nowMs: () => number
}

/** For an API key: the node signs. */
export const keyedOrders = ({ newId, nowMs }: Making): OrderMaker => {
  const order = (
    operation: Operation,
    body: { readonly id?: string | undefined; readonly amount?: number | undefined },
    about: {
      readonly named?: Record<string, string>
      readonly of?: string
      readonly card?: string | undefined
    } = {},
  ): Order => {
    const id = body.id ?? newId()
    const { named, of, card } = about
    return {
      entry: entryOf({ id, action: operation, nowMs, amount: body.amount, of, card }),
      sent: { operation, ...(named !== undefined && { named }), body: { ...body, id } },
    }
  }
  return {
    pay: (body) => order('takePayment', body),
    refund: (sale, body) => order('refundPayment', body, { named: { id: sale }, of: sale }),
    openHold: (body) => order('openHold', body),
    captureHold: (hold, body) => order('captureHold', body, { named: { id: hold } }),
    releaseHold: (hold, body) => order('releaseHold', body, { named: { id: hold } }),
    topUp: (body) => order('topUp', body),
    cashOut: (tag, body) => order('cashOutCard', body, { named: { tag } }),
    registerCard: (body) => order('registerCard', body),
    // A tag is not written down; the id of a card may be.
    changeCard: (operation, tag, body) =>
      order(operation, body, {
        named: { tag },
        card: tag.startsWith('crd1') ? tag : undefined,
      }),
  }
}

/** For a till with a key of its own. It names cards by id or secret, and assets by id. */
export const signedOrders = (
  signer: TillSigner,
  making: Making & { readonly earlier: (id: string) => JournalEntry | undefined },
): OrderMaker & { readonly submit: (signing: SubmitOrder) => Order } => {
  const submit = ({ id, body, consents = [], action, of, validityMs }: SubmitOrder): Order => {
    const { nowMs } = making
    // The first signed text is the payment: another text of the same id would be another one.
    const before = making.earlier(id)?.text
    if (before !== undefined && bodyTextIn(before) !== JSON.stringify(body)) {
      throw clientError('id_reused', { retryable: false, id })
    }
    const text =
      before ?? signedTransaction(signer, { id, nowMs: nowMs(), validityMs }, { body, consents })
    const amount = 'amount' in body ? body.amount : undefined
    const entry = entryOf({ id, action: action ?? body.kind, nowMs, amount, of })
    return { entry: { ...entry, text }, sent: { operation: 'submitTransaction', text } }
  }
  const idOf = (order: { readonly id?: string | undefined }): string => order.id ?? making.newId()
  const acting = actingOf(signer)
  return {
    submit,
    pay: (order) => submit({ ...sale(signer, making, order, idOf(order)), action: 'takePayment' }),
    refund: (of, { id, amount }) =>
      submit({
        id: id ?? making.newId(),
        body: { kind: 'refund', ...acting, sale: of, ...(amount !== undefined && { amount }) },
        of,
      }),
    topUp: (order) => submit({ id: idOf(order), ...issue(acting, order), action: 'topUp' }),
    openHold: unsupported,
    // By the key of the node, whoever asks: nothing is signed here but the request.
    captureHold: keyedOrders(making).captureHold,
    releaseHold: unsupported,
    cashOut: unsupported,
    registerCard: unsupported,
    changeCard: unsupported,
  }
}

/** A transaction to sign and send under one payment id. */
export type SubmitOrder = {
  readonly id: string
  readonly body: TransactionBody
  readonly consents?: readonly string[]
  readonly action?: string
  readonly of?: string
  /** How long ids live on this network, where that is asked for. */
  readonly validityMs?: number | undefined
}

type Acting = { readonly place: string; readonly grant?: string }
const actingOf = ({ place, grant }: TillSigner): Acting =>
  grant === undefined ? { place } : { place, grant }

const sale = (
  signer: TillSigner,
  { nowMs }: Making,
  order: PaymentOrder,
  id: string,
): SubmitOrder => {
  const {
    id: _,
    payers,
    amount,
    unit = 'EUR',
    scale = 2,
    assets,
    lines,
    memo,
    consents,
    ...others
  } = order
  // A member that the API learns must be signed for here too, or this does not compile.
  others satisfies Record<string, never>
  const tip = tipIn(lines ?? [])
  const agree: Agreement = {
    ...{ kind: 'sale' as const, place: signer.place, unit, scale, max: amount },
    ...(tip > 0 && { tip }),
  }
  const agreed: string[] = []
  const named = payers.map((payer) => {
    if ('tag' in payer) throw clientError('tags_not_supported', { retryable: false, id })
    if ('card' in payer) {
      if (payer.tap !== undefined) agreed.push(payer.tap)
      return { card: payer.card }
    }
    if ('wallet' in payer) {
      agreed.push(payer.consent)
      return { wallet: payer.wallet }
    }
    const signing = { id, nowMs: nowMs() }
    const { card, consent } = cardConsent(payer.secret, signing, { network: signer.network, agree })
    agreed.push(consent)
    return { card }
  })
  const body: TransactionBody = {
    ...{ kind: 'sale' as const, ...actingOf(signer), payers: named, amount, unit, scale },
    ...(assets !== undefined && { assets }),
    ...(memo !== undefined && { memo }),
    ...(lines !== undefined && { lines }),
  }
  return { id, body, consents: [...agreed, ...(consents ?? [])] }
}

type Line = NonNullable<PaymentOrder['lines']>[number]
const tipIn = (lines: readonly Line[]): number =>
  lines.reduce((sum, line) => (line.line === 'tip' ? sum + line.amount : sum), 0)

/** Which asset a present is in, the node knows; here it is named as any other. */
const issue = (acting: Acting, order: TopUpOrder): Pick<SubmitOrder, 'body' | 'consents'> => {
  const { id, asset, amount, tag, card, wallet, secret, consents = [], means: _ } = order
  if (tag !== undefined || asset === undefined) {
    const code = tag === undefined ? 'asset_required' : 'tags_not_supported'
    throw clientError(code, { retryable: false, id })
  }
  const receiver = secret === undefined ? card : cardOfSecret(secret)
  const to = receiver === undefined ? wallet && { wallet } : { card: receiver }
  if (to === undefined || to === '')
    throw clientError('receiver_required', { retryable: false, id })
  return { body: { kind: 'issue', ...acting, asset, amount, to }, consents }
}

/** What a till with its own key says by `submit`, in the words of the ledger. */
const unsupported = (): never => {
  throw clientError('credential_missing', {
    retryable: false,
    detail: 'an API key is needed; or sign the transaction with submit()',
  })
}

const entryOf = ({
  id,
  action,
  nowMs,
  amount,
  of,
  card,
}: Pick<JournalEntry, 'id' | 'action' | 'amount' | 'of' | 'card'> & {
  readonly nowMs: () => number
}): JournalEntry => ({
  id,
  action,
  at: new Date(nowMs()).toISOString(),
  ...(amount !== undefined && { amount }),
  ...(of !== undefined && { of }),
  ...(card !== undefined && { card }),
})
