import type { Books } from '#api/ports/books.ts'
import type { Caller, SignedRequests } from '#api/ports/caller.ts'
import type { Desk } from '#api/ports/desk.ts'
import type { Events } from '#api/ports/events.ts'
import type { Health, HealthReport, Metrics } from '#api/ports/health.ts'
import type { At, CardAccount, Ledger } from '#api/ports/ledger.ts'
import type { PlaceBooks } from '#api/ports/ledger-books.ts'
import type { Settlement } from '#api/ports/outcome.ts'
import type { Ports } from '#api/ports/ports.ts'
import { units } from '#protocol/amount.ts'
import { createAuthoritySet } from '#protocol/chain/authority-set.ts'
import { genesisHeader, type Header, headerDigest } from '#protocol/chain/header.ts'
import { hashOf, ZERO_HASH } from '#protocol/hash.ts'
import { encodeId, type IdKind, type IdOf } from '#protocol/id.ts'
import type { LedgerEvent } from '#protocol/ledger/event.ts'
import type {
  AssetRecord,
  BalanceRecord,
  CardRecord,
  PlaceRecord,
  WalletRecord,
} from '#protocol/state/record.ts'
import { GRANT_ACTIONS } from '#protocol/transaction/kinds/grant.ts'
import { PaymentId } from '#protocol/transaction/payment-id.ts'
import { peerId } from '../support/actors.ts'
import { fakeHolds } from './fake-holds.ts'
import { fakeRights } from './fake-rights.ts'
import { fakeWebhooks } from './fake-webhooks.ts'

/** The n-th made-up identifier of a kind. */
export const idOf = <K extends IdKind>(kind: K, n = 1): IdOf[K] =>
  encodeId(kind, new Uint8Array(32).fill(n))

/** The n-th made-up payment id. */
export const paymentId = (n = 1): PaymentId =>
  PaymentId.parse(`0199e6a0-2b7c-7c4e-9d15-${n.toString(16).padStart(12, '0')}`)

export const PLACE = idOf('plc')
export const WALLET = idOf('wal')
export const ASSET = idOf('ast')
export const CARD = idOf('crd')
export const HEIGHT = 42
export const TIME_MS = Date.UTC(2026, 5, 21, 18, 4, 5, 123)
export const TIME = '2026-06-21T18:04:05.123Z'
export const TOKEN = 'krm_live_good'

export const at = <T>(value: T): At<T> => ({ height: HEIGHT, timeMs: TIME_MS, value })

export const caller = (change: Partial<Caller> = {}): Caller => ({
  keyId: 'till-1',
  place: PLACE,
  grant: idOf('grt'),
  till: 'bar-1',
  actions: GRANT_ACTIONS,
  signs: 'node',
  ...change,
})

export const event = (change: Partial<LedgerEvent> = {}): LedgerEvent => ({
  height: HEIGHT,
  index: 3,
  timeMs: TIME_MS,
  kind: 'sale',
  id: paymentId(),
  scope: PLACE,
  place: PLACE,
  outcome: 'applied',
  movements: [{ wallet: WALLET, asset: ASSET, change: 650 }],
  created: [],
  legs: [{ card: CARD, wallet: idOf('wal', 2), asset: ASSET, amount: 650 }],
  ...change,
})

export const applied = (change: Partial<Settlement> = {}): Settlement => ({
  kind: 'outcome',
  id: paymentId(),
  state: { status: 'applied', event: event() },
  replayed: false,
  ...change,
})

export const asset = (n = 1): AssetRecord => ({
  id: idOf('ast', n),
  code: 'BAR',
  name: 'Bar money',
  category: 'local',
  unit: 'EUR',
  scale: 2,
  issuer: PLACE,
  transferable: false,
  archived: false,
  cardLimits: {
    weak: { charge: units(2_000), day: units(5_000) },
    secret: { charge: units(5_000), day: units(10_000) },
  },
  supply: units(2_000),
  issued: units(2_000),
  burned: units(0),
})

const place = (): PlaceRecord => ({
  id: PLACE,
  key: idOf('key', 9),
  name: 'Au bon coin',
  wallet: WALLET,
  status: 'active',
  authority: idOf('key', 2),
  nodes: [],
  assets: [ASSET],
  accepts: [],
  federations: [],
  debitOrder: ['gift', 'local'],
  payoutReference: hashOf(new Uint8Array(1)),
})

export const card = (change: Partial<CardRecord> = {}): CardRecord => ({
  id: CARD,
  strength: 'weak',
  place: PLACE,
  batch: 'spring',
  state: 'active',
  wallet: idOf('wal', 2),
  ...change,
})

const balance = (): BalanceRecord => ({
  wallet: WALLET,
  asset: ASSET,
  available: units(1_350),
  held: units(0),
  totalIn: units(2_000),
  totalOut: units(650),
})

const wallet = (): WalletRecord => ({ id: WALLET, kind: 'place', keys: [] })

const header = (height = HEIGHT): Header => ({
  ...genesisHeader({
    chainId: ZERO_HASH,
    timestampMs: TIME_MS,
    transactionRoot: ZERO_HASH,
    stateRoot: ZERO_HASH,
    historyRoot: ZERO_HASH,
    authoritySetHash: ZERO_HASH,
    version: 1,
  }),
  height,
})

const authorities = () => {
  const member = { consensusKey: idOf('key', 5), operatorKey: idOf('key', 6), peerId: 'peer1' }
  const made = createAuthoritySet([member])
  if (!made.ok) throw new Error(made.code)
  return { epoch: 1, set: made.set }
}

const block = (height: number) => {
  const made = header(height)
  return { header: made, digest: headerDigest(made) }
}

const federation = () => ({
  federation: {
    id: idOf('fed'),
    name: 'Test circle',
    admins: [idOf('key', 7)],
    assets: [],
    weakCards: false,
  },
  places: [PLACE],
})

/** A card's account with one of everything. */
export const cardAccount = (): CardAccount => ({
  card: card(),
  balances: [{ balance: balance(), asset: asset() }],
  memberships: [
    {
      wallet: idOf('wal', 2),
      asset: idOf('ast', 4),
      sinceMs: TIME_MS - 1,
      untilMs: TIME_MS,
      contributions: units(1_000),
    },
  ],
  presences: [
    {
      wallet: idOf('wal', 2),
      asset: idOf('ast', 5),
      place: PLACE,
      inSinceMs: TIME_MS,
      totalMs: units(60_000),
      visits: units(2),
    },
  ],
  holds: [
    {
      id: idOf('hld'),
      purpose: 'lease',
      status: 'open',
      owner: idOf('wal', 2),
      beneficiary: PLACE,
      key: idOf('key', 8),
      asset: ASSET,
      cap: units(500),
      captured: units(0),
      expiresAtMs: TIME_MS,
      graceMs: 0,
    },
  ],
})

export const fakeLedger = (change: Partial<Ledger> = {}): Ledger => ({
  head: () => ({ height: HEIGHT, timeMs: TIME_MS }),
  reach: () => Promise.resolve(),
  network: async () =>
    at({
      id: idOf('net'),
      name: 'Test',
      ruleVersion: 1,
      epoch: 1,
      authorities: 1,
      quorum: 1,
      heartbeatMs: 60_000,
      validityMs: { place: 345_600_000, wallet: 86_400_000, key: 604_800_000 },
    }),
  authorities: async () => at(authorities()),
  assets: async () => at([asset(1), asset(2), asset(3)]),
  asset: async (id) => at(id === ASSET ? asset() : undefined),
  places: async () => at([place()]),
  place: async (id) => at(id === PLACE ? place() : undefined),
  federations: async () => at([federation()]),
  federation: async (id) => at(id === idOf('fed') ? federation() : undefined),
  blocks: async ({ limit, after }) => {
    const from = after === undefined ? HEIGHT : after.height - 1
    const heights = Array.from({ length: limit }, (_, n) => from - n).filter((h) => h >= 0)
    const last = heights.at(-1) ?? 0
    const next = last > 0 ? { next: { height: last, index: 0 } } : {}
    return at({ items: heights.map(block), ...next })
  },
  block: async (height) => at(height <= HEIGHT ? block(height) : undefined),
  transaction: async (scope, id) =>
    at(scope === PLACE && id === paymentId() ? { status: 'applied', event: event() } : undefined),
  receipt: async () => at(undefined),
  walletAccess: async (_reader, id) => (id === WALLET ? 'granted' : 'unknown'),
  wallet: async () => at(wallet()),
  balances: async () => at([{ balance: balance(), asset: asset() }]),
  balanceProof: async () => at(undefined),
  history: async () => at({ items: [event()] }),
  card: async () => at(cardAccount()),
  ...change,
})

export const fakeDesk = (change: Partial<Desk> = {}): Desk => ({
  pay: async () => applied(),
  refund: async () => applied(),
  cancel: async (id) => ({
    kind: 'outcome',
    id,
    state: { status: 'cancelled', event: event({ kind: 'payment.cancel' }) },
    replayed: false,
  }),
  topUp: async () => applied(),
  cashOut: async () => applied(),
  registerCard: async () => ({ kind: 'card', card: card(), replayed: false }),
  activateCard: async () => ({ kind: 'card', card: card(), replayed: false }),
  unblockCard: async () => ({ kind: 'card', card: card(), replayed: false }),
  voidCard: async () => ({ kind: 'card', card: card({ state: 'void' }), replayed: false }),
  replaceCard: async () => ({ kind: 'card', card: card({ state: 'replaced' }), replayed: false }),
  linkCard: async () => applied(),
  setMembership: async () => applied(),
  badge: async () => applied(),
  openHold: async () => applied(),
  captureHold: async () => applied(),
  releaseHold: async () => applied(),
  redeem: async () => applied(),
  endPayout: async () => applied(),
  proposeClearing: ({ id, terms }, { caller: { place } }) => ({
    kind: 'proposal',
    proposal: { id, body: { ...terms, place }, expiresAtMs: TIME_MS },
    terms: ZERO_HASH,
  }),
  agreeToClearing: () => ({ kind: 'consent', consent: 'a.b.c' }),
  clear: async () => applied(),
  registerBatch: async ({ cards }) => ({
    kind: 'batch',
    settlement: {
      kind: 'outcome',
      id: paymentId(),
      state: { status: 'applied', event: event({ kind: 'card.register' }) },
      replayed: false,
    },
    cards: cards.map((_, index) => ({
      card: idOf('crd', index + 1),
      claim: new Uint8Array(16).fill(index + 1),
    })),
  }),
  blockCard: async () => ({ kind: 'card', card: card({ state: 'blocked' }), replayed: false }),
  ...change,
})

export const healthReport = (change: Partial<HealthReport> = {}): HealthReport => ({
  mode: 'online',
  height: HEIGHT,
  lagMs: 900,
  lagBlocks: 0,
  peers: 5,
  clockOffsetMs: 1.5,
  conservation: 'ok',
  haltedBy: null,
  warnings: [],
  ...change,
})

export const fakeHealth = (change: Partial<Health> = {}): Health => ({
  started: () => true,
  report: () => healthReport(),
  mode: () => 'online',
  notice: () => ({ mode: 'online', height: HEIGHT, sinceMs: TIME_MS }),
  onMode: () => () => undefined,
  ...change,
})

const fakeEvents = (change: Partial<Events> = {}): Events => ({
  after: async ({ after }) => ({ entries: [], next: after, more: false }),
  reach: (_height, signal) =>
    new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason))
    }),
  ...change,
})

export const fakeMetrics = (change: Partial<Metrics> = {}): Metrics => ({
  contentType: 'text/plain; version=0.0.4; charset=utf-8',
  text: async () => 'kermesse_height 42\n',
  answered: () => undefined,
  ...change,
})

export const fakeRequests = (change: Partial<SignedRequests> = {}): SignedRequests => ({
  audience: peerId('node'),
  open: () => ({ ok: false, code: 'request_signature_invalid' }),
  stands: () => false,
  ...change,
})
const NO_BOOKS: Books = {
  positions: async () => at({ items: [] }),
  openClearings: async () => at({ items: [] }),
  openPayouts: async () => at({ items: [] }),
  reserves: async () => at({ reserves: [], more: false }),
}

const NO_PLACE_BOOKS: PlaceBooks = {
  closings: async () => at({ items: [] }),
  lines: async () => ({
    head: { height: HEIGHT, timeMs: TIME_MS },
    lines: (async function* () {})(),
  }),
}

/** A node of which a test changes what it is about; `TOKEN` authenticates `caller()`. */
export const fakePorts = (change: Partial<Ports> = {}): Ports => ({
  books: NO_BOOKS,
  placeBooks: NO_PLACE_BOOKS,
  credentials: {
    authenticate: (token) =>
      token === TOKEN ? { ok: true, caller: caller() } : { ok: false, code: 'credential_unknown' },
  },
  desk: fakeDesk(),
  events: fakeEvents(),
  health: fakeHealth(),
  holds: fakeHolds(),
  ledger: fakeLedger(),
  metrics: fakeMetrics(),
  pairings: { pair: async () => ({ kind: 'not_paired', code: 'pairing_unknown' }) },
  requests: fakeRequests(),
  rights: fakeRights(),
  submissions: { submit: async () => applied(), open: async () => [] },
  webhooks: fakeWebhooks(),
  clock: () => 0,
  ...change,
})
