import { units } from '#protocol/amount.ts'
import { federatedAssetIdOf, federationIdOf, fixedAssetIdOf } from '#protocol/derive.ts'
import { DEFAULT_PARAMETERS, type Genesis, networkIdOf } from '#protocol/genesis.ts'
import type { AssetId, WalletId } from '#protocol/id.ts'
import type { LedgerEvent } from '#protocol/ledger/event.ts'
import {
  type BlockInput,
  type ExecutedBlock,
  type Execution,
  executeBlock,
} from '#protocol/ledger/execute-block.ts'
import { createLedger, type Ledger, type LedgerUndo, undoBlock } from '#protocol/ledger/ledger.ts'
import { RULE_BOOK, type RuleBook } from '#protocol/ledger/rule-book.ts'
import type { FamilyName, Records } from '#protocol/state/families.ts'
import type { Parameters } from '#protocol/state/parameters.ts'
import type { Agreement } from '#protocol/transaction/consent.ts'
import type { VerifiedTransaction } from '#protocol/transaction/envelope.ts'
import type { TransactionBody } from '#protocol/transaction/kinds/transaction-body.ts'
import { parseTransaction } from '#protocol/transaction/parse.ts'
import { PaymentId } from '#protocol/transaction/payment-id.ts'
import { signConsent, signTransaction } from '#protocol/transaction/sign.ts'
import { verifyTransaction } from '#protocol/transaction/verify.ts'
import { verifySignature } from '#signature'
import { type Actor, actor, peerId } from './actors.ts'

/** A Saturday evening in June. */
const START_MS = 1_781_978_400_000

export const OPERATOR = actor('operator')
export const GATEWAY = actor('gateway')
export const COLLECTOR = actor('collector')

const roomy = { charge: units(100_000_000), day: units(100_000_000) }
/** Card limits that stand in nobody's way. */
export const ROOMY_LIMITS = { weak: roomy, secret: roomy }
export const ROOMY_CAPS = roomy

/** One authority, one federation with its euro, and one fixed asset of 100,000. */
export const genesisOf = (parameters: Partial<Parameters> = {}): Genesis => ({
  format: 'kermesse-genesis/1',
  name: 'Test circuit',
  startTimeMs: START_MS,
  ver: 1,
  parameters: { ...DEFAULT_PARAMETERS, ...parameters },
  authorities: [
    {
      consensusKey: actor('consensus').key,
      operatorKey: OPERATOR.key,
      peerId: peerId('authority'),
      addresses: ['/ip4/127.0.0.1/tcp/4001'],
    },
  ],
  federation: {
    name: 'Riverside',
    admins: [OPERATOR.key],
    asset: {
      code: 'EURF',
      name: 'Shared euro',
      unit: 'EUR',
      scale: 2,
      transferable: true,
      cardLimits: ROOMY_LIMITS,
      gateway: GATEWAY.key,
    },
  },
  fixedAssets: [
    {
      code: 'MEDAL',
      name: 'Medals',
      unit: 'point',
      scale: 0,
      supply: units(100_000),
      owner: COLLECTOR.key,
      transferable: true,
      cardLimits: ROOMY_LIMITS,
    },
  ],
})

export type Consenting = { readonly by: Actor; readonly agree: Agreement; readonly expMs?: number }

export type Signing = {
  readonly consents?: readonly Consenting[]
  readonly jti?: PaymentId
  readonly expMs?: number
}

/** A ledger with its own clock, block after block. */
export type World = {
  readonly genesis: Genesis
  readonly ledger: Ledger
  readonly federation: Records['federation']['id']
  readonly euro: AssetId
  readonly medal: AssetId
  readonly nowMs: () => number
  readonly height: () => number
  readonly advance: (ms: number) => void
  readonly jti: (timeMs?: number) => PaymentId
  /** A verified transaction through the real signatures and parser. */
  readonly sign: (signer: Actor, body: TransactionBody, signing?: Signing) => VerifiedTransaction
  /** The next block, one millisecond later; whatever comes of it. */
  readonly execute: (transactions: readonly VerifiedTransaction[]) => Execution
  /** Tells every further block that was executed. */
  readonly onBlock: (listener: (input: BlockInput, executed: ExecutedBlock) => void) => void
  /** The next block, which must be valid. */
  readonly run: (...transactions: readonly VerifiedTransaction[]) => readonly LedgerEvent[]
  /** A block of one transaction. */
  readonly apply: (signer: Actor, body: TransactionBody, signing?: Signing) => LedgerEvent
  /** A block of one transaction, which must be applied. */
  readonly must: (signer: Actor, body: TransactionBody, signing?: Signing) => LedgerEvent
  /** Takes the last block back, and the clock with it. */
  readonly undo: () => void
  readonly available: (wallet: WalletId, asset: AssetId) => number
  readonly get: <F extends FamilyName>(family: F, key: string) => Records[F]
  /** Puts a record past all rules, in a block of its own. */
  readonly edit: <F extends FamilyName>(family: F, key: string, record: Records[F]) => void
}

export const createWorld = (
  parameters: Partial<Parameters> = {},
  book: RuleBook = RULE_BOOK,
): World => {
  const genesis = genesisOf(parameters)
  const networkId = networkIdOf(genesis)
  const ledger = createLedger(genesis, book)
  const undos: LedgerUndo[] = []
  const times: number[] = []
  const listeners: ((input: BlockInput, executed: ExecutedBlock) => void)[] = []
  let nowMs = START_MS
  let ids = 0

  const jti = (timeMs = nowMs): PaymentId => {
    ids += 1
    const time = timeMs.toString(16).padStart(12, '0')
    const count = ids.toString(16).padStart(12, '0')
    return PaymentId.parse(`${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${count}`)
  }
  const sign: World['sign'] = (signer, body, signing = {}) => {
    const id = signing.jti ?? jti()
    const expMs = signing.expMs ?? nowMs + 60_000
    const base = { networkId, jti: id }
    const consents = (signing.consents ?? []).map(({ by, agree, expMs: until = expMs }) =>
      signConsent({ ...base, signerKey: by.key, sign: by.sign, exp: seconds(until), agree }),
    )
    const text = signTransaction({
      ...base,
      signerKey: signer.key,
      sign: signer.sign,
      exp: seconds(expMs),
      body,
      consents,
    })
    const parsed = parseTransaction(text, networkId)
    if (!parsed.ok) throw new Error(`${parsed.code} ${parsed.detail} ${parsed.pointer}`)
    const verified = verifyTransaction(parsed, verifySignature)
    if (typeof verified === 'string') throw new Error(verified)
    return verified
  }
  const execute: World['execute'] = (transactions) => {
    nowMs += 1
    const parentMs = times.at(-1) ?? START_MS
    const input = { height: undos.length + 1, parentMs, timestampMs: nowMs, transactions }
    const execution = executeBlock(ledger, input)
    if (execution.ok) {
      undos.push(execution.undo)
      times.push(nowMs)
      for (const listener of listeners) listener(input, execution)
    }
    return execution
  }
  const run: World['run'] = (...transactions) => {
    const execution = execute(transactions)
    if (!execution.ok) throw new Error(JSON.stringify(execution))
    return execution.events
  }
  const apply: World['apply'] = (signer, body, signing) => {
    const [event] = run(sign(signer, body, signing))
    if (event === undefined) throw new Error('no event')
    return event
  }
  return {
    genesis,
    ledger,
    federation: federationIdOf(genesis),
    euro: federatedAssetIdOf(genesis),
    medal: fixedAssetIdOf(genesis, 0),
    nowMs: () => nowMs,
    height: () => undos.length,
    advance: (ms) => {
      nowMs += ms
    },
    jti,
    sign,
    execute,
    onBlock: (listener) => {
      listeners.push(listener)
    },
    run,
    apply,
    must: (signer, body, signing) => {
      const event = apply(signer, body, signing)
      if (event.outcome !== 'applied') throw new Error(`${body.kind}: ${event.outcome}`)
      return event
    },
    undo: () => {
      const last = undos.pop()
      if (last === undefined) throw new Error('nothing to undo')
      undoBlock(ledger, last)
      times.pop()
      nowMs -= 1
    },
    available: (wallet, asset) => ledger.state.get('balance', `${wallet}/${asset}`)?.available ?? 0,
    get: (family, key) => {
      const record = ledger.state.get(family, key)
      if (record === undefined) throw new Error(`no ${family} ${key}`)
      return record
    },
    edit: (family, key, record) => {
      ledger.state.beginBlock()
      ledger.state.put(family, key, record)
      ledger.state.sealBlock()
    },
  }
}

function seconds(ms: number): number {
  return Math.floor(ms / 1000)
}
