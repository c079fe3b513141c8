import { placeIdOfKey, walletIdOfKey } from '../../../derive.ts'
import type { Key } from '../../../id.ts'
import type { FederationRecord, PlaceRecord } from '../../../state/record.ts'
import type { Consent } from '../../../transaction/envelope.ts'
import type { PlaceRegister } from '../../../transaction/kinds/place.ts'
import type { RefusalCode } from '../../../transaction/outcome.ts'
import { acceptanceProblem } from '../../acceptance.ts'
import { isOperator } from '../../network.ts'
import { earliest } from '../../payer.ts'
import { applied, type Judgement, type RuleContext, refuse, writing } from '../../rule.ts'
import type { View } from '../../view.ts'
import { debitOrderOf } from './debit-order.ts'

/** An authority admits a place that agreed to it; the place gets its wallet and its root key. */
export const registerPlace = (view: View, body: PlaceRegister, context: RuleContext): Judgement => {
  const id = placeIdOfKey(body.placeKey)
  const wallet = walletIdOfKey(body.placeKey)
  const code =
    judgeAdmission(view, body, context) ??
    judgeConsent(body, context) ??
    earliest(body.accepts.map((asset) => acceptanceProblem(view, asset, federationsOf(body)))) ??
    (view.get('wallet', wallet) && 'wallet_exists') ??
    (view.get('key', body.placeKey) && 'wallet_key_taken')
  if (code !== undefined) return refuse(code)
  return applied({
    created: [id, wallet],
    writes: [
      writing('place', id, placeRecordOf(body, context.signer)),
      writing('wallet', wallet, { id: wallet, kind: 'place', keys: [body.placeKey] }),
      writing('key', body.placeKey, { key: body.placeKey, wallet, place: id }),
    ],
  })
}

function judgeAdmission(
  view: View,
  { placeKey, federation }: PlaceRegister,
  { signer }: RuleContext,
): RefusalCode | undefined {
  if (!isOperator(view, signer)) return 'authority_required'
  if (view.get('place', placeIdOfKey(placeKey)) !== undefined) return 'place_exists'
  if (federation === undefined) return undefined
  const record = view.get('federation', federation)
  if (record === undefined) return 'federation_unknown'
  return record.admins.includes(signer) ? undefined : 'federation_admin_required'
}

function judgeConsent(body: PlaceRegister, context: RuleContext): RefusalCode | undefined {
  const own = context.consents.filter(({ signer }) => signer === body.placeKey)
  if (own.length === 0) return 'consent_missing'
  return own.some((consent) => agreesTo(body, context.signer, consent))
    ? undefined
    : 'consent_mismatch'
}

/** Each term, in its order: an authority adds nothing that the place did not sign. */
function agreesTo(body: PlaceRegister, authority: Key, { agree }: Consent): boolean {
  return (
    agree.kind === 'place.register' &&
    agree.authority === authority &&
    agree.name === body.name &&
    agree.federation === body.federation &&
    agree.payoutReference === body.payoutReference &&
    isSameList(agree.nodes, body.nodes) &&
    isSameList(agree.accepts, body.accepts) &&
    isSameList(agree.debitOrder, body.debitOrder)
  )
}

/** Absent is not the same as any list, not even as what stands for it by default. */
function isSameList(
  agreed: readonly string[] | undefined,
  asked: readonly string[] | undefined,
): boolean {
  if (agreed === undefined || asked === undefined) return agreed === asked
  return agreed.length === asked.length && agreed.every((one, index) => one === asked[index])
}

function federationsOf({ federation }: PlaceRegister): FederationRecord['id'][] {
  return federation === undefined ? [] : [federation]
}

function placeRecordOf(body: PlaceRegister, authority: Key): PlaceRecord {
  return {
    id: placeIdOfKey(body.placeKey),
    key: body.placeKey,
    name: body.name,
    wallet: walletIdOfKey(body.placeKey),
    status: 'active',
    authority,
    nodes: body.nodes,
    assets: [],
    accepts: body.accepts,
    federations: federationsOf(body),
    debitOrder: debitOrderOf(body),
    payoutReference: body.payoutReference,
  }
}
