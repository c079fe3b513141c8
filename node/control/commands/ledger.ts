import { z } from 'zod'
import { assetTotals } from '../asset-totals.ts'
import { defineCommand, done } from '../command.ts'

/** What there is of every asset, and where it is. */
export const showTotals = defineCommand(z.strictObject({}), async (_, operations) => {
  const { height, timeMs } = operations.head()
  return done({ height, time: new Date(timeMs).toISOString(), assets: assetTotals(operations) })
})
