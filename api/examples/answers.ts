import { units } from '#protocol/amount.ts'
import type { AssetRecord, BalanceRecord, CardRecord } from '#protocol/state/record.ts'
import { cardAccountView } from '../schemas/cards.ts'
import { blockView } from '../schemas/chain.ts'
import { healthView } from '../schemas/health.ts'
import { openPaymentsView } from '../schemas/open-payments.ts'
import { historyEntryView } from '../schemas/pages.ts'
import { assetView, balanceView, cardView, placeView, walletView } from '../schemas/records.ts'
import { timestampOf } from '../schemas/timestamp.ts'
import { transactionView } from '../schemas/transaction.ts'
import { HOLD_ANSWERS } from './holds.ts'
import { BALANCE_PROOF, BLOCK, RECEIPT } from './proofs.ts'
import { RIGHTS_ANSWERS } from './rights.ts'
import { HEALTH, SALE, SAMPLE } from './sample.ts'
import { SETTLEMENT_ANSWERS } from './settlement.ts'
import { WEBHOOK_ANSWERS } from './webhooks.ts'

const time = timestampOf(SAMPLE.timeMs)
const stamp = { height: SAMPLE.height, time }
const applied = transactionView(SAMPLE.payment, { status: 'applied', event: SALE })
const cancelled = transactionView(SAMPLE.payment, {
  status: 'cancelled',
  event: { ...SALE, kind: 'payment.cancel' },
})
const pending = transactionView(SAMPLE.payment, { status: 'pending', sinceMs: SAMPLE.timeMs })

const card: CardRecord = {
  id: SAMPLE.card,
  strength: 'weak',
  place: SAMPLE.place,
  batch: 'till',
  state: 'active',
  wallet: SAMPLE.wallet,
}
const asset: AssetRecord = {
  id: SAMPLE.asset,
  code: 'BAR',
  name: 'Bar money',
  category: 'local',
  unit: 'EUR',
  scale: 2,
  issuer: SAMPLE.place,
  transferable: false,
  archived: false,
  cardLimits: {
    weak: { charge: units(2_000), day: units(5_000) },
    secret: { charge: units(5_000), day: units(10_000) },
  },
  supply: units(2_000),
  issued: units(2_000),
  burned: units(0),
}
const balance: BalanceRecord = {
  wallet: SAMPLE.wallet,
  asset: SAMPLE.asset,
  available: units(1_350),
  held: units(0),
  totalIn: units(2_000),
  totalOut: units(650),
}
const balances = [balanceView({ balance, asset })]
const place = placeView({
  id: SAMPLE.place,
  key: SAMPLE.key,
  name: 'Au bon coin',
  wallet: SAMPLE.till,
  status: 'active',
  authority: SAMPLE.operatorKey,
  nodes: [SAMPLE.peerId],
  assets: [SAMPLE.asset],
  accepts: [],
  federations: [SAMPLE.federation],
  debitOrder: ['gift', 'local'],
})
const federation = {
  id: SAMPLE.federation,
  name: 'Riverside',
  admins: [SAMPLE.operatorKey],
  assets: [SAMPLE.asset],
  places: [SAMPLE.place],
  weakCards: true,
}
const open = openPaymentsView(
  [
    {
      id: SAMPLE.payment,
      status: 'pending',
      kind: 'sale',
      till: 'bar-1',
      sinceMs: SAMPLE.timeMs,
      expiresAtMs: SAMPLE.timeMs + 60_000,
      amount: 650,
    },
  ],
  1,
)

/** What is answered when all is well, by the name of its schema in the document; else by operation. */
export const ANSWER_EXAMPLES = {
  AppliedTransaction: applied,
  PendingTransaction: pending,
  BatchSubmissionResults: { results: [{ outcome: applied, replayed: false }] },
  Transaction: applied,
  TakenPayment: applied,
  Cancellation: cancelled,
  Asset: assetView(asset),
  AssetPage: { items: [assetView(asset)], ...stamp },
  Place: place,
  PlacePage: { items: [place], ...stamp },
  Wallet: walletView({ id: SAMPLE.wallet, kind: 'card', keys: [] }),
  BalanceList: { items: balances, ...stamp },
  HistoryPage: { items: [historyEntryView(SAMPLE.wallet, SALE)], ...stamp, next: SAMPLE.cursor },
  Card: cardView(card),
  CardAnswer: { card: cardView(card) },
  CardAccount: {
    ...cardAccountView({
      card,
      balances: [{ balance, asset }],
      memberships: [],
      presences: [],
      holds: [],
    }),
    ...stamp,
  },
  CardBatchAnswer: {
    transaction: pending,
    cards: [{ card: SAMPLE.card, claim: SAMPLE.secret }],
  },
  Federation: federation,
  FederationPage: { items: [federation], ...stamp },
  Block: blockView(BLOCK),
  BlockPage: { items: [blockView(BLOCK)], ...stamp, next: SAMPLE.cursor },
  AuthoritySet: {
    epoch: 1,
    hash: SAMPLE.hash,
    members: [
      {
        index: 0,
        consensusKey: SAMPLE.key,
        operatorKey: SAMPLE.operatorKey,
        peerId: SAMPLE.peerId,
      },
    ],
    ...stamp,
  },
  Network: {
    id: SAMPLE.network,
    node: SAMPLE.peerId,
    name: 'Riverside',
    ruleVersion: 1,
    epoch: 1,
    authorities: 4,
    quorum: 3,
    heartbeatMs: 3_600_000,
    validityMs: { place: 2_592_000_000, wallet: 86_400_000, key: 86_400_000 },
    ...stamp,
  },
  OpenPayments: open,
  Health: healthView(HEALTH),
  Receipt: RECEIPT,
  BalanceProof: BALANCE_PROOF,
  ...HOLD_ANSWERS,
  ...SETTLEMENT_ANSWERS,
  ...RIGHTS_ANSWERS,
  ...WEBHOOK_ANSWERS,
  Alive: { alive: true },
  getOpenApi: { openapi: '3.1.0' },
  getMetrics: `kermesse_height ${SAMPLE.height}\n`,
  streamEvents: `id: 3mv-2\nevent: transaction\ndata: ${JSON.stringify(applied)}\n\n`,
} as const
