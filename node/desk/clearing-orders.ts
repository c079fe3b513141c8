import type { Errand } from '#api/ports/desk.ts'
import type { ClearingBody, ClearingProposal, SettlementDesk } from '#api/ports/settlement-desk.ts'
import type { PlaceId } from '#protocol/id.ts'
import { parametersOf } from '#protocol/ledger/network.ts'
import { paymentKey } from '#protocol/ledger/payment-key.ts'
import { TransactionBody } from '#protocol/transaction/kinds/transaction-body.ts'
import { termsOf } from '#protocol/transaction/operator-terms.ts'
import { type PaymentId, paymentIdTimeMs } from '#protocol/transaction/payment-id.ts'
import { signConsent } from '#protocol/transaction/sign.ts'
import { actingIn, always, type OpenDesk, ORDER_MISMATCH, orderOf } from './desk-parts.ts'
import { placeSignerFor } from './place-signer.ts'

type ClearingOrders = Pick<SettlementDesk, 'proposeClearing' | 'agreeToClearing' | 'clear'>

/**
 * What two places set off: the one proposes, the other's key agrees to exactly that, and the one has it
 * recorded. Nothing is kept in between but what both hold in their hands.
 */
export const createClearingOrders = (parts: OpenDesk): ClearingOrders => ({
  proposeClearing: ({ id, terms }, errand) => {
    const body: ClearingBody = { ...terms, ...actingIn(errand.caller) }
    if (!TransactionBody.safeParse(body).success) return { kind: 'turned_away', code: 'malformed' }
    const proposal = { id, body, expiresAtMs: lapsesAtMs(parts, id) }
    return { kind: 'proposal', proposal, terms: termsOf(body) }
  },
  agreeToClearing: ({ id, body, expiresAtMs }, errand) => {
    if (otherPlaceOf(parts, body) !== errand.caller.place) return ORDER_MISMATCH
    const found = placeSignerFor(parts, errand.caller)
    if ('kind' in found) return found
    const { signerKey, sign } = found.signer
    const consent = signConsent({
      networkId: parts.networkId,
      signerKey,
      sign,
      exp: Math.floor(Math.min(expiresAtMs, lapsesAtMs(parts, id)) / 1_000),
      jti: id,
      agree: { kind: body.kind, place: body.place, terms: termsOf(body) },
    })
    return { kind: 'consent', consent }
  },
  clear: async ({ proposal, consent }, errand: Errand) => {
    const { id, body }: ClearingProposal = proposal
    // The consent names the grant too: under another one it would be to something else.
    const { place, grant } = errand.caller
    if (body.place !== place || body.grant !== grant) return ORDER_MISMATCH
    const order = orderOf(parts, errand, { id, ...always(body), foreign: [consent] })
    return parts.orders.place(order, errand)
  },
})

/** Whose agreement a clearing needs; undefined when there is no such clearing. */
const otherPlaceOf = ({ view }: OpenDesk, body: ClearingBody): PlaceId | undefined => {
  if (body.kind === 'clearing.open') return body.other
  const record = view().get('clearing', paymentKey(body.opener, body.clearing))
  if (record?.place === body.place) return record.other
  return record?.other === body.place ? record.place : undefined
}

/** From then on the id can be in no block. */
const lapsesAtMs = ({ view }: OpenDesk, id: PaymentId): number =>
  paymentIdTimeMs(id) + parametersOf(view()).validityMs.place
