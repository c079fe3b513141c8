import { setTimeout as sleep } from 'node:timers/promises'
import { v7 } from 'uuid'
import { z } from 'zod'
import { untilOnline } from '#scripts/federation/online.ts'
import { NoAnswer } from '#scripts/festival/api-client.ts'
import type { Claim } from '#test/claims/claim.ts'
import { venueOf, withFederation } from '../../support/federation.ts'
import { compared } from '../../support/federation-claim.ts'
import { FederationTill } from '../../support/federation-till.ts'

const PAYMENTS = 60
const FUNDS = 20_000
/** When the venue is killed: some payments are through, and more on their way. */
const KILLED_AFTER_MS = 150

const Closings = z.object({
  items: z.array(
    z.object({
      tills: z.array(
        z.object({
          takings: z.array(
            z.object({ asset: z.string(), sold: z.int(), refunded: z.int(), issued: z.int() }),
          ),
        }),
      ),
    }),
  ),
})
const Line = z.object({ asset: z.string(), account: z.string(), change: z.int() })
const Balances = z.object({
  items: z.array(z.object({ asset: z.string(), available: z.int(), held: z.int() })),
})

export const claim: Claim = {
  area: 'pos',
  name: 'books-balance',
  bound:
    'closings, exports and balances of a venue that was killed while it sold agree to the cent; asked again they say the same',
  short: true,
  run: async ({ directory, progress }) =>
    await withFederation(directory, async (federation) => {
      const { name, apiUrl, apiKey, placeId, assetId } = venueOf(federation, 0)
      const till = new FederationTill(venueOf(federation, 0))
      const card = await till.newCard('secret', FUNDS)
      progress('a venue is killed while it sells')
      const ids = Array.from({ length: PAYMENTS }, () => v7())
      const paying = ids.map((id) => answered(till.pay(card.face, 100, id)))
      await sleep(KILLED_AFTER_MS)
      await federation.kill(name)
      await federation.restart(name)
      await untilOnline(name, apiUrl)
      await Promise.all(paying)
      for (const id of ids) await till.pay(card.face, 100, id)
      for (const id of ids.slice(0, 10)) await till.refund(id, 30)
      progress('its books')
      const place = await till.client.get(`/v1/places/${placeId}`)
      const { wallet } = z.object({ wallet: z.string() }).parse(place.body)
      const balances = await till.client.get(`/v1/wallets/${wallet}/balances`)
      const balance = Balances.parse(balances.body).items.find(({ asset }) => asset === assetId)
      const first = await till.client.get('/v1/closings?limit=31')
      const takings = takingsIn(first.body, assetId)
      const headers = { authorization: `Bearer ${apiKey}` }
      const exported = async () => (await fetch(`${apiUrl}/v1/exports`, { headers })).text()
      const text = await exported()
      const own = text
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => Line.parse(JSON.parse(line)))
        .filter(({ asset, account }) => asset === assetId && account === 'place')
      const again = await till.client.get('/v1/closings?limit=31')
      const outcome = compared([
        ['sold', takings.sold, PAYMENTS * 100],
        ['given back', takings.refunded, 300],
        ['balance of the place', balance?.available ?? 0, PAYMENTS * 100 - 300],
        [
          'lines of the place',
          own.reduce((sum, { change }) => sum + change, 0),
          PAYMENTS * 100 - 300,
        ],
        ['balance of the card', await till.balance(card.id), FUNDS - PAYMENTS * 100 + 300],
        ['closings asked again', JSON.stringify(again.body) === JSON.stringify(first.body), true],
        ['export asked again', (await exported()) === text, true],
      ])
      till.close()
      return outcome
    }),
}

/** A till that gets no answer asks again with the same id. */
const answered = (asking: Promise<unknown>): Promise<unknown> =>
  asking.catch((error: unknown) => {
    if (!(error instanceof NoAnswer)) throw error
  })

const takingsIn = (body: unknown, asset: string) => {
  const all = Closings.parse(body)
    .items.flatMap(({ tills }) => tills)
    .flatMap(({ takings }) => takings)
    .filter((one) => one.asset === asset)
  return {
    sold: all.reduce((sum, one) => sum + one.sold, 0),
    refunded: all.reduce((sum, one) => sum + one.refunded, 0),
  }
}
