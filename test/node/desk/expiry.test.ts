import { afterEach, expect, test } from 'vitest'
import { utf8 } from '#protocol/bytes.ts'
import { hashOf } from '#protocol/hash.ts'
import { parametersOf } from '#protocol/ledger/network.ts'
import { paymentIdTimeMs } from '#protocol/transaction/payment-id.ts'
import { signConsent } from '#protocol/transaction/sign.ts'
import { actor } from '../../support/actors.ts'
import { closeBars, haltedBar, loadedCard, openedBar, pay } from './bar.ts'
import { createMachine } from './machine.ts'
import { saleBody, signed, submit } from './till.ts'

afterEach(closeBars)

test('a transaction expires with the first of its consents', async () => {
  const machine = createMachine()
  const bar = await haltedBar(machine, 2_000)
  const { node, place } = bar
  const id = node.newId()
  const exp = Math.floor(node.clock.wallMs() / 1_000) + 10
  const consent = signConsent({
    networkId: node.origin.networkId,
    signerKey: actor('holder').key,
    sign: actor('holder').sign,
    exp,
    jti: id,
    agree: { kind: 'wallet.open', place },
  })
  const text = signed(bar, saleBody(bar, 650), { id, consents: [consent] })
  const waiting = submit(bar, text, 20_000)
  expect(await submit(bar, text, 0)).toMatchObject({ state: { status: 'pending' } })
  const open = await node.submissions.open({ place, limit: 10 })
  expect(open).toMatchObject([{ id, expiresAtMs: exp * 1_000 }])
  machine.advance(11_000)
  node.start()
  expect(await waiting).toMatchObject({ state: { status: 'expired' } })
})

test('an order whose id is about to lapse is signed for as long as the id lasts', async () => {
  const machine = createMachine()
  const bar = await haltedBar(machine, 2_000)
  const { node, place } = bar
  const id = node.newId()
  const { validityMs } = parametersOf(node.view())
  const endMs = paymentIdTimeMs(id) + validityMs.place
  machine.advance(validityMs.place - 30_000)
  const answer = await pay(bar, bar.errand(0), { id, amount: 650 })
  expect(answer).toMatchObject({ state: { status: 'pending' } })
  const open = await node.submissions.open({ place, limit: 10 })
  expect(open).toMatchObject([{ id, expiresAtMs: Math.floor(endMs / 1_000) * 1_000 }])
})

test('an order whose id has lapsed is turned away', async () => {
  const machine = createMachine()
  const bar = await haltedBar(machine, 2_000)
  const id = bar.node.newId()
  machine.advance(parametersOf(bar.node.view()).validityMs.place + 1_000)
  const answer = await pay(bar, bar.errand(0), { id, amount: 650 })
  expect(answer).toEqual({ kind: 'turned_away', code: 'validity_too_long' })
})

test('what a block recorded under an id stays told though other bytes of it expired here', async () => {
  const machine = createMachine()
  const bar = await openedBar(machine)
  const { node, place } = bar
  await loadedCard(bar, 2_000)
  const id = node.newId()
  await pay(bar, bar.errand(), { id, amount: 650 })
  const { height, timeMs } = node.recent.head()
  const bytes = hashOf(utf8('a sale'))
  const expired = { scope: place, id, hash: bytes, content: bytes, height, timeMs }
  await new Promise((resolve) => node.storage.local.expired.put(expired, resolve))
  expect(node.outcomes.stateOf(place, id)).toMatchObject({ status: 'applied' })
  machine.advance(parametersOf(node.view()).validityMs.place + 120_000)
  for (const amount of [100, 101]) await pay(bar, bar.errand(), { id: node.newId(), amount })
  expect(node.view().get('payment', `${place}/${id}`)).toBeUndefined()
  expect(node.outcomes.stateOf(place, id)).toMatchObject({ status: 'applied' })
})
