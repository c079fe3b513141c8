import { units } from '../../amount.ts'
import { walletIdOfKey } from '../../derive.ts'
import type { WalletOpen } from '../../transaction/kinds/wallet.ts'
import { dayEndMs, dayOf } from '../period.ts'
import { rightsOf } from '../rights.ts'
import { applied, type Judgement, type RuleContext, refuse, type Write, writing } from '../rule.ts'
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
