import type { Parameters } from '../state/parameters.ts'
import type { VerifiedTransaction } from '../transaction/envelope.ts'
import type { DoorCode } from '../transaction/outcome.ts'
import { type PaymentId, paymentIdTimeMs } from '../transaction/payment-id.ts'
import { parametersOf } from './network.ts'
import { paymentKey } from './payment-key.ts'
import { type Acting, actingOf, endedBefore, heldAnotherAt } from './scope.ts'
import type { View } from './view.ts'

export type DoorJudgement =
  | { readonly ok: true; readonly acting: Acting }
  | { readonly ok: false; readonly code: DoorCode }

/** What the door found out: in whose name, and the key of the record that is to remember the id. */
export type Admitted = { readonly acting: Acting; readonly paymentKey: string }

/**
 * Whether a block of this time may contain the transaction at all, in the order of DOOR_CODES from
 * `signer_unknown` on (a batch of several scopes is `malformed`). An expired consent expires its
 * transaction. `refusals_exhausted` is known only after a refusal: see apply.
 */
export const judgeDoor = (
  view: View,
  transaction: VerifiedTransaction,
  blockTimeMs: number,
): (DoorJudgement & { readonly ok: false }) | (Admitted & { readonly ok: true }) => {
  const acting = actingOf(view, transaction.signer, transaction.body)
  if (typeof acting === 'string') return { ok: false, code: acting }
  const { signer, body, jti } = transaction
  const idTimeMs = paymentIdTimeMs(jti)
  if (endedBefore(view, body, idTimeMs) || heldAnotherAt(view, signer, { acting, idTimeMs })) {
    return { ok: false, code: 'signer_unknown' }
  }
  const key = paymentKey(acting.scope, transaction.jti)
  const code =
    judgeTimes(transaction, acting, { parameters: parametersOf(view), blockTimeMs }) ??
    judgeIdentity(view, transaction, key)
  return code === undefined ? { ok: true, acting, paymentKey: key } : { ok: false, code }
}

/**
 * Until when an id is remembered. Nothing can come under it afterwards: an expiry lies at most here,
 * and block time never falls.
 */
export const rememberedUntilMs = (
  id: PaymentId,
  acting: Pick<Acting, 'kind'>,
  parameters: Parameters,
): number => paymentIdTimeMs(id) + parameters.validityMs[acting.kind]

function judgeTimes(
  { jti, expMs, consents }: VerifiedTransaction,
  acting: Acting,
  { parameters, blockTimeMs }: { readonly parameters: Parameters; readonly blockTimeMs: number },
): DoorCode | undefined {
  if (paymentIdTimeMs(jti) > blockTimeMs + parameters.maxClockSkewMs) return 'not_yet_valid'
  if (expMs > rememberedUntilMs(jti, acting, parameters)) return 'validity_too_long'
  if (blockTimeMs >= expMs) return 'expired'
  return consents.some((consent) => blockTimeMs >= consent.expMs) ? 'expired' : undefined
}

/** One kind never signs an id twice; another kind under the same id came too late. */
function judgeIdentity(
  view: View,
  { hash, body }: VerifiedTransaction,
  key: string,
): DoorCode | undefined {
  const known = view.get('payment', key)
  if (known === undefined) return undefined
  return known.hash === hash || known.kind !== body.kind ? 'duplicate' : 'id_reused'
}
