import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { v7 } from 'uuid'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { LocalFederation } from '#scripts/federation/local-federation.ts'
import { allReach } from '#scripts/festival/heights.ts'
import { settleOrder } from '#scripts/festival/verdict.ts'
import { heightsOf, openFederation, until, venueOf } from '../support/federation.ts'
import { FederationTill, saidBy } from '../support/federation-till.ts'

/** Payments at once: their block is more than a store takes alone. */
const BURST = 60

let directory: string
let federation: LocalFederation
let till: FederationTill

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kermesse-e2e-'))
  federation = await openFederation(directory)
  till = new FederationTill(venueOf(federation, 0))
})

afterAll(async () => {
  till?.close()
  await federation?.stop()
  await rm(directory, { recursive: true, force: true, maxRetries: 3 })
})

test('payments go on without one authority, and it catches up', async () => {
  const card = await till.newCard('weak', 1_000)
  await federation.kill('authority-1')
  for (let taps = 0; taps < 5; taps += 1) {
    expect((await till.pay(card.face, 10)).status).toBe(201)
  }
  await federation.restart('authority-1')
  const height = Math.max(...[...(await heightsOf(federation)).values()].map(Number))
  await allReach(federation, height)
  expect(await till.balance(card.id)).toBe(950)
})

test('a payment in the hands of a venue that is killed has one outcome', async () => {
  const card = await till.newCard('weak', 1_000)
  const id = v7()
  const body = { id, payers: [card.face], amount: 300 }
  const paying = settleOrder(till.client, { path: '/v1/payments', id, body })
  await federation.kill('venue-1')
  await federation.restart('venue-1')
  const verdict = await paying
  expect(verdict).toMatchObject({ status: 'applied', amount: 300 })
  const again = await till.pay(card.face, 300, id)
  expect(again).toMatchObject({ status: 200, replayed: true })
  expect(await till.balance(card.id)).toBe(700)
  expect((await till.client.get('/v1/payments?state=open')).body).toMatchObject({ items: [] })
})

test('a venue that is killed under load never says pending of what it answered as applied', async () => {
  const card = await till.newCard('weak', BURST * 10)
  const ids = Array.from({ length: BURST }, () => v7())
  const answers = await Promise.all(ids.map((id) => till.pay(card.face, 10, id)))
  expect(answers.map(saidBy)).toEqual(ids.map(() => 'applied'))
  await federation.kill('venue-1')
  await federation.restart('venue-1')
  const heard = new Set<string>()
  const askUntilTold = async (id: string): Promise<void> => {
    await until(`the outcome of ${id}`, 30_000, async () => {
      const said = saidBy(await till.outcome(id))
      heard.add(said)
      return said === 'node_starting' ? undefined : said
    })
  }
  await Promise.all(ids.map(askUntilTold))
  expect([...heard].filter((said) => said !== 'node_starting')).toEqual(['applied'])
  expect(await till.balance(card.id)).toBe(0)
  // What it has stored it tells before it takes anything new.
  await until('venue-1 takes payments', 30_000, async () => {
    const { status } = await till.client.get('/readyz')
    return status === 200 ? status : undefined
  })
})

test('after a power cut of all six the ledger is the same, and payments go on', async () => {
  const card = await till.newCard('secret', 1_000)
  const id = v7()
  await till.pay(card.face, 400, id)
  const before = await till.outcome(id)
  const names = [...federation.authorities(), ...federation.venues()].map(({ name }) => name)
  await Promise.all(names.map((name) => federation.kill(name)))
  await Promise.all(names.map((name) => federation.restart(name)))
  const after = await until('the outcome after the power cut', 30_000, async () => {
    const answer = await till.outcome(id)
    return saidBy(answer) === 'node_starting' ? undefined : answer
  })
  expect(after.body).toEqual(before.body)
  // Until the nodes have found each other again the door says so, and the till holds on.
  const next = v7()
  const body = { id: next, payers: [card.face], amount: 600 }
  const verdict = await settleOrder(till.client, { path: '/v1/payments', id: next, body })
  expect(verdict).toMatchObject({ status: 'applied', amount: 600 })
  expect(await till.balance(card.id)).toBe(0)
})
