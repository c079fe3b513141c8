import type { z } from 'zod'
import type { BalanceProof as BalanceProofSchema } from '#protocol/proof/balance-proof.ts'
import type { Receipt as ReceiptSchema } from '#protocol/proof/receipt.ts'
import type { Agreement as AgreementSchema } from '#protocol/transaction/consent.ts'
import type { TransactionBody as TransactionBodySchema } from '#protocol/transaction/kinds/transaction-body.ts'
import type { Problem as ProblemSchema } from '../problem/problem.ts'
import type { CardAccountView, CardAnswerView } from '../schemas/cards.ts'
import type { NetworkView } from '../schemas/chain.ts'
import type { HealthView } from '../schemas/health.ts'
import type { CaptureBody, HoldBody, ReleaseBody } from '../schemas/hold-orders.ts'
import type {
  HoldAnswer,
  HoldFilter as HoldFilterSchema,
  HoldPage,
  WalletHolds,
} from '../schemas/holds.ts'
import type { CaptureFilter, LeaseCapturesView, LeasesView } from '../schemas/leases.ts'
import type { OpenPaymentsView } from '../schemas/open-payments.ts'
import type {
  CardActionBody,
  CardBody,
  CashoutBody,
  PaymentBody,
  RefundBody,
  TopUpBody,
} from '../schemas/orders.ts'
import type { AssetPage, BalanceList, HistoryPage } from '../schemas/pages.ts'
import type {
  AppliedView,
  CancelledView,
  CapturedView,
  ExpiredView,
  LostView,
  PendingView,
  RefusedView,
  TransactionView,
} from '../schemas/transaction.ts'

/*
 * What goes over the wire, derived from the schemas that nodes judge it by: the side that is sent.
 * Only types: no schema and no zod is in the client.
 */

export type PaymentOrder = z.input<typeof PaymentBody>
export type RefundOrder = z.input<typeof RefundBody>
export type TopUpOrder = z.input<typeof TopUpBody>
export type HoldOrder = z.input<typeof HoldBody>
export type HoldCaptureOrder = z.input<typeof CaptureBody>
export type HoldReleaseOrder = z.input<typeof ReleaseBody>
export type CardOrder = z.input<typeof CardBody>
export type CardActionOrder = z.input<typeof CardActionBody>
export type CashoutOrder = z.input<typeof CashoutBody>

export type AppliedTransaction = z.input<typeof AppliedView>
export type RefusedTransaction = z.input<typeof RefusedView>
export type CancelledTransaction = z.input<typeof CancelledView>
export type ExpiredTransaction = z.input<typeof ExpiredView>
export type LostTransaction = z.input<typeof LostView>
export type CapturedTransaction = z.input<typeof CapturedView>
export type PendingTransaction = z.input<typeof PendingView>
export type Transaction = z.input<typeof TransactionView>
export type OpenPayments = z.input<typeof OpenPaymentsView>
export type CardAnswer = z.input<typeof CardAnswerView>
export type CardAccount = z.input<typeof CardAccountView>
export type Balances = z.input<typeof BalanceList>
export type History = z.input<typeof HistoryPage>
export type Hold = z.input<typeof HoldAnswer>
export type HoldList = z.input<typeof HoldPage>
export type HoldFilter = z.input<typeof HoldFilterSchema>
export type WalletHoldList = z.input<typeof WalletHolds>
export type LeaseState = z.input<typeof LeasesView>
export type LeaseCaptureList = z.input<typeof LeaseCapturesView>
export type LeaseCaptureFilter = z.input<typeof CaptureFilter>
export type Assets = z.input<typeof AssetPage>
export type Network = z.input<typeof NetworkView>
export type Health = z.input<typeof HealthView>
export type Receipt = z.input<typeof ReceiptSchema>
export type BalanceProof = z.input<typeof BalanceProofSchema>
export type Problem = z.input<typeof ProblemSchema>

/** What a till that signs for itself may sign. */
export type TransactionBody = z.input<typeof TransactionBodySchema>
export type Agreement = z.input<typeof AgreementSchema>
