import type { LedgerEvent } from '../event.ts'
import type { View } from '../view.ts'
import { walletKey } from '../wallet-key.ts'
import { type Finding, finding } from './finding.ts'

/**
 * Invariant 5: a clearing never changes a net position. What a settlement took out of the two places'
 * wallets, less what it says was paid outside, is the same amount on both sides, of each unit and
 * scale.
 */
export const checkClearings = (view: View, events: readonly LedgerEvent[]): Finding | undefined => {
  for (const event of events) {
    if (event.kind !== 'clearing.settle' || event.outcome !== 'applied') continue
    const broken = checkSettlement(view, event)
    if (broken !== undefined) return broken
  }
  return undefined
}

function checkSettlement(view: View, event: LedgerEvent): Finding | undefined {
  const paid = new Map<string, number>()
  for (const { wallet, asset, amount } of event.legs ?? [])
    paid.set(walletKey(wallet, asset), amount)
  const own = event.place && view.get('place', event.place)?.wallet
  const net = new Map<string, number>()
  for (const { wallet, asset, change } of event.movements) {
    const record = view.get('asset', asset)
    const unit = `${record?.unit} ${record?.scale}`
    const setOff = -change - (paid.get(walletKey(wallet, asset)) ?? 0)
    net.set(unit, (net.get(unit) ?? 0) + (wallet === own ? setOff : -setOff))
  }
  for (const [unit, found] of net) {
    if (found !== 0)
      return finding('net_position_stays', `${event.id} ${unit}`, { expected: 0, found })
  }
  return undefined
}
