import type { BalanceRecord } from '../../state/record.ts'
import type { Touched } from '../touched.ts'
import type { View } from '../view.ts'
import { type Finding, finding } from './finding.ts'

/**
 * That no money of a card can be left behind: its wallet lists every asset that it has a balance of,
 * and the wallet of a linked or void card has nothing.
 */
export const checkCards = (view: View, { balance, wallet }: Touched): Finding | undefined => {
  for (const { key, after } of balance) {
    const broken = after === undefined ? undefined : checkReach(view, key, after)
    if (broken !== undefined) return broken
  }
  for (const { after } of wallet) {
    for (const asset of after?.assets ?? []) {
      const key = `${after?.id}/${asset}`
      const known = view.get('balance', key)
      const broken = known && checkReach(view, key, known)
      if (broken !== undefined) return broken
    }
  }
  return undefined
}

/** One balance: listed by its wallet if that is a card's, and empty where nobody reaches it. */
export const checkReach = (
  view: View,
  key: string,
  { wallet: id, asset, available, held }: BalanceRecord,
): Finding | undefined => {
  const wallet = view.get('wallet', id)
  if (wallet?.kind !== 'card') return undefined
  if (!wallet.assets?.includes(asset)) {
    return finding('card_lists_assets', key, { expected: 'listed', found: 'not listed' })
  }
  const isClosed = wallet.successor !== undefined || wallet.closed === true
  if (!isClosed || available + held === 0) return undefined
  return finding('closed_is_empty', key, { expected: 0, found: available + held })
}
