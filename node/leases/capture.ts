import type { Hash } from '#protocol/hash.ts'
import type { GrantId, HoldId, Key, NetworkId, PlaceId } from '#protocol/id.ts'
import { lastGapMs, releaseAtMs } from '#protocol/ledger/hold.ts'
import { parametersOf } from '#protocol/ledger/network.ts'
import type { View } from '#protocol/ledger/view.ts'
import type { HoldRecord } from '#protocol/state/record-hold.ts'
import type { HoldCapture } from '#protocol/transaction/kinds/hold.ts'
import { type PaymentId, paymentIdTimeMs } from '#protocol/transaction/payment-id.ts'
import { signParsed } from '#protocol/transaction/sign-parsed.ts'
import { contentOf } from '../desk/content.ts'
import type { Signer } from '../desk/key-ring.ts'
import type { OutboxEntry } from '../outbox/outbox.ts'
import type { StoredCapture } from '../storage/local-facts.ts'

/** What a till asks for. `id` is the payment's own: of a sale tried before, if there was one. */
export type CaptureOrder = {
  readonly place: PlaceId
  readonly hold: HoldId
  readonly amount: HoldCapture['amount']
  readonly id: PaymentId
  /** Of a payment that is taken this way: hash of what was asked for, and where. */
  readonly content?: Hash | undefined
  readonly till?: string | undefined
  /** Whose caps it counts under; absent: it is the place's own. */
  readonly grant?: GrantId | undefined
}

/** Why a node captures nothing. In the order it judges. */
export type CaptureRefusal =
  | 'hold_unknown'
  | 'hold_elsewhere'
  | 'hold_closed'
  | 'lease_over'
  | 'id_not_yet_valid'
  | 'id_lapses'
  | 'id_used'
  | 'hold_cap_exceeded'
  | 'grant_cap_exceeded'
  | 'journal_full'

/** `accepted`: on disk, and to be brought to the ledger. Nothing but the disk stood between. */
export type CaptureAnswer =
  | { readonly kind: 'accepted'; readonly replayed: boolean }
  | { readonly kind: 'refused'; readonly code: CaptureRefusal }

/** A hold whose key is here, by what is final here. */
export const ownHold = (
  view: View,
  { place, hold: id }: Pick<CaptureOrder, 'place' | 'hold'>,
  key: Key | undefined,
): HoldRecord | CaptureRefusal => {
  const hold = view.get('hold', id)
  if (hold?.beneficiary !== place) return 'hold_unknown'
  if (hold.key !== key) return 'hold_elsewhere'
  return hold.status === 'closed' ? 'hold_closed' : hold
}

/**
 * Whether it may still be captured from by this clock, and whether its id will last: a capture that is
 * signed must have time to arrive after the lease has ended.
 */
export const judgeTimes = (
  view: View,
  { expiresAtMs }: HoldRecord,
  { id, nowMs }: { readonly id: PaymentId; readonly nowMs: number },
): CaptureRefusal | undefined => {
  const { maxClockSkewMs, validityMs } = parametersOf(view)
  if (nowMs >= (expiresAtMs ?? Number.POSITIVE_INFINITY) - maxClockSkewMs) return 'lease_over'
  if (paymentIdTimeMs(id) > nowMs + maxClockSkewMs) return 'id_not_yet_valid'
  const lapsesMs = paymentIdTimeMs(id) + validityMs.place
  return lapsesMs <= (expiresAtMs ?? nowMs) ? 'id_lapses' : undefined
}

/** Signs a capture, good for as long as its hold and its id are. */
export const signCapture = (
  { hold, order, jti, atMs }: Signed,
  { view, networkId, signer }: Signing,
): StoredCapture => {
  const { place, amount, id, content, till } = order
  const { card, owner: wallet, asset } = hold
  const lapsesMs = paymentIdTimeMs(jti) + parametersOf(view).validityMs.place
  const endMs = Math.min(releaseAtMs(hold, lastGapMs(view)), lapsesMs)
  const exp = Math.floor(endMs / 1000)
  const body: HoldCapture = { kind: 'hold.capture', place, hold: hold.id, amount }
  const { signerKey, sign } = signer
  const parsed = signParsed({ networkId, exp, jti, signerKey, sign, body, consents: [] })
  if (!parsed.ok) throw new Error(`a capture that cannot be signed: ${parsed.detail}`)
  const { hash, text } = parsed.transaction
  const expMs = exp * 1000
  return {
    id,
    place,
    hold: hold.id,
    amount,
    from: { ...(card !== undefined && { card }), wallet, asset },
    ...(content !== undefined && { content }),
    ...(till !== undefined && { till }),
    atMs,
    jti,
    hash,
    text,
    expMs,
  }
}

/** A capture as the outbox brings it to the ledger. */
export const outboxEntryOf = (
  { place, hold, amount, jti, hash, text, expMs }: StoredCapture,
  sinceMs: number,
): OutboxEntry => {
  const content = contentOf({ kind: 'hold.capture', place, hold, amount })
  return {
    hash,
    text,
    id: jti,
    scope: place,
    kind: 'hold.capture',
    content,
    amount,
    expMs,
    sinceMs,
  }
}

type Signed = {
  readonly hold: HoldRecord
  readonly order: Pick<CaptureOrder, 'place' | 'amount' | 'id' | 'content' | 'till'>
  /** The id that is signed; not `id` where the first one lapsed before it could be delivered. */
  readonly jti: PaymentId
  readonly atMs: number
}

type Signing = {
  readonly view: View
  readonly networkId: NetworkId
  readonly signer: Signer
}
