import { z } from 'zod'
import { FORGET_PER_BLOCK_MAX, REFUSED_PER_HOUR_MAX, WALLETS_PER_DAY_MAX } from '../../limits.ts'

/**
 * What the authorities may change of what the network agreed on: bounds of use, which nothing that is
 * on the ledger leans on. Those named change. Under the threshold.
 */
export const ParameterChange = z
  .strictObject({
    kind: z.literal('parameter.change'),
    refusedPerHour: z.int().min(1).max(REFUSED_PER_HOUR_MAX).optional(),
    walletsPerDay: z.int().min(1).max(WALLETS_PER_DAY_MAX).optional(),
    forgetPerBlock: z.int().min(1).max(FORGET_PER_BLOCK_MAX).optional(),
  })
  .refine(
    ({ refusedPerHour, walletsPerDay, forgetPerBlock }) =>
      [refusedPerHour, walletsPerDay, forgetPerBlock].some((one) => one !== undefined),
    { error: 'nothing is changed' },
  )
export type ParameterChange = z.infer<typeof ParameterChange>
