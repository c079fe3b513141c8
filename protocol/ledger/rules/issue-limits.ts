import { AMOUNT_MAX, units } from '../../amount.ts'
import type { Key } from '../../id.ts'
import type { AssetRecord } from '../../state/record.ts'
import type { Agreement } from '../../transaction/consent.ts'
import type { Consent } from '../../transaction/envelope.ts'
import type { Payer } from '../../transaction/kinds/terms.ts'
import type { RefusalCode } from '../../transaction/outcome.ts'
import { dayEndMs, dayOf } from '../period.ts'
import { allowsAsset, type Rights, rightsOf } from '../rights.ts'
import { type Refusal, type RuleContext, refuse, type Write, writing } from '../rule.ts'
import type { View } from '../view.ts'

/** What a place issues of its own asset to whom, under which rights. */
export type Minting = {
  readonly asset: AssetRecord
  readonly amount: number
  readonly rights: Rights
  readonly to: Payer
}

/**
 * Above the asset's limit, over all issues of the transaction, a second minter agrees: the holder of another live grant to issue it, whose
 * rights do not come from the first one's nor the other way round, so that nobody is both.
 */
export const judgeSecondMinter = (
  view: View,
  minting: Minting,
  context: RuleContext,
): RefusalCode | undefined => {
  const { asset, amount } = minting
  const issued = (context.tally.consents.get(issuesOf(asset)) ?? 0) + amount
  if (issued <= (asset.issueLimits?.secondAbove ?? AMOUNT_MAX)) return undefined
  const others = context.consents.filter(({ signer }) => signer !== context.signer)
  if (others.length === 0) return 'consent_missing'
  const isAgreed = others.some(
    ({ signer, agree }) =>
      agree.kind === 'issue' &&
      issued <= agree.max &&
      isSecondMinter(view, minting, { signer, agree }, context),
  )
  return isAgreed ? undefined : 'consent_mismatch'
}

/** The name of what a transaction issues of an asset: cutting it up neither avoids nor widens a consent. */
export const issuesOf = ({ id }: AssetRecord): string => `issue/${id}`

/** What is issued of an asset on the block's day with this amount, where that has a limit. */
export const countIssue = (
  view: View,
  { id, issueLimits }: AssetRecord,
  { amount, timeMs }: { readonly amount: number; readonly timeMs: number },
): Refusal | readonly Write<'counter'>[] => {
  if (issueLimits?.day === undefined) return []
  const day = dayOf(timeMs)
  const name = `issued/${id}/${day}`
  const value = (view.get('counter', name)?.value ?? 0) + amount
  if (value > issueLimits.day) return refuse('issue_limit_exceeded')
  return [writing('counter', name, { name, value: units(value), untilMs: dayEndMs(day) })]
}

type SecondConsent = Pick<Consent, 'signer'> & {
  readonly agree: Extract<Agreement, { kind: 'issue' }>
}

function isSecondMinter(
  view: View,
  { asset, rights: first, to }: Minting,
  { signer, agree }: SecondConsent,
  context: RuleContext,
): boolean {
  const { place, grant } = agree
  const record = view.get('grant', grant)
  if (place !== first.place.id || agree.asset !== asset.id) return false
  if (!isSamePayer(agree.to, to)) return false
  if (record?.place !== place || record.grantee !== signer) return false
  const second = rightsOf(view, { place, grant, action: 'issue' }, context.timeMs)
  if (!second.ok || !allowsAsset(second, asset.id)) return false
  const minters = new Set([context.signer, ...granteesOf(first)])
  return granteesOf(second).every((grantee) => !minters.has(grantee))
}

function isSamePayer(one: Payer, other: Payer): boolean {
  return 'card' in one
    ? 'card' in other && one.card === other.card
    : 'wallet' in other && one.wallet === other.wallet
}

function granteesOf({ chain }: Rights): readonly Key[] {
  return chain.map(({ grantee }) => grantee)
}
