import { v7 } from 'uuid'
import { Clock } from './clock.ts'
import type { Credential } from './credential.ts'
import { clientError, KermesseError } from './error.ts'
import { type EventOptions, followEvents, type LedgerEvent } from './events.ts'
import { IdLife } from './id-life.ts'
import { Journal, type JournalEntry, type JournalStore } from './journal.ts'
import { PATIENCE_MS } from './limits.ts'
import { keyedOrders, type OrderMaker, signedOrders } from './orders.ts'
import type { Outcome } from './outcome.ts'
import type { Patience } from './persist.ts'
import { createReads, type Reads } from './reads.ts'
import { type Order, type Resolution, Settler } from './settler.ts'
import type { TillSigner } from './signer.ts'
import { Transport } from './transport.ts'
import type { Verifier } from './verifier.ts'
import type {
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
import { thisWorld, type World } from './world.ts'

export type TillOptions = {
  /** Where the node is: `http://localhost:4101`. */
  readonly url: string
  /** Where payments are written down before they are sent. */
  readonly journal: JournalStore
  /** How requests prove who asks: `apiKey('krm_live_…')`. */
  readonly credential?: Credential
  /** The till's own key: it signs its transactions itself. */
  readonly signer?: TillSigner
  /** The label of this till, as its API key was made with: its open payments are resolved at a start. */
  readonly till?: string
  /** Judges receipts and balance proofs by a genesis that you trust. */
  readonly verifier?: Pick<Verifier, 'receipt' | 'balance'>
  /** How long a call goes on before it leaves a payment open, in milliseconds. */
  readonly patienceMs?: number
  /** Parts of the surroundings, for tests. */
  readonly world?: Partial<World>
}

/** How long one call waits, and what ends its waiting; never the payment. */
export type CallOptions = { readonly patienceMs?: number; readonly signal?: AbortSignal }

/**
 * A till. Everything that moves money takes a payment `id`, or makes one, and resolves with the one
 * `Outcome` of that id; the same order again is told the same. It rejects with a `KermesseError`: `outcome_unknown` when nobody can say yet,
 * and the payment stays open in the journal; any other code when nothing was kept anywhere.
 */
export type Till = Reads & {
  /** A UUIDv7. Make it before you ask, and keep it with the sale. */
  readonly newId: () => string
  readonly pay: (order: PaymentOrder, options?: CallOptions) => Promise<Outcome>
  /** `sale`: the id of the payment. Without an amount, everything that is left of it. */
  readonly refund: (sale: string, order?: RefundOrder, options?: CallOptions) => Promise<Outcome>
  /** Sets money apart: the first of `created` is the hold. */
  readonly openHold: (order: HoldOrder, options?: CallOptions) => Promise<Outcome>
  /** Takes of it; also while the node is cut off. Refund it by its id like a payment. */
  readonly captureHold: (
    hold: string,
    order: HoldCaptureOrder,
    options?: CallOptions,
  ) => Promise<Outcome>
  /** Gives back what is left; waits for what is on its way. */
  readonly releaseHold: (
    hold: string,
    order?: HoldReleaseOrder,
    options?: CallOptions,
  ) => Promise<Outcome>
  readonly topUp: (order: TopUpOrder, options?: CallOptions) => Promise<Outcome>
  /** `card`: a tag or a `crd1…`. */
  readonly cashOut: (card: string, order: CashoutOrder, options?: CallOptions) => Promise<Outcome>
  readonly registerCard: (order: CardOrder, options?: CallOptions) => Promise<Outcome>
  readonly activateCard: (
    card: string,
    order?: CardActionOrder,
    options?: CallOptions,
  ) => Promise<Outcome>
  readonly blockCard: (
    card: string,
    order?: CardActionOrder,
    options?: CallOptions,
  ) => Promise<Outcome>
  /** Signs and sends any transaction, in the name of the signer. */
  readonly submit: (
    transaction: {
      readonly id?: string
      readonly body: TransactionBody
      readonly consents?: readonly string[]
    },
    options?: CallOptions,
  ) => Promise<Outcome>
  /** Uses the id up: afterwards it was applied, or never will be, and this says which. */
  readonly cancel: (id: string, options?: CallOptions) => Promise<Outcome>
  /**
   * What became of a payment; of one that was `captured`, what is known now. Rejects with
   * `record_unknown` when the node never heard of it.
   */
  readonly outcome: (id: string, options?: CallOptions) => Promise<Outcome>
  /** What is open here, oldest first. */
  readonly open: () => readonly JournalEntry[]
  /**
   * Settles what is open: asks, and cancels what the node never heard of. Asks again for what was
   * `captured`: until it is applied, or lost.
   */
  readonly resolve: (options?: CallOptions) => Promise<Resolution>
  /** The first resolution, begun when the till was opened. Never rejects. */
  readonly started: Promise<Resolution>
  /** What becomes final, each once and in order, through broken connections. */
  readonly events: (options?: EventOptions) => AsyncGenerator<LedgerEvent, void, undefined>
  /** Ends what waits; open payments stay in the journal. */
  readonly close: () => Promise<void>
}

/** Opens a till, and begins to resolve what the last run left open. */
export const openTill = async (options: TillOptions): Promise<Till> => {
  const world: World = { ...thisWorld(), ...options.world }
  const clock = new Clock(world)
  const transport = new Transport({
    url: options.url,
    credential: options.credential,
    world,
    clock,
  })
  const journal = await Journal.open(options.journal)
  const closing = new AbortController()
  const newId = (): string => v7({ msecs: clock.nowMs() })
  const nowMs = (): number => clock.nowMs()
  const patienceOf = ({ patienceMs, signal }: CallOptions = {}): Patience => ({
    patienceMs: patienceMs ?? options.patienceMs ?? PATIENCE_MS,
    signal: signal === undefined ? closing.signal : AbortSignal.any([signal, closing.signal]),
  })
  const { signer } = options
  const idLife = new IdLife(transport)
  const settler = new Settler({
    world,
    transport,
    journal,
    till: options.till,
    nowMs,
    idLife,
    signer: options.signer,
  })
  const earlier = (id: string): JournalEntry | undefined => journal.entry(id)
  const signed = signer && signedOrders(signer, { newId, nowMs, earlier })
  const orders: OrderMaker = signed ?? keyedOrders({ newId, nowMs })
  const settle = async (make: () => Order, call?: CallOptions): Promise<Outcome> => {
    if (closing.signal.aborted) throw clientError('closed', { retryable: false })
    return await settler.settle(make(), patienceOf(call))
  }
  const resolve = async (call?: CallOptions): Promise<Resolution> =>
    await settler.resolve(patienceOf(call))
  return {
    newId,
    ...orderCalls(orders, settle),
    submit: async ({ id = newId(), ...rest }, call) => {
      if (signed === undefined) throw clientError('signer_missing', { retryable: false, id })
      // A cancellation lives as long as its id does on this network.
      const cancels = rest.body.kind === 'payment.cancel' && !closing.signal.aborted
      const validityMs = cancels ? await idLife.validityMs(patienceOf(call).signal) : undefined
      return await settle(() => signed.submit({ id, ...rest, validityMs }), call)
    },
    cancel: (id, call) => settler.cancel(id, patienceOf(call)),
    outcome: (id, call) => settler.outcome(id, patienceOf(call)),
    open: () => journal.entries(),
    resolve,
    started: resolve().catch(unresolved(journal)),
    events: (events = {}) => {
      const { signal } = patienceOf(events)
      return followEvents({ transport, world }, { ...events, ...(signal && { signal }) })
    },
    ...createReads({ world, transport, patienceOf, verifier: options.verifier }),
    close: async () => {
      closing.abort()
      await journal.close()
    },
  }
}

/** What a till orders, each under one payment id. */
const orderCalls = (
  orders: OrderMaker,
  settle: (make: () => Order, call?: CallOptions) => Promise<Outcome>,
): Pick<Till, Exclude<keyof OrderMaker, 'changeCard'> | 'activateCard' | 'blockCard'> => ({
  pay: (order, call) => settle(() => orders.pay(order), call),
  refund: (sale, order = {}, call) => settle(() => orders.refund(sale, order), call),
  openHold: (order, call) => settle(() => orders.openHold(order), call),
  captureHold: (hold, order, call) => settle(() => orders.captureHold(hold, order), call),
  releaseHold: (hold, order = {}, call) => settle(() => orders.releaseHold(hold, order), call),
  topUp: (order, call) => settle(() => orders.topUp(order), call),
  cashOut: (card, order, call) => settle(() => orders.cashOut(card, order), call),
  registerCard: (order, call) => settle(() => orders.registerCard(order), call),
  activateCard: (card, order, call) =>
    settle(() => orders.changeCard('activateCard', card, order ?? {}), call),
  blockCard: (card, order, call) =>
    settle(() => orders.changeCard('blockCard', card, order ?? {}), call),
})

/** A start that fails resolved nothing, and says so of each. */
const unresolved =
  (journal: Journal) =>
  (cause: unknown): Resolution => ({
    settled: [],
    captured: [],
    open: journal.entries().map(({ id }) => ({
      id,
      error:
        cause instanceof KermesseError
          ? cause
          : clientError('outcome_unknown', { retryable: true, id, cause }),
    })),
  })
