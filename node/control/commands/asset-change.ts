import { z } from 'zod'
import { AssetId } from '#protocol/id.ts'
import type { AssetRecord } from '#protocol/state/record.ts'
import { type AssetUpdate, assetTerms } from '#protocol/transaction/kinds/asset.ts'
import { PaymentId } from '#protocol/transaction/payment-id.ts'
import { defineCommand, done, failure } from '../command.ts'
import { ownPlace } from '../own-place.ts'
import { settle } from '../settle.ts'

const { name, cap, transferable, vat, lease, issueLimits, federations } = assetTerms

/** What is said anew; of a term that may be absent, null takes it away. What is not named stays. */
const AssetChanges = z.strictObject({
  asset: AssetId,
  id: PaymentId.optional(),
  name: name.optional(),
  transferable: transferable.optional(),
  cap: cap.nullable(),
  vat: vat.nullable(),
  lease: lease.nullable(),
  issueLimits: issueLimits.nullable(),
  federations: federations.nullable(),
})
type AssetChanges = z.infer<typeof AssetChanges>

/** Changes terms of one of the venue's currencies. */
export const updateAsset = defineCommand(AssetChanges, async (changes, operations) => {
  const own = ownPlace(operations)
  if (!own.ok) return own
  const record = operations.view().get('asset', changes.asset)
  if (record === undefined) {
    const todo = 'see: kermesse asset list'
    return failure('failed', 'asset_unknown', 'the ledger here does not know this asset', todo)
  }
  const body = {
    kind: 'asset.update',
    place: own.place.id,
    ...termsAfter(record, changes),
  } as const
  const settled = await settle(operations, { id: changes.id, as: 'place', body })
  return settled.ok ? done({ asset: changes.asset, height: settled.event.height }) : settled
})

/** Ends one of the venue's currencies, for ever. */
export const archiveAsset = defineCommand(
  z.strictObject({ asset: AssetId, id: PaymentId.optional() }),
  async ({ asset, id }, operations) => {
    const own = ownPlace(operations)
    if (!own.ok) return own
    const body = { kind: 'asset.archive', place: own.place.id, asset } as const
    const settled = await settle(operations, { id, as: 'place', body })
    return settled.ok ? done({ asset, archived: true, height: settled.event.height }) : settled
  },
)

const termsAfter = (
  record: AssetRecord,
  changes: AssetChanges,
): Omit<AssetUpdate, 'kind' | 'place' | 'grant'> => ({
  asset: record.id,
  name: changes.name ?? record.name,
  cap: after(record.cap, changes.cap),
  transferable: changes.transferable ?? record.transferable,
  cardLimits: record.cardLimits,
  vat: after(record.vat, changes.vat),
  lease: after(record.lease, changes.lease),
  issueLimits: after(record.issueLimits, changes.issueLimits),
  federations: after(record.federations, changes.federations),
})

const after = <T>(present: T | undefined, change: T | null | undefined): T | undefined =>
  change === undefined ? present : (change ?? undefined)
