import { z } from 'zod'
import { PlaceId } from '#protocol/id.ts'
import { Label } from '#protocol/transaction/kinds/terms.ts'
import { Timestamp } from './timestamp.ts'
import { AppliedView, RefusedView } from './transaction.ts'

const till = Label.optional().describe('Label of the grant that signed it; to its own place alone')

/** What a stream and a webhook tell of a transaction, and of a block. */
const AppliedEvent = z.strictObject({ ...AppliedView.shape, till })
const RefusedEvent = z.strictObject({
  ...RefusedView.omit({ asset: true, legs: true }).shape,
  recorded: z.literal(true),
  kind: z.string(),
  place: PlaceId.optional(),
  till,
})
const BlockEvent = z.strictObject({
  height: z.int().min(0),
  time: Timestamp,
  transactions: z.int().min(0),
})

const enveloped = {
  timestamp: Timestamp.describe('Block time of the event'),
  cursor: z.string().describe('Its place in the stream: resume or replay after it'),
}

/** The body of a delivery, by its type. */
export const WEBHOOK_MESSAGES = {
  'transaction.applied': z.strictObject({
    type: z.literal('transaction.applied'),
    ...enveloped,
    data: AppliedEvent,
  }),
  'transaction.refused': z.strictObject({
    type: z.literal('transaction.refused'),
    ...enveloped,
    data: RefusedEvent,
  }),
  'block.final': z.strictObject({
    type: z.literal('block.final'),
    ...enveloped,
    data: BlockEvent,
  }),
  'webhook.test': z.strictObject({
    type: z.literal('webhook.test'),
    timestamp: Timestamp,
    data: z.strictObject({ webhook: z.string() }),
  }),
} as const
