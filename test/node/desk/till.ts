import type { SubmissionAnswer } from '#api/ports/outcome.ts'
import { units } from '#protocol/amount.ts'
import { utf8 } from '#protocol/bytes.ts'
import { hashOf } from '#protocol/hash.ts'
import type { TransactionBody } from '#protocol/transaction/kinds/transaction-body.ts'
import type { PaymentId } from '#protocol/transaction/payment-id.ts'
import { signTransaction } from '#protocol/transaction/sign.ts'
import { commitmentOf, TagUid } from '#protocol/transaction/tag.ts'
import { TAG } from './bar.ts'
import { type Bar, TAG_KEY, TILL } from './solo-node.ts'

/** A transaction that the till signs itself. */
export const signed = (
  { node }: Bar,
  body: TransactionBody,
  {
    id = node.newId(),
    lifeMs = 60_000,
    consents = [],
  }: {
    readonly id?: PaymentId
    readonly lifeMs?: number
    readonly consents?: readonly string[]
  } = {},
): string =>
  signTransaction({
    networkId: node.origin.networkId,
    signerKey: TILL.key,
    sign: TILL.sign,
    exp: Math.floor((node.clock.wallMs() + lifeMs) / 1_000),
    jti: id,
    body,
    consents,
  })

export const saleBody = ({ place, caller: { grant } }: Bar, amount: number): TransactionBody => ({
  kind: 'sale',
  place,
  grant,
  payers: [{ card: commitmentOf(TAG_KEY, TagUid.parse(TAG)) }],
  amount: units(amount),
  unit: 'EUR',
  scale: 2,
})

export const submit = (bar: Bar, text: string, waitMs = 5_000): Promise<SubmissionAnswer> =>
  bar.node.submissions.submit(text, { waitMs, signal: new AbortController().signal })

/** The transaction comes to the authorities by another node: the desk here hears of it in a block. */
export const submitElsewhere = ({ node }: Bar, text: string, id: PaymentId): void => {
  const nowMs = node.clock.wallMs()
  node.core.outbox.submit(
    {
      hash: hashOf(utf8(text)),
      text,
      id,
      scope: 'elsewhere',
      kind: 'sale',
      expMs: nowMs + 60_000,
      sinceMs: nowMs,
    },
    () => undefined,
  )
}
