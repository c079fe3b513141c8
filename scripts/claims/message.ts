import { z } from 'zod'
import { ClaimOutcome } from '#test/claims/claim.ts'

/** What the process of a claim tells the runner. */
export const ClaimMessage = z.discriminatedUnion('tag', [
  z.strictObject({ tag: z.literal('progress'), text: z.string() }),
  z.strictObject({ tag: z.literal('outcome'), outcome: ClaimOutcome }),
])
export type ClaimMessage = z.infer<typeof ClaimMessage>
