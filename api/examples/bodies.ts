import type { z } from 'zod'
import { utf8 } from '#protocol/bytes.ts'
import { encodeBase64url } from '#text-encoding'
import type { BatchBody, LinkBody, ReplaceBody } from '../schemas/card-orders.ts'
import type {
  CardBody,
  CashoutBody,
  PaymentBody,
  RefundBody,
  TopUpBody,
} from '../schemas/orders.ts'
import { HOLD_BODIES } from './holds.ts'
import { RIGHTS_BODIES } from './rights.ts'
import { SAMPLE } from './sample.ts'
import { SETTLEMENT_BODIES } from './settlement.ts'
import { WEBHOOK_BODIES } from './webhooks.ts'

/** In the form of a compact JWS; nobody signed it. */
const JWS = [{ alg: 'EdDSA' }, { jti: SAMPLE.payment }, 'signature']
  .map((part) => encodeBase64url(utf8(JSON.stringify(part))))
  .join('.')

/** What is posted, by the name that its schema has in the document; else by operation. */
export const BODY_EXAMPLES = {
  PaymentInput: {
    id: SAMPLE.payment,
    payers: [{ tag: SAMPLE.tag }],
    amount: 650,
  } satisfies z.input<typeof PaymentBody>,
  RefundInput: { id: SAMPLE.refund, amount: 650 } satisfies z.input<typeof RefundBody>,
  TopUpInput: { id: SAMPLE.payment, tag: SAMPLE.tag, amount: 2_000 } satisfies z.input<
    typeof TopUpBody
  >,
  CardRegistrationInput: { tag: SAMPLE.tag, activate: true } satisfies z.input<typeof CardBody>,
  CashoutInput: { id: SAMPLE.payment, secret: SAMPLE.secret, amount: 500 } satisfies z.input<
    typeof CashoutBody
  >,
  CardBatchInput: {
    id: SAMPLE.payment,
    batch: 'spring',
    strength: 'weak',
    cards: [{ tag: SAMPLE.tag }],
    claims: true,
  } satisfies z.input<typeof BatchBody>,
  CardReplacementInput: { with: { tag: '04A1B2C4' }, claim: SAMPLE.secret } satisfies z.input<
    typeof ReplaceBody
  >,
  CardLinkInput: { transaction: JWS } satisfies z.input<typeof LinkBody>,
  ...HOLD_BODIES,
  ...SETTLEMENT_BODIES,
  ...RIGHTS_BODIES,
  ...WEBHOOK_BODIES,
  submitTransaction: { transaction: JWS },
  BatchSubmissionInput: { transactions: [JWS] },
  cancelPayment: {},
} as const

/** What is posted as `application/jose`, as it is. */
export const JOSE_EXAMPLE = JWS
