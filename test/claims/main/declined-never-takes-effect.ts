import { setTimeout as sleep } from 'node:timers/promises'
import { v7 } from 'uuid'
import type { LocalFederation } from '#scripts/federation/local-federation.ts'
import type { Claim } from '#test/claims/claim.ts'
import { until, venueOf, withFederation } from '../../support/federation.ts'
import { compared, type Row } from '../../support/federation-claim.ts'
import { type OwnSigner, openSigner } from '../../support/federation-signer.ts'
import { FederationTill, saidBy } from '../../support/federation-till.ts'

type Scene = {
  readonly federation: LocalFederation
  readonly till: FederationTill
  readonly other: FederationTill
  readonly signer: OwnSigner
}

const FUNDS = 1_000

export const claim: Claim = {
  area: 'main',
  name: 'declined-never-takes-effect',
  bound:
    'a payment once refused, cancelled or expired stays so, at every node, when it comes again',
  short: true,
  run: async ({ directory, progress }) =>
    await withFederation(directory, async (federation) => {
      const venue = venueOf(federation, 0)
      const till = new FederationTill(venue)
      const other = new FederationTill(venueOf(federation, 1))
      const scene = { federation, till, other, signer: await openSigner(federation, venue) }
      progress('refused')
      const rows: Row[] = [...(await refusedAtDoor(scene)), ...(await refusedInBlock(scene))]
      progress('cancelled')
      rows.push(...(await cancelled(scene)))
      progress('expired')
      rows.push(...(await expired(scene)))
      till.close()
      other.close()
      return compared(rows)
    }),
}

/** Refused before the node signed; then the card has the money, and the till tries again. */
const refusedAtDoor = async ({ till }: Scene): Promise<readonly Row[]> => {
  const card = await till.newCard('weak', 100)
  const id = v7()
  const first = saidBy(await till.pay(card.face, 600, id))
  await till.topUp(card.face, FUNDS)
  const again = saidBy(await till.pay(card.face, 600, id))
  return [
    ['refused at the door', first, 'insufficient_funds'],
    ['again, with money', again, 'insufficient_funds'],
    ['balance after both', await till.balance(card.id), 100 + FUNDS],
  ]
}

const refusedInBlock = async ({ till, other, signer }: Scene): Promise<readonly Row[]> => {
  const card = await till.newCard('weak', 100)
  const text = signer.sale({ card: card.id, amount: 600 })
  const first = saidBy(await till.client.post('/v1/transactions', text))
  await till.topUp(card.face, FUNDS)
  const here = saidBy(await till.client.post('/v1/transactions', text))
  const there = saidBy(await other.client.post('/v1/transactions', text))
  return [
    ['refused in a block', first, 'insufficient_funds'],
    ['again here, with money', here, 'insufficient_funds'],
    ['again at the other venue', there, 'insufficient_funds'],
    ['balance after all three', await till.balance(card.id), 100 + FUNDS],
  ]
}

const cancelled = async ({ till, other, signer }: Scene): Promise<readonly Row[]> => {
  const card = await till.newCard('weak', FUNDS)
  const id = v7()
  const text = signer.sale({ card: card.id, amount: 100, id })
  const first = saidBy(await till.cancel(id))
  const late = saidBy(await till.client.post('/v1/transactions', text))
  const elsewhere = saidBy(await other.client.post('/v1/transactions', text))
  const byKey = saidBy(await till.pay(card.face, 100, id))
  return [
    ['cancelled', first, 'cancelled'],
    ['the late original', late, 'cancelled'],
    ['the late original elsewhere', elsewhere, 'cancelled'],
    ['the same id by API key', byKey, 'cancelled'],
    ['balance after cancelling', await till.balance(card.id), FUNDS],
  ]
}

const LIFE_S = 3
const RESOLVED_WITHIN_MS = 60_000

/** No block can be made until the payment's time is over; then blocks go on, and it comes again. */
const expired = async ({ federation, till, other, signer }: Scene): Promise<readonly Row[]> => {
  const card = await till.newCard('weak', FUNDS)
  const killed = ['authority-3', 'authority-4']
  await Promise.all(killed.map((name) => federation.kill(name)))
  const id = v7()
  const exp = Math.floor(Date.now() / 1_000) + LIFE_S
  const text = signer.sale({ card: card.id, amount: 100, id, exp })
  const pending = (await till.client.post('/v1/transactions', text)).status
  await sleep(Math.max(0, (exp + 1) * 1_000 - Date.now()))
  await Promise.all(killed.map((name) => federation.restart(name)))
  const outcome = await until('the outcome of an expired payment', RESOLVED_WITHIN_MS, async () => {
    const said = saidBy(await till.outcome(id))
    return said === 'pending' ? undefined : said
  })
  const again = saidBy(await till.client.post('/v1/transactions', text))
  const elsewhere = saidBy(await other.client.post('/v1/transactions', text))
  return [
    ['while no block is made', pending, 202],
    ['the outcome', outcome, 'expired'],
    ['again', again, 'expired'],
    ['again at the other venue', elsewhere, 'expired'],
    ['balance after it expired', await till.balance(card.id), FUNDS],
  ]
}
