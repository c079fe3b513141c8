import type { Paired, PairingAnswer, Pairings } from '#api/ports/pairing.ts'
import { placeIdOfKey } from '#protocol/derive.ts'
import { GrantId, type NetworkId, type PlaceId } from '#protocol/id.ts'
import type { NodeOperations, Secrets } from '../control/operations.ts'
import { commandExpiryMs } from '../control/settle.ts'
import { tillBound } from '../desk/till-bound.ts'
import { keyOfSeed } from '../keys/key-of-seed.ts'
import type { ClaimedPairing, PairingStore } from './pairing-store.ts'

export type PairTillParts = {
  readonly store: Pick<PairingStore, 'claim' | 'granted'>
  readonly submit: NodeOperations['submit']
  readonly secrets: Pick<Secrets, 'get'>
  readonly networkId: NetworkId
}

/**
 * A code becomes a grant: bound to the key that shows it, with the payment id of the grant, on disk;
 * then signed by the place key under that id, so that a second try, or one after a power cut, finds the
 * first; then remembered with the grant.
 */
export const createPairings = (parts: PairTillParts): Pairings => ({
  pair: async ({ code, key }, waitMs) => {
    const seed = parts.secrets.get('place')
    // Only a venue makes codes.
    if (seed === undefined) return { kind: 'not_paired', code: 'pairing_unknown' }
    const claim = await parts.store.claim(code, key)
    if (!claim.ok) return { kind: 'not_paired', code: claim.code }
    const { pairing } = claim
    const place = placeIdOfKey(keyOfSeed(seed))
    if (pairing.grant !== undefined) {
      return pairedOf(parts, pairing, { place, grant: pairing.grant, replayed: true })
    }
    return await grantTo(parts, pairing, { place, waitMs })
  },
})

const grantTo = async (
  parts: PairTillParts,
  pairing: ClaimedPairing,
  { place, waitMs }: { readonly place: PlaceId; readonly waitMs: number },
): Promise<PairingAnswer> => {
  const { claimed, terms } = pairing
  const { assets, notAfterMs } = terms
  const answer = await parts.submit({
    id: claimed.id,
    as: 'place',
    body: {
      kind: 'grant.issue',
      place,
      grantee: claimed.key,
      actions: terms.actions,
      ...(assets !== undefined && { assets }),
      ...tillBound(terms.till, terms.actions),
      caps: terms.caps,
      ...(notAfterMs !== undefined && { notAfterMs }),
    },
    expMs: commandExpiryMs(claimed.id),
    waitMs,
  })
  if (answer.kind !== 'outcome') return answer
  const { id, state, replayed } = answer
  if (state.status === 'expired') return { kind: 'not_paired', code: 'pairing_expired' }
  if (state.status !== 'applied') return { kind: 'outcome', id, state, replayed }
  const grant = GrantId.parse(state.event.created[0])
  await parts.store.granted(pairing, grant)
  return pairedOf(parts, pairing, { place, grant, replayed })
}

const pairedOf = (
  { networkId }: PairTillParts,
  { terms }: ClaimedPairing,
  granted: Pick<Paired, 'place' | 'grant' | 'replayed'>,
): Paired => ({
  kind: 'paired',
  ...granted,
  till: terms.till,
  actions: terms.actions,
  network: networkId,
})
