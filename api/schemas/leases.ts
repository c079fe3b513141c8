import { z } from 'zod'
import { AssetId, HoldId, Key } from '#protocol/id.ts'
import { Label } from '#protocol/transaction/kinds/terms.ts'
import { PaymentId } from '#protocol/transaction/payment-id.ts'
import { HEALTH_MODES } from '../ports/health.ts'
import {
  CAPTURE_STATES,
  type CaptureQuery,
  type JournalledCapture,
  type LeaseReport,
} from '../ports/holds.ts'
import { HoldView, page } from './holds.ts'
import { ListQuery, pageQueryOf } from './list.ts'
import { Timestamp, timestampOf } from './timestamp.ts'

const Quantity = z.int().min(0)

/** Of one asset, over all leases that can be captured from now, in smallest units. */
const LeaseTotalView = z
  .strictObject({
    asset: AssetId,
    leases: Quantity,
    cap: Quantity.describe('Set apart when they were opened'),
    captured: Quantity.describe('Of it paid to this place, in final blocks'),
    onTheWay: Quantity.describe('Captured by this node, and in no final block yet'),
    left: Quantity.describe('What can still be captured'),
  })
  .meta({ id: 'LeaseTotal' })

const PolicyView = z
  .strictObject({
    enabled: z.boolean().describe('In the settings of the node'),
    granted: z.boolean().describe('Whether the node has its right: `kermesse lease enable`'),
    closed: z.boolean().describe('After `kermesse lease close`: nothing is opened for now'),
    amount: z.int().min(1).describe('Most of one card and asset, in smallest units'),
    minutes: z.int().min(1).describe('How long each lasts'),
  })
  .meta({ id: 'LeasePolicy' })

/** What this node has against being cut off. `items`: the leases that it can capture from now. */
export const LeasesView = z
  .strictObject({
    mode: z.enum(HEALTH_MODES),
    policy: PolicyView,
    key: Key.optional().describe('A hold that names it is captured by this node'),
    stateTime: Timestamp.describe(
      'Blocked cards, rights and balances are known as of then. Online, nobody knows of anything newer',
    ),
    stateAgeSeconds: Quantity,
    totals: z.array(LeaseTotalView).readonly(),
    items: z.array(HoldView).readonly(),
    ...page,
  })
  .meta({ id: 'Leases' })

export const leasesFacts = (
  { mode, policy, key, stateAgeMs, totals }: LeaseReport,
  stateMs: number,
) => ({
  mode,
  policy,
  ...(key !== undefined && { key }),
  stateTime: timestampOf(stateMs),
  stateAgeSeconds: Math.floor(stateAgeMs / 1_000),
  totals,
})

const CaptureStateView = z.enum(CAPTURE_STATES)

/** One promise of this node. Who paid is read with the payment, where that is on the ledger. */
const LeaseCaptureView = z
  .strictObject({
    id: PaymentId,
    state: CaptureStateView,
    hold: HoldId,
    asset: AssetId.optional(),
    amount: z.int().min(1),
    till: Label.optional(),
    captured: Timestamp.describe('When the node promised it'),
    code: z.string().optional().describe('Why it was lost'),
  })
  .meta({ id: 'LeaseCapture' })

const Sum = z.strictObject({ captures: Quantity, amount: Quantity })
const CaptureTotalView = z
  .strictObject({ asset: AssetId.optional(), on_the_way: Sum, final: Sum, lost: Sum })
  .meta({ id: 'CaptureTotal' })

/** `totals`: of all that the filters leave, not of the page alone. */
export const LeaseCapturesView = z
  .strictObject({
    totals: z.array(CaptureTotalView).readonly(),
    items: z.array(LeaseCaptureView).readonly(),
    ...page,
  })
  .meta({ id: 'LeaseCaptures' })

/** Each narrows the list, and its totals. */
export const CaptureFilter = z.strictObject({
  state: CaptureStateView.optional(),
  till: Label.optional(),
})
export const CapturesQuery = z.strictObject({ ...ListQuery.shape, ...CaptureFilter.shape })

export const captureQueryOf = (
  place: CaptureQuery['place'],
  { state, till, ...query }: z.infer<typeof CapturesQuery>,
): CaptureQuery => ({
  ...pageQueryOf(query),
  place,
  ...(state && { state }),
  ...(till && { till }),
})

export const leaseCaptureView = ({
  capturedMs,
  ...capture
}: JournalledCapture): z.infer<typeof LeaseCaptureView> => ({
  ...capture,
  captured: timestampOf(capturedMs),
})
