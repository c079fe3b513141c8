import type { Caller } from '#api/ports/caller.ts'
import type { Unclear } from '#api/ports/outcome.ts'
import { chainOf } from '#protocol/ledger/rights.ts'
import type { GrantRecord } from '#protocol/state/record.ts'
import type { DeskParts } from './desk-parts.ts'
import type { Signer } from './key-ring.ts'

export type PlaceSigner = { readonly ok: true; readonly signer: Signer } | Unclear

/**
 * The place's own key, for a caller whose grants bound neither assets nor amounts: what this key signs the
 * ledger counts under no grant, so that a bounded one would be worth more here than it says.
 */
export const placeSignerFor = (parts: DeskParts, { place, grant }: Caller): PlaceSigner => {
  const view = parts.view()
  if (chainOf(view, grant).some(isBounded)) return GRANT_BOUNDED
  const signer = parts.keys('place')
  // A place whose key was exchanged for one that is kept elsewhere signs there.
  if (signer === undefined || view.get('place', place)?.key !== signer.signerKey) {
    return PLACE_KEY_MISSING
  }
  return { ok: true, signer }
}

const isBounded = ({ assets, caps }: GrantRecord): boolean =>
  assets !== undefined || Object.values(caps).some((cap) => cap !== undefined)

const GRANT_BOUNDED = { kind: 'unclear', code: 'grant_bounded' } as const satisfies Unclear
const PLACE_KEY_MISSING = { kind: 'unclear', code: 'place_key_missing' } as const satisfies Unclear
