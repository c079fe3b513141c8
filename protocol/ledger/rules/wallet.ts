import { units } from '../../amount.ts'
import { walletIdOfKey } from '../../derive.ts'
import { FREEZE_MS_MAX } from '../../limits.ts'
import type { WalletRecord } from '../../state/record.ts'
import type { WalletFreeze, WalletOpen, WalletRotate } from '../../transaction/kinds/wallet.ts'
import { dayEndMs, dayOf } from '../period.ts'
import { rightsOf } from '../rights.ts'
import { applied, type Judgement, type RuleContext, refuse, type Write, writing } from '../rule.ts'
import { judgeOperators } from '../threshold.ts'
import type { View } from '../view.ts'

/** A place opens a wallet for a person whose key agreed to it, so many in a UTC day. */
export const openWallet = (view: View, body: WalletOpen, context: RuleContext): Judgement => {
  const rights = rightsOf(view, { ...body, action: 'wallet.open' }, context.timeMs)
  if (!rights.ok) return rights
  const own = context.consents.filter(({ signer }) => signer === body.key)
  if (own.length === 0) return refuse('consent_missing')
  const isAgreed = own.some(
    ({ agree }) => agree.kind === 'wallet.open' && agree.place === body.place,
  )
  if (!isAgreed) return refuse('consent_mismatch')
  const id = walletIdOfKey(body.key)
  if (view.get('wallet', id) !== undefined) return refuse('wallet_exists')
  if (view.get('key', body.key) !== undefined) return refuse('wallet_key_taken')
  const counted = countOpening(view, body, context)
  if (counted === undefined) return refuse('wallet_limit_reached')
  return applied({
    created: [id],
    writes: [
      counted,
      writing('wallet', id, { id, kind: 'person', keys: [body.key] }),
      writing('key', body.key, { key: body.key, wallet: id }),
    ],
  })
}

/** Kinds whose key is more than a card's secret, which a dishonest till can copy. */
const HELD_BY_A_KEY: ReadonlySet<WalletRecord['kind']> = new Set(['person', 'place'])

/**
 * Another key for a wallet, which agreed to it. A place's root key moves along; its grants stay. The
 * former key stays known, so that nobody opens anything with it, and signs no transaction any more: in
 * another name than the wallet's, what it signed before would be executed once more.
 */
export const rotateWallet = (view: View, body: WalletRotate, context: RuleContext): Judgement => {
  const { signer } = context
  const wallet = view.get('wallet', body.wallet)
  // A batch keeps its scope, and its signer may have lost the wallet in it already.
  if (context.scope !== body.wallet || wallet?.keys.includes(signer) !== true) {
    return refuse('holder_required')
  }
  const own = context.consents.filter(({ signer: by }) => by === body.key)
  if (own.length === 0) return refuse('consent_missing')
  const isAgreed = own.some(
    ({ agree }) => agree.kind === 'wallet.rotate' && agree.wallet === body.wallet,
  )
  if (!isAgreed) return refuse('consent_mismatch')
  if (!HELD_BY_A_KEY.has(wallet.kind)) return refuse('wallet_kind_not_allowed')
  if (view.get('key', body.key) !== undefined) return refuse('wallet_key_taken')
  const keys = wallet.keys.map((key) => (key === signer ? body.key : key))
  const id = view.get('key', signer)?.place
  const place = id && view.get('place', id)
  const known = { key: body.key, wallet: wallet.id }
  return applied({
    writes: [
      writing('wallet', wallet.id, { ...wallet, keys }),
      writing('key', signer, { key: signer, retired: true }),
      writing('key', body.key, place === undefined ? known : { ...known, place: place.id }),
      ...(place === undefined ? [] : [writing('place', place.id, { ...place, key: body.key })]),
    ],
  })
}

/** A frozen wallet gives nothing; it still receives, and what it holds for a place is still captured. */
export const freezeWallet = (view: View, body: WalletFreeze, context: RuleContext): Judgement => {
  const { untilMs, legalHold = false } = body
  return untilMs === undefined
    ? holdLegally(view, { ...body, legalHold }, context)
    : freezeUntil(view, { ...body, untilMs }, context)
}

/** Nobody shortens a freeze, not even its holder: who was robbed of the key must be able to rely on it. */
function freezeUntil(
  view: View,
  { wallet: id, untilMs }: WalletFreeze & { readonly untilMs: number },
  { scope, timeMs }: RuleContext,
): Judgement {
  if (scope !== id) return refuse('holder_required')
  const wallet = view.get('wallet', id)
  if (wallet === undefined || !HELD_BY_A_KEY.has(wallet.kind)) {
    return refuse('wallet_kind_not_allowed')
  }
  if (untilMs <= Math.max(timeMs, wallet.frozenUntilMs ?? 0)) return refuse('freeze_not_longer')
  if (untilMs > timeMs + FREEZE_MS_MAX) return refuse('freeze_too_long')
  return applied({ writes: [writing('wallet', id, { ...wallet, frozenUntilMs: untilMs })] })
}

/** Laid on or lifted by the authorities; once more changes nothing. */
function holdLegally(
  view: View,
  body: WalletFreeze & { readonly legalHold: boolean },
  context: RuleContext,
): Judgement {
  const code = judgeOperators(view, context, body)
  if (code !== undefined) return refuse(code)
  const wallet = view.get('wallet', body.wallet)
  if (wallet === undefined) return refuse('wallet_unknown')
  const { legalHold: _, ...free } = wallet
  const record = body.legalHold ? { ...free, legalHold: true as const } : free
  return applied({ writes: [writing('wallet', wallet.id, record)] })
}

/** The place's openings of the day with one more, or undefined when it has had them all. */
function countOpening(
  view: View,
  { place }: WalletOpen,
  { timeMs, parameters }: RuleContext,
): Write<'counter'> | undefined {
  const day = dayOf(timeMs)
  const name = `wallets/${place}/${day}`
  const value = (view.get('counter', name)?.value ?? 0) + 1
  if (value > parameters.walletsPerDay) return undefined
  return writing('counter', name, { name, value: units(value), untilMs: dayEndMs(day) })
}
