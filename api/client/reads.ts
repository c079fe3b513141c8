import { clientError, KermesseError } from './error.ts'
import { isObject, type Json } from './json.ts'
import { type Patience, persist } from './persist.ts'
import type { CallOptions } from './till.ts'
import { errorOf } from './told.ts'
import type { Answer, Sent, Transport } from './transport.ts'
import type { ProvenBalance, ProvenReceipt, Verifier } from './verifier.ts'
import type {
  Assets,
  BalanceProof,
  Balances,
  CardAccount,
  Health,
  History,
  Hold,
  HoldFilter,
  HoldList,
  LeaseCaptureFilter,
  LeaseCaptureList,
  LeaseState,
  Network,
  Receipt,
  WalletHoldList,
} from './wire.ts'
import type { World } from './world.ts'

/** Where a list goes on. */
export type PageOptions = CallOptions & { readonly limit?: number; readonly after?: string }

/** What a till may read. Each rejects with a `KermesseError`. */
export type Reads = {
  /** `card`: a tag or a `crd1…`. */
  readonly card: (card: string, options?: CallOptions) => Promise<CardAccount>
  readonly balances: (wallet: string, options?: CallOptions) => Promise<Balances>
  /** What moved, newest first. */
  readonly history: (wallet: string, options?: PageOptions) => Promise<History>
  /** What of a wallet's money is set apart, for whom and until when. */
  readonly walletHolds: (wallet: string, options?: CallOptions) => Promise<WalletHoldList>
  /** Money that is set apart for this place. */
  readonly holds: (options?: PageOptions & HoldFilter) => Promise<HoldList>
  readonly hold: (id: string, options?: CallOptions) => Promise<Hold>
  /** The offline state of the node. */
  readonly leases: (options?: PageOptions) => Promise<LeaseState>
  /** What became of each promise that the node made from leases. */
  readonly leaseCaptures: (options?: PageOptions & LeaseCaptureFilter) => Promise<LeaseCaptureList>
  readonly assets: (options?: PageOptions) => Promise<Assets>
  readonly network: (options?: CallOptions) => Promise<Network>
  /** Whether the node can take a payment now. */
  readonly readiness: (options?: CallOptions) => Promise<Health>
  readonly receipt: (id: string, options?: CallOptions) => Promise<Receipt>
  readonly balanceProof: (
    wallet: string,
    asset: string,
    options?: CallOptions,
  ) => Promise<BalanceProof>
  /** The receipt of this payment, judged here by the verifier; rejects when it proves nothing of it. */
  readonly provenReceipt: (
    id: string,
    options?: CallOptions,
  ) => Promise<{ readonly receipt: Receipt; readonly proof: ProvenReceipt }>
  readonly provenBalance: (
    wallet: string,
    asset: string,
    options?: CallOptions,
  ) => Promise<{ readonly balanceProof: BalanceProof; readonly proof: ProvenBalance }>
}

type Read = <T extends object>(
  sent: Sent,
  has: readonly (keyof T & string)[],
  options?: CallOptions,
) => Promise<T>

type Parts = {
  readonly world: World
  readonly transport: Transport
  readonly patienceOf: (options?: CallOptions) => Patience
  readonly verifier: Pick<Verifier, 'receipt' | 'balance'> | undefined
}

export const createReads = (parts: Parts): Reads => {
  const read: Read = (sent, has, options) =>
    readOnce(parts, sent, { has, patience: parts.patienceOf(options) })
  const receipt: Reads['receipt'] = (id, options) =>
    read<Receipt>({ operation: 'getReceipt', named: { id } }, ['format', 'finality'], options)
  const balanceProof: Reads['balanceProof'] = (wallet, asset, options) =>
    read<BalanceProof>(
      { operation: 'getBalanceProof', named: { id: wallet }, query: { asset } },
      ['format', 'finality'],
      options,
    )
  return {
    card: (tag, options) =>
      read<CardAccount>({ operation: 'getCard', named: { tag } }, ['card', 'balances'], options),
    balances: (id, options) =>
      read<Balances>({ operation: 'getBalances', named: { id } }, ['items'], options),
    history: (id, options) =>
      read<History>(
        { operation: 'getHistory', named: { id }, query: pageOf(options) },
        ['items'],
        options,
      ),
    ...holdReads(read),
    assets: (options) =>
      read<Assets>({ operation: 'listAssets', query: pageOf(options) }, ['items'], options),
    network: (options) => read<Network>({ operation: 'getNetwork' }, ['id', 'height'], options),
    readiness: (options) => readiness(parts, parts.patienceOf(options)),
    receipt,
    balanceProof,
    provenReceipt: async (id, options) => {
      const { verifier } = parts
      if (verifier === undefined) throw clientError('verifier_missing', { retryable: false, id })
      const given = await receipt(id, options)
      const proof = verifier.receipt(given)
      if (!proof.proven) throw new KermesseError(proof.code, { retryable: false, id })
      if (proof.id !== id) throw clientError('receipt_mismatch', { retryable: false, id })
      return { receipt: given, proof }
    },
    provenBalance: async (wallet, asset, options) => {
      const { verifier } = parts
      if (verifier === undefined) throw clientError('verifier_missing', { retryable: false })
      const given = await balanceProof(wallet, asset, options)
      const proof = verifier.balance(given)
      if (!proof.proven) throw new KermesseError(proof.code, { retryable: false })
      if (proof.wallet !== wallet || proof.asset !== asset) {
        throw clientError('receipt_mismatch', { retryable: false })
      }
      return { balanceProof: given, proof }
    },
  }
}

const holdReads = (
  read: Read,
): Pick<Reads, 'walletHolds' | 'holds' | 'hold' | 'leases' | 'leaseCaptures'> => ({
  walletHolds: (id, options) =>
    read<WalletHoldList>({ operation: 'getWalletHolds', named: { id } }, ['items'], options),
  holds: ({ status, purpose, wallet, card, ...options } = {}) =>
    read<HoldList>(
      {
        operation: 'listHolds',
        query: { ...pageOf(options), ...given({ status, purpose, wallet, card }) },
      },
      ['items'],
      options,
    ),
  hold: (id, options) =>
    read<Hold>({ operation: 'getHold', named: { id } }, ['id', 'left'], options),
  leases: (options) =>
    read<LeaseState>(
      { operation: 'getLeases', query: pageOf(options) },
      ['mode', 'items'],
      options,
    ),
  leaseCaptures: ({ state, till, ...options } = {}) =>
    read<LeaseCaptureList>(
      { operation: 'listLeaseCaptures', query: { ...pageOf(options), ...given({ state, till }) } },
      ['totals', 'items'],
      options,
    ),
})

/** The filters that were named. */
const given = (filters: Readonly<Record<string, string | undefined>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(filters).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value]],
    ),
  )

const pageOf = ({ limit, after }: PageOptions = {}): Record<string, string> => ({
  ...(limit !== undefined && { limit: String(limit) }),
  ...(after !== undefined && { after }),
})

type Reading = { readonly has: readonly string[]; readonly patience: Patience }

const readOnce = async <T extends object>(
  { world, transport }: Parts,
  sent: Sent,
  { has, patience }: Reading,
): Promise<T> => {
  const { got, error } = await persist(world, patience, async () => {
    const answer = await transport.ask(sent, patience.signal)
    if (answer.kind === 'silence') {
      return { over: false, got: undefined, error: clientError(answer.code, { retryable: true }) }
    }
    const { body, retryAfterMs } = answer
    if (answer.status === 200 && isOf<T>(body, has))
      return { over: true, got: body, error: undefined }
    const refusal = failureOf(answer)
    return { over: !refusal.retryable, got: undefined, error: refusal, retryAfterMs }
  })
  if (got !== undefined) return got
  throw error ?? clientError('no_answer', { retryable: true })
}

const failureOf = (answer: Answer): KermesseError =>
  answer.status >= 400 ? errorOf(answer) : clientError('answer_unreadable', { retryable: true })

/** Whether it has the members without which it is nothing; the rest is the node's word. */
const isOf = <T extends object>(body: object, has: readonly string[]): body is T =>
  has.every((member) => member in body)

/** A node that cannot take a payment says so with 503, and how it is beside. */
const readiness = async ({ transport }: Parts, { signal }: Patience): Promise<Health> => {
  const answer = await transport.ask({ operation: 'isReady' }, signal)
  if (answer.kind === 'silence') throw clientError(answer.code, { retryable: true })
  const health = answer.status === 200 ? answer.body : answer.body['health']
  if (isHealth(health)) return health
  throw failureOf(answer)
}

const isHealth = (value: unknown): value is Json & Health =>
  isObject(value) && typeof value['mode'] === 'string' && typeof value['height'] === 'number'
