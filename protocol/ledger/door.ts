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

/** What the door found out: in whose name, and the key and the end of the record that is to remember the id. */
export type Admitted = {
  readonly acting: Acting
  readonly paymentKey: string
  readonly untilMs: number
}

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
  const key = paymentKey(acting.scope, jti)
  const parameters = parametersOf(view)
  const untilMs = untilOf(idTimeMs, acting, parameters)
  const code =
    judgeTimes(transaction, { idTimeMs, untilMs, parameters, blockTimeMs }) ??
    judgeIdentity(view, transaction, key)
  return code === undefined ? { ok: true, acting, paymentKey: key, untilMs } : { ok: false, code }
}

/**
 * Until when an id is remembered. Nothing can come under it afterwards: an expiry lies at most here,
 * and block time never falls.
 */
export const rememberedUntilMs = (
  id: PaymentId,
  acting: Pick<Acting, 'kind'>,
  parameters: Parameters,
): number => untilOf(paymentIdTimeMs(id), acting, parameters)

function untilOf(
  idTimeMs: number,
  { kind }: Pick<Acting, 'kind'>,
  { validityMs }: Parameters,
): number {
  return idTimeMs + validityMs[kind]
}

type Times = {
  readonly idTimeMs: number
  readonly untilMs: number
  readonly parameters: Parameters
  readonly blockTimeMs: number
}

function judgeTimes(
  { expMs, consents }: VerifiedTransaction,
  { idTimeMs, untilMs, parameters, blockTimeMs }: Times,
): DoorCode | undefined {
  if (idTimeMs > blockTimeMs + parameters.maxClockSkewMs) return 'not_yet_valid'
  if (expMs > untilMs) return 'validity_too_long'
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
