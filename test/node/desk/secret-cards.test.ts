import { afterEach, describe, expect, test } from 'vitest'
import { units } from '#protocol/amount.ts'
import { signConsent } from '#protocol/transaction/sign.ts'
import { cardIdOfSecret } from '#protocol/transaction/tag.ts'
import { actor } from '../../support/actors.ts'
import { closeBars, openedBar } from './bar.ts'
import type { Bar } from './solo-node.ts'

afterEach(closeBars)

const secretBytes = (): Uint8Array => new Uint8Array(16).fill(7)
const sale = { amount: 300, unit: 'EUR', scale: 2 }

const loaded = async ({ node, errand }: Bar): Promise<void> => {
  const card = { secret: secretBytes() }
  const registered = await node.desk.registerCard({ card, activate: true }, errand())
  expect(registered).toMatchObject({ kind: 'card', card: { strength: 'secret', state: 'active' } })
  const to = { secret: secretBytes() }
  await node.desk.topUp({ id: node.newId(), to, amount: 1_000 }, errand())
}

describe('a secret card', () => {
  test('pays with its secret, which is gone from memory at once', async () => {
    const bar = await openedBar()
    await loaded(bar)
    const secret = secretBytes()
    const order = { ...sale, id: bar.node.newId(), payers: [{ secret }] }
    const answer = bar.node.desk.pay(order, bar.errand())
    expect(secret).toEqual(new Uint8Array(16))
    expect(await answer).toMatchObject({ state: { status: 'applied' } })
    const again = { ...order, payers: [{ secret: secretBytes() }] }
    expect(await bar.node.desk.pay(again, bar.errand())).toMatchObject({
      replayed: true,
      state: { status: 'applied' },
    })
  })

  test('does not pay where only its identifier is known', async () => {
    const bar = await openedBar()
    await loaded(bar)
    const card = cardIdOfSecret(secretBytes())
    const order = { ...sale, id: bar.node.newId(), payers: [{ card }] }
    expect(await bar.node.desk.pay(order, bar.errand())).toMatchObject({
      state: { status: 'refused', code: 'card_consent_missing' },
    })
  })

  test('gives cash back only with its own secret', async () => {
    const bar = await openedBar()
    await loaded(bar)
    const payer = { card: cardIdOfSecret(secretBytes()) }
    const cashOut = (secret: Uint8Array) =>
      bar.node.desk.cashOut({ id: bar.node.newId(), payer, secret, amount: 100 }, bar.errand())
    expect(await cashOut(new Uint8Array(16).fill(8))).toMatchObject({
      state: { status: 'refused', code: 'card_consent_missing' },
    })
    expect(await cashOut(secretBytes())).toMatchObject({ state: { status: 'applied' } })
  })
})

describe('a holder’s wallet', () => {
  const opened = async ({ node, place, errand, local }: Bar) => {
    const holder = actor('holder')
    const id = node.newId()
    const consent = signConsent({
      ...signing(node, id, 'holder'),
      agree: { kind: 'wallet.open', place },
    })
    const body = { kind: 'wallet.open', place, key: holder.key } as const
    const answer = await node.submit({ id, body, as: 'place', consents: [consent], waitMs: 5_000 })
    if (answer.kind !== 'outcome' || answer.state.status !== 'applied') throw new Error('no wallet')
    const wallet = answer.state.event.created[0] ?? ''
    const to = { wallet: node.view().get('wallet', wallet)?.id ?? never() }
    await node.desk.topUp({ id: node.newId(), to, amount: 1_000, asset: local }, errand())
    return to.wallet
  }

  test('pays with its holder’s consent to this payment', async () => {
    const bar = await openedBar()
    const wallet = await opened(bar)
    const id = bar.node.newId()
    const consent = signConsent({
      ...signing(bar.node, id, 'holder'),
      agree: agreement(bar),
    })
    const order = { ...sale, id, payers: [{ wallet, consent }] }
    const answer = await bar.node.desk.pay(order, bar.errand())
    expect(answer).toMatchObject({ state: { status: 'applied' } })
  })

  test('does not pay with a consent that its holder did not sign', async () => {
    const bar = await openedBar()
    const wallet = await opened(bar)
    const id = bar.node.newId()
    const { signerKey } = signing(bar.node, id, 'holder')
    const consent = signConsent({
      ...signing(bar.node, id, 'thief'),
      signerKey,
      agree: agreement(bar),
    })
    const order = { ...sale, id, payers: [{ wallet, consent }] }
    const answer = await bar.node.desk.pay(order, bar.errand())
    expect(answer).toEqual({ kind: 'turned_away', code: 'consent_invalid' })
    expect(bar.node.core.outbox.size()).toBe(0)
  })
})

const signing = (node: Bar['node'], jti: ReturnType<Bar['node']['newId']>, name: string) => ({
  networkId: node.origin.networkId,
  signerKey: actor(name).key,
  sign: actor(name).sign,
  exp: Math.floor(node.clock.wallMs() / 1_000) + 60,
  jti,
})

const agreement = ({ place }: Bar) =>
  ({ kind: 'sale', place, unit: 'EUR', scale: 2, max: units(300) }) as const

const never = (): never => {
  throw new Error('the wallet is not there')
}
