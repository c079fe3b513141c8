import { z } from 'zod'
import { Problem } from '../problem/problem.ts'
import { TransactionView } from './transaction.ts'

/** What became of one of several: an outcome, or why it was turned away and nothing of it was kept. */
const SubmissionView = z
  .union([
    z.strictObject({ outcome: TransactionView, replayed: z.boolean() }),
    z.strictObject({ problem: Problem }),
  ])
  .meta({ id: 'SubmissionResult' })
export type SubmissionView = z.infer<typeof SubmissionView>

/** In the order of what was submitted. */
export const BatchSubmissionView = z
  .strictObject({ results: z.array(SubmissionView).readonly() })
  .meta({ id: 'BatchSubmissionResults' })
export type BatchSubmissionView = z.infer<typeof BatchSubmissionView>
