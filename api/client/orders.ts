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
  CardActionOrder,
  CardOrder,
  CashoutOrder,
  PaymentOrder,
  RefundOrder,
  TopUpOrder,
  TransactionBody,
} from './wire.ts'

/** Makes orders: bodies for a node that signs, or transactions that this till signed. */
export type OrderMaker = {
  readonly pay: (order: PaymentOrder) => Order
  readonly refund: (sale: string, order: RefundOrder) => Order
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
    about: { readonly named?: Record<string, string>; readonly of?: string } = {},
  ): Order => {
    const id = body.id ?? newId()
    const { named, of } = about
    return {
      entry: entryOf({ id, action: operation, nowMs, amount: body.amount, of }),
      sent: { operation, ...(named !== undefined && { named }), body: { ...body, id } },
    }
  }
  return {
    pay: (body) => order('takePayment', body),
    refund: (sale, body) => order('refundPayment', body, { named: { id: sale }, of: sale }),
    topUp: (body) => order('topUp', body),
    cashOut: (tag, body) => order('cashOutCard', body, { named: { tag } }),
    registerCard: (body) => order('registerCard', body),
    changeCard: (operation, tag, body) => order(operation, body, { named: { tag } }),
  }
}

/** For a till with a key of its own. It names cards by id or secret, and assets by id. */
export const signedOrders = (
  signer: TillSigner,
  making: Making & { readonly earlier: (id: string) => JournalEntry | undefined },
): OrderMaker & { readonly submit: (signing: SubmitOrder) => Order } => {
  const submit = ({ id, body, consents = [], action, of }: SubmitOrder): Order => {
    const { nowMs } = making
    // The first signed text is the payment: another text of the same id would be another one.
    const before = making.earlier(id)?.text
    if (before !== undefined && bodyTextIn(before) !== JSON.stringify(body)) {
      throw clientError('id_reused', { retryable: false, id })
    }
    const text = before ?? signedTransaction(signer, { id, nowMs: nowMs() }, { body, consents })
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
    topUp: (order) => submit({ id: idOf(order), body: issue(acting, order), action: 'topUp' }),
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
}

type Acting = { readonly place: string; readonly grant?: string }
const actingOf = ({ place, grant }: TillSigner): Acting =>
  grant === undefined ? { place } : { place, grant }

const sale = (
  signer: TillSigner,
  { nowMs }: Making,
  { payers, amount, unit = 'EUR', scale = 2, assets }: PaymentOrder,
  id: string,
): SubmitOrder => {
  const agree = { kind: 'sale', place: signer.place, unit, scale, max: amount } as const
  const consents: string[] = []
  const named = payers.map((payer) => {
    if ('tag' in payer) throw clientError('tags_not_supported', { retryable: false, id })
    if ('card' in payer) return { card: payer.card }
    if ('wallet' in payer) {
      consents.push(payer.consent)
      return { wallet: payer.wallet }
    }
    const signing = { id, nowMs: nowMs() }
    const agreed = cardConsent(payer.secret, signing, { network: signer.network, agree })
    consents.push(agreed.consent)
    return { card: agreed.card }
  })
  const chosen = assets === undefined ? {} : { assets: [...assets] }
  const body: TransactionBody = {
    ...{ kind: 'sale' as const, ...actingOf(signer), payers: named },
    ...{ amount, unit, scale, ...chosen },
  }
  return { id, body, consents }
}

const issue = (acting: Acting, order: TopUpOrder): TransactionBody => {
  const { asset, amount, tag, card, wallet, secret } = order
  if (tag !== undefined || asset === undefined) {
    const code = tag === undefined ? 'asset_required' : 'tags_not_supported'
    throw clientError(code, { retryable: false, id: order.id })
  }
  const receiver = secret === undefined ? card : cardOfSecret(secret)
  if (receiver !== undefined) {
    return { kind: 'issue', ...acting, asset, amount, to: { card: receiver } }
  }
  if (wallet !== undefined) return { kind: 'issue', ...acting, asset, amount, to: { wallet } }
  throw clientError('receiver_required', { retryable: false, id: order.id })
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
}: Pick<JournalEntry, 'id' | 'action' | 'amount' | 'of'> & {
  readonly nowMs: () => number
}): JournalEntry => ({
  id,
  action,
  at: new Date(nowMs()).toISOString(),
  ...(amount !== undefined && { amount }),
  ...(of !== undefined && { of }),
})
