import { walletIdOfKey } from '../../derive.ts'
import type { WalletOpen } from '../../transaction/kinds/wallet.ts'
import { rightsOf } from '../rights.ts'
import { applied, type Judgement, type RuleContext, refuse, writing } from '../rule.ts'
import type { View } from '../view.ts'

/** A place opens a wallet for a person whose key agreed to it. */
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
  return applied({
    created: [id],
    writes: [
      writing('wallet', id, { id, kind: 'person', keys: [body.key] }),
      writing('key', body.key, { key: body.key, wallet: id }),
    ],
  })
}
