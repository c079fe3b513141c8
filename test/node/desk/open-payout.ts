import { units } from '#protocol/amount.ts'
import { parseId } from '#protocol/id.ts'
import type { Agreement } from '#protocol/transaction/consent.ts'
import type { PaymentId } from '#protocol/transaction/payment-id.ts'
import { signConsent } from '#protocol/transaction/sign.ts'
import { actor } from '../../support/actors.ts'
import { type Bar, must } from './solo-node.ts'

const HOLDER = actor('holder')

export const signing = ({ node }: Bar, jti: PaymentId, by: ReturnType<typeof actor>) => ({
  networkId: node.origin.networkId,
  signerKey: by.key,
  sign: by.sign,
  exp: Math.floor(node.clock.wallMs() / 1_000) + 60,
  jti,
})
export const consentOf = (
  bar: Bar,
  jti: PaymentId,
  by: ReturnType<typeof actor>,
  agree: Agreement,
) => signConsent({ ...signing(bar, jti, by), agree })

/** A person's wallet with that much of the bar's money. */
const person = async (bar: Bar, amount: number) => {
  const { node, place, local: asset } = bar
  const id = node.newId()
  const consent = consentOf(bar, id, HOLDER, { kind: 'wallet.open', place })
  await must(node, id, 'place', { kind: 'wallet.open', place, key: HOLDER.key }, [consent])
  const wallet = node.view().get('key', HOLDER.key)?.wallet
  if (wallet === undefined) throw new Error('no wallet')
  await node.desk.topUp({ id: node.newId(), to: { wallet }, amount, asset }, bar.errand())
  return wallet
}

/** Money of that person set apart for a payout that the bar pays. */
export const openedPayout = async (bar: Bar) => {
  const wallet = await person(bar, 1_000)
  const id = bar.node.newId()
  const { place, local: asset } = bar
  const consent = consentOf(bar, id, HOLDER, { kind: 'redeem', place, asset, max: units(400) })
  const order = { id, asset, amount: 400, from: { wallet, consent } }
  const answer = await bar.node.desk.redeem(order, bar.errand())
  if (answer.kind !== 'outcome' || answer.state.status !== 'applied') {
    throw new Error(JSON.stringify(answer))
  }
  const hold = parseId('hld', answer.state.event.created[0] ?? '')
  if (hold === undefined) throw new Error('no hold')
  return { wallet, order, answer, hold }
}
