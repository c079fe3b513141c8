import { createdFederationId } from '../../../derive.ts'
import type { Key } from '../../../id.ts'
import type { Agreement } from '../../../transaction/consent.ts'
import type { FederationCreate, FederationSet } from '../../../transaction/kinds/federation.ts'
import type { RefusalCode } from '../../../transaction/outcome.ts'
import { isOperator } from '../../network.ts'
import { earliestOf } from '../../payer.ts'
import {
  applied,
  type Judgement,
  type RuleContext,
  refuse,
  type Write,
  writing,
} from '../../rule.ts'
import type { View } from '../../view.ts'

/** A federation without places or assets; its admins let the first ones in. */
export const createFederation = (
  view: View,
  body: FederationCreate,
  context: RuleContext,
): Judgement => {
  if (!isOperator(view, context.signer)) return refuse('authority_required')
  const { name, admins, weakCards } = body
  const others = admins.filter((key) => key !== context.signer)
  const code = judgeAdmins(
    others,
    context,
    (agree) => agree.kind === 'federation.create' && agree.name === name,
  )
  if (code !== undefined) return refuse(code)
  const id = createdFederationId({ ...context, index: context.operation })
  return applied({
    created: [id],
    writes: [
      writing('federation', id, { id, name, admins, assets: [], weakCards }),
      ...keysOf(view, admins),
    ],
  })
}

/** An admin says anew what the federation is: whoever becomes an admin agrees, who was stays one silently. */
export const setFederation = (view: View, body: FederationSet, context: RuleContext): Judgement => {
  const federation = view.get('federation', body.federation)
  if (federation === undefined) return refuse('federation_unknown')
  if (!federation.admins.includes(context.signer)) return refuse('federation_admin_required')
  const { name, admins, weakCards } = body
  const added = admins.filter((key) => !federation.admins.includes(key))
  const code = judgeAdmins(
    added,
    context,
    (agree) => agree.kind === 'federation.set' && agree.federation === federation.id,
  )
  if (code !== undefined) return refuse(code)
  return applied({
    writes: [
      writing('federation', federation.id, { ...federation, name, admins, weakCards }),
      ...keysOf(view, added),
    ],
  })
}

/** Each of these keys agrees, by its own signature. */
function judgeAdmins(
  keys: readonly Key[],
  { consents }: RuleContext,
  isAbout: (agree: Agreement) => boolean,
): RefusalCode | undefined {
  return earliestOf(keys, (key) => {
    const own = consents.filter(({ signer }) => signer === key)
    if (own.length === 0) return 'consent_missing'
    return own.some(({ agree }) => isAbout(agree)) ? undefined : 'consent_mismatch'
  })
}

/** An admin need not be anybody else, yet signs. */
function keysOf(view: View, admins: readonly Key[]): readonly Write[] {
  return admins
    .filter((key) => view.get('key', key) === undefined)
    .map((key) => writing('key', key, { key }))
}
