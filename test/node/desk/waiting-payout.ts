import { units } from '#protocol/amount.ts'
import { type HoldId, parseId, type WalletId } from '#protocol/id.ts'
import { signConsent } from '#protocol/transaction/sign.ts'
import { actor } from '../../support/actors.ts'
import { type Bar, must } from './solo-node.ts'

const HOLDER = actor('holder')

const signing = ({ node }: Bar, jti: ReturnType<Bar['node']['newId']>) => ({
  ...{ networkId: node.origin.networkId, signerKey: HOLDER.key, sign: HOLDER.sign, jti },
  exp: Math.floor(node.clock.wallMs() / 1_000) + 60,
})

/** A person's wallet. */
export const personOf = async (bar: Bar): Promise<WalletId> => {
  const { node, place } = bar
  const id = node.newId()
  const agree = { kind: 'wallet.open' as const, place }
  const consent = signConsent({ ...signing(bar, id), agree })
  await must(node, id, 'place', { ...agree, key: HOLDER.key }, [consent])
  const wallet = node.view().get('key', HOLDER.key)?.wallet
  if (wallet === undefined) throw new Error('no wallet')
  return wallet
}

export const topUp = async ({ node, local, errand }: Bar, wallet: WalletId, amount: number) => {
  const order = { id: node.newId(), to: { wallet }, amount, asset: local }
  await node.desk.topUp(order, errand())
}

/** Has 10 of that person's money paid out by the bar. */
export const waitingPayout = async (
  bar: Bar,
  wallet: WalletId,
): Promise<{ readonly hold: HoldId; readonly sinceMs: number }> => {
  const { node, place, local: asset } = bar
  const id = node.newId()
  const agree = { kind: 'redeem' as const, place, asset, max: units(10) }
  const from = { wallet, consent: signConsent({ ...signing(bar, id), agree }) }
  const answer = await node.desk.redeem({ id, asset, amount: 10, from }, bar.errand())
  const event = answer.kind === 'outcome' && 'event' in answer.state && answer.state.event
  const hold = event && parseId('hld', event.created[0] ?? '')
  if (!event || !hold) throw new Error(JSON.stringify(answer))
  return { hold, sinceMs: event.timeMs }
}
