import { describe, expect, test } from 'vitest'
import { deriveId } from '#protocol/id.ts'
import { AssetCreate, AssetUpdate } from '#protocol/transaction/kinds/asset.ts'
import { SAMPLE_BODIES } from '../samples.ts'

const place = SAMPLE_BODIES['asset.create']
const { place: _, grant: __, federations, vat, issueLimits, ...terms } = place
const federated = {
  ...terms,
  category: 'federated',
  federation: deriveId('fed', 'riverside'),
  gateway: SAMPLE_BODIES['wallet.open'].key,
}
const { cap: ___, lease, ...plain } = terms
const membership = {
  ...plain,
  place: place.place,
  category: 'membership',
  unit: 'membership',
  scale: 0,
  transferable: false,
  periodMs: 86_400_000,
}
const { periodMs: ____, ...untimed } = membership
const badge = { ...untimed, category: 'badge', unit: 'badge' }

describe('an asset comes into being', () => {
  test.each([
    ['as a place’s own', place],
    ['as a federation’s', federated],
    ['as a federation’s with a limit a day', { ...federated, issueLimits: { day: 1 } }],
    ['as a membership', membership],
    ['as a membership that is shared', { ...membership, federations }],
    ['as a badge', badge],
  ])('%s', (_name, body) => {
    expect(AssetCreate.safeParse(body).success).toBe(true)
  })

  test.each([
    ['of nobody', terms],
    ['of a place and a federation', { ...federated, place: place.place }],
    ['of a federation without its gateway', { ...federated, gateway: undefined }],
    ['of a place with a gateway', { ...place, gateway: federated.gateway }],
    ['under a grant of no place', { ...federated, grant: place.grant }],
    ['with a VAT nature that is no voucher', { ...place, category: 'points', unit: 'point' }],
    ['federated and a voucher', { ...federated, vat }],
    ['federated and shared elsewhere', { ...federated, federations }],
    ['federated with a second minter', { ...federated, issueLimits }],
    [
      'shared twice in one federation',
      { ...place, federations: [federations?.[0], federations?.[0]] },
    ],
    ['with a period that is no membership', { ...place, periodMs: 86_400_000 }],
    ['counted in memberships', { ...place, unit: 'membership' }],
    ['counted in badges', { ...place, unit: 'badge' }],
    ['a membership for ever', { ...untimed }],
    ['a membership of hours', { ...membership, periodMs: 86_399_999 }],
    ['a membership beyond ten years', { ...membership, periodMs: 315_360_000_001 }],
    ['a membership in euros', { ...membership, unit: 'EUR' }],
    ['a membership in parts', { ...membership, scale: 2 }],
    ['a membership to pass on', { ...membership, transferable: true }],
    ['a membership with a supply', { ...membership, cap: 1 }],
    ['a membership for lease', { ...membership, lease }],
    ['a membership with issue limits', { ...membership, issueLimits: {} }],
    ['a badge for a time', { ...badge, periodMs: 86_400_000 }],
    ['a badge with a supply', { ...badge, cap: 1 }],
    ['leased for longer than a month', { ...place, lease: { cap: 1, durationMs: 2_678_400_001 } }],
  ])('not %s', (_name, body) => {
    expect(AssetCreate.safeParse(body).success).toBe(false)
  })
})

test('an update names a grant only with its place', () => {
  const update = SAMPLE_BODIES['asset.update']
  expect(AssetUpdate.safeParse({ ...update, place: undefined }).success).toBe(false)
})
