import type { Genesis } from '#protocol/genesis.ts'
import { TRANSFER_MAX } from '#test/support/second-rules.ts'
import { createModelAuthorities, type ModelAuthorities } from './model-authorities.ts'
import { type ModelBody, type ModelStep, readModelText } from './model-body.ts'
import {
  add,
  type Books,
  type Grant,
  hourOf,
  LARGEST,
  madeMs,
  type OpenedHold,
  openBooks,
  type Setting,
} from './model-books.ts'
import {
  activateCard,
  blockCard,
  linkCard,
  registerCards,
  replaceCard,
  unblockCard,
  voidCard,
} from './model-cards.ts'
import {
  executeCorrection,
  openClearing,
  publishCorrection,
  settleClearing,
  withdrawCorrection,
} from './model-clearing.ts'
import { govern, isGovernance } from './model-governance.ts'
import {
  beginHolds,
  captureHold,
  isByHoldKey,
  openHold,
  releaseHold,
  splitHold,
} from './model-holds.ts'
import { issue } from './model-issue.ts'
import { cashOut, sell, transfer } from './model-money.ts'
import {
  cancelPayment,
  createAsset,
  issueGrant,
  openWallet,
  type Refusal,
  registerPlace,
  revokeGrant,
} from './model-places.ts'
import { coverDeficit, redeem, refundTopUp, reverse, settlePayout } from './model-redemption.ts'
import { refund } from './model-refund.ts'
import { chainOf } from './model-rights.ts'
import { setBadge, setMembership } from './model-services.ts'
import { standingOf } from './model-standing.ts'
import { freezeWallet, revokeMandate, rotateWallet, setMandate } from './model-wallets.ts'

/** What the model says of one transaction of a block: whose it is, and how it ends. */
export type ModelOutcome = { readonly payment: string; readonly outcome: string }

/**
 * A second ledger, small and slow, written from protocol/README.md alone: what the rules of
 * `protocol/ledger` make of a transaction must be what it makes of it. It shares no code with them
 * but how ids are derived.
 */
export type ModelLedger = {
  /** A block of this time begins. */
  readonly begin: (timeMs: number) => void
  /** Executes a transaction of a final block; throws when no honest block has it. */
  readonly execute: (text: string, blockTimeMs: number) => ModelOutcome
  /** By `wallet/asset`; never 0 but where something was. */
  readonly balances: ReadonlyMap<string, number>
  /** What of them is held. */
  readonly held: ReadonlyMap<string, number>
  /** What was paid out of each asset. */
  readonly redeemed: ReadonlyMap<string, number>
  /** Numbers of memberships, presences, top-ups and deficits, by kind, whose, and name. */
  readonly services: ReadonlyMap<string, number>
  readonly opened: ReadonlyMap<string, Readonly<OpenedHold>>
  /** Which keys hold wallets, what cards are, which wallets are frozen or closed. */
  readonly standing: ReadonlyMap<string, number>
  /** What was counted, by the counter's name. */
  readonly counters: ReadonlyMap<string, number>
  readonly grants: ReadonlyMap<string, Readonly<Grant>>
}

export const createModelLedger = (genesis: Genesis): ModelLedger => {
  let books = openBooks(genesis)
  const authorities = createModelAuthorities(genesis)
  const used = new Set<string>()

  /** All operations or none. */
  const judgeAll = (
    steps: readonly ModelStep[],
    setting: Setting,
    raws: readonly unknown[],
  ): Refusal => {
    const before = steps.length > 1 ? structuredClone(books) : undefined
    for (const [index, step] of steps.entries()) {
      const refusal = judge(step, { ...setting, index, raw: raws[index] }, authorities)
      if (refusal === undefined) continue
      if (before !== undefined) books = before
      return refusal
    }
    return undefined
  }

  const execute: ModelLedger['execute'] = (text, timeMs) => {
    const { signer, exp, jti, tx, raw, consents } = readModelText(text)
    const steps = tx.kind === 'batch' ? tx.operations : [tx]
    const raws = raw.operations ?? [raw]
    const scopes = new Set(steps.map((step) => scopeOf(books, step, signer)))
    const [scope = ''] = scopes
    const payment = `${scope}/${jti}`
    if (scopes.size !== 1) throw new Error(`${payment} has ${scopes.size} scopes`)
    judgeTimes(books, { scope, jti, exp, timeMs })
    for (const consent of consents) judgeTimes(books, { scope, jti, exp: consent.exp, timeMs })
    judgeMaker(books, { payment, signer, madeMs: madeMs(jti), steps })
    if (used.has(payment)) throw new Error(`${payment} is executed a second time`)
    used.add(payment)
    const tally = new Map<string, number>()
    const setting = { books, signer, scope, jti, timeMs, consents, index: 0, tally, raw }
    const refusal = judgeAll(steps, setting, raws)
    if (refusal !== undefined) countRefusal(books, { scope, timeMs, steps, signer })
    return { payment, outcome: refusal ?? 'applied' }
  }

  /** Whoever may sign as an authority from now on; a key that could once stays known. */
  const beginEpoch = (): void => {
    books.parameters = books.parametersNext ?? books.parameters
    books.parametersNext = undefined
    if (!authorities.begin()) return
    books.operators.clear()
    for (const key of authorities.operators()) {
      books.operators.add(key)
      if (!books.keys.has(key)) books.keys.set(key, undefined)
    }
  }

  let parentMs = genesis.startTimeMs
  const begin: ModelLedger['begin'] = (timeMs) => {
    beginEpoch()
    beginHolds(books, { parentMs, timeMs })
    parentMs = timeMs
  }

  return {
    begin,
    execute,
    get opened() {
      return books.opened
    },
    get balances() {
      return books.balances
    },
    get held() {
      return books.held
    },
    get redeemed() {
      return books.redeemed
    },
    get services() {
      return servicesOf(books)
    },
    get standing() {
      return standingOf(books)
    },
    get counters() {
      return books.counters
    },
    get grants() {
      return books.grants
    },
  }
}

const judge = (tx: ModelStep, setting: Setting, authorities: ModelAuthorities): Refusal => {
  if (isGovernance(tx)) return govern(tx, setting)
  switch (tx.kind) {
    case 'place.register':
      return registerPlace(setting, tx)
    case 'grant.issue':
      return issueGrant(setting, tx)
    case 'grant.revoke':
      return revokeGrant(setting, tx)
    case 'asset.create':
      return createAsset(setting, tx)
    case 'card.register':
      return registerCards(setting, tx, authorities.voters())
    case 'card.activate':
      return activateCard(setting, tx)
    case 'card.block':
      return blockCard(setting, tx)
    case 'card.unblock':
      return unblockCard(setting, tx)
    case 'card.link':
      return linkCard(setting, tx)
    case 'card.replace':
      return replaceCard(setting, tx)
    case 'card.void':
      return voidCard(setting, tx)
    case 'wallet.open':
      return openWallet(setting, tx)
    case 'wallet.rotate':
      return rotateWallet(setting, tx)
    case 'wallet.freeze':
      return freezeWallet(setting, tx)
    case 'mandate.revoke':
      return revokeMandate(setting, tx)
    case 'mandate.set':
      return setMandate(setting, tx)
    case 'hold.open':
      return openHold(setting, tx)
    case 'hold.capture':
      return captureHold(setting, tx)
    case 'hold.release':
      return releaseHold(setting, tx)
    case 'hold.split':
      return splitHold(setting, tx)
    case 'issue':
      return issue(setting, tx)
    case 'sale':
      return sell(setting, tx)
    case 'refund':
      return refund(setting, tx)
    case 'cashout':
      return cashOut(setting, tx)
    case 'transfer':
      if (authorities.version() === 2 && tx.amount > TRANSFER_MAX) return 'card_limit_exceeded'
      return transfer(setting, tx)
    case 'membership.set':
      return setMembership(setting, tx)
    case 'badge':
      return setBadge(setting, tx)
    case 'redeem':
      return redeem(setting, tx)
    case 'payout.settle':
      return settlePayout(setting, tx)
    case 'topup.refund':
      return refundTopUp(setting, tx)
    case 'reverse':
      return reverse(setting, tx)
    case 'deficit.cover':
      return coverDeficit(setting, tx)
    case 'clearing.open':
      return openClearing(setting, tx)
    case 'clearing.settle':
      return settleClearing(setting, tx)
    case 'correction':
      return publishCorrection(setting, tx)
    case 'correction.execute':
      return executeCorrection(setting, tx)
    case 'correction.withdraw':
      return withdrawCorrection(setting, tx)
    case 'payment.cancel':
      return cancelPayment(setting, tx)
    case 'authority.change':
      return authorities.change(tx, setting)
  }
}

const servicesOf = (books: Books): ReadonlyMap<string, number> => {
  const numbers = new Map<string, number>()
  const tell = (kind: string, name: string, values: Readonly<Record<string, number>>): void => {
    const [wallet = '', asset = '', last = ''] = name.split('/')
    for (const [each, value] of Object.entries(values)) {
      numbers.set(`${kind} ${wallet} ${asset} ${last} ${each}`, value)
    }
  }
  for (const [name, values] of books.memberships) tell('membership', name, values)
  for (const [name, { totalMs, visits }] of books.presences) {
    tell('presence', name, { totalMs, visits })
  }
  for (const [name, { returned }] of books.topups) tell('topup', `/${name}`, { returned })
  for (const [asset, amount] of books.deficits) tell('deficit', `/${asset}`, { amount })
  return numbers
}

/** Who speaks, and in whose name; a signature in a name that is not the signer's is in no block. */
const scopeOf = (books: Books, tx: ModelBody, signer: string): string => {
  const place = 'place' in tx ? tx.place : undefined
  if (place === undefined) return ownScope(books, signer)
  const grant = 'grant' in tx ? tx.grant : undefined
  const granted = grant === undefined ? undefined : books.grants.get(grant)
  const isOfHold = tx.kind === 'hold.capture' || tx.kind === 'hold.split'
  const isOwn = !isOfHold && grant === undefined && books.places.get(place)?.key === signer
  const isGranted = granted?.place === place && granted.grantee === signer
  if (books.places.has(place) && (isOwn || isGranted || isByHoldKey(books, signer, tx)))
    return place
  throw new Error(`${signer} does not act for ${place}`)
}

const ownScope = ({ keys, retired, wallets }: Books, signer: string): string => {
  if (!keys.has(signer)) throw new Error(`nobody knows the signer ${signer}`)
  if (retired.has(signer)) throw new Error(`${signer} signs nothing any more`)
  const wallet = keys.get(signer)
  return wallet === undefined || wallets.get(wallet) === 'gateway' ? signer : wallet
}

/** When the grant of a step ended, with all above it. */
const endOf = (books: Books, tx: ModelStep): number =>
  Math.min(
    LARGEST,
    ...chainOf(books, 'grant' in tx ? tx.grant : undefined).flatMap(
      ({ revokedMs = LARGEST, notAfterMs = LARGEST }) => [revokedMs, notAfterMs],
    ),
  )

/** Whoever made an id could: under a grant that had not ended, in the name of the wallet it held. */
const judgeMaker = (
  books: Books,
  made: {
    readonly payment: string
    readonly signer: string
    readonly madeMs: number
    readonly steps: readonly ModelStep[]
  },
): void => {
  const { payment, signer, steps } = made
  if (steps.some((step) => endOf(books, step) <= made.madeMs)) {
    throw new Error(`${payment} was made under a grant that had ended`)
  }
  if (payment.startsWith('wal') && made.madeMs < (books.since.get(signer) ?? 0)) {
    throw new Error(`${payment} was made when ${signer} held another wallet`)
  }
}

const CLASSES = { plc: 'place', wal: 'wallet', key: 'key' } as const

const judgeTimes = (
  { parameters }: Books,
  {
    scope,
    jti,
    exp,
    timeMs,
  }: {
    readonly scope: string
    readonly jti: string
    readonly exp: number
    readonly timeMs: number
  },
): void => {
  const sort = scope.startsWith('plc')
    ? CLASSES.plc
    : scope.startsWith('wal')
      ? CLASSES.wal
      : CLASSES.key
  const payment = `${scope}/${jti}`
  if (timeMs >= exp * 1_000) throw new Error(`${payment} is executed after it expired`)
  if (madeMs(jti) > timeMs + parameters.maxClockSkewMs)
    throw new Error(`${payment} is of the future`)
  if (exp * 1_000 > madeMs(jti) + parameters.validityMs[sort]) {
    throw new Error(`${payment} is valid too long`)
  }
}

/** A block records no more refusals than a scope, and who answers for them in a place, may have. */
const countRefusal = (
  books: Books,
  {
    scope,
    timeMs,
    steps,
    signer,
  }: {
    readonly scope: string
    readonly timeMs: number
    readonly steps: readonly ModelStep[]
    readonly signer: string
  },
): void => {
  const most = books.parameters.refusedPerHour
  const hour = hourOf(timeMs)
  const placeKey = books.places.get(scope)?.key
  const grantees = new Set(
    steps.flatMap((step) => {
      if (isByHoldKey(books, signer, step)) return signer === placeKey ? [] : [signer]
      const top = chainOf(books, 'grant' in step ? step.grant : undefined).at(-1)
      return top === undefined || top.grantee === placeKey ? [] : [top.grantee]
    }),
  )
  const budgets = [
    { name: `refused/${scope}/${hour}`, most },
    ...[...grantees].map((grantee) => ({
      name: `refused/${scope}/${grantee}/${hour}`,
      most: Math.ceil(most / 4),
    })),
  ]
  for (const { name, most: bound } of budgets) {
    add(books.counters, name, 1)
    if ((books.counters.get(name) ?? 0) > bound) throw new Error(`${name} passes ${bound}`)
  }
}
