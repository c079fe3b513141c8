import { v7 } from 'uuid'
import { readLedgers } from '#scripts/festival/account.ts'
import { effectKey } from '#scripts/festival/audit.ts'
import { settleOrder, type Verdict } from '#scripts/festival/verdict.ts'
import type { Claim } from '#test/claims/claim.ts'
import { venueOf, withFederation } from '../../support/federation.ts'
import { compared, type Row } from '../../support/federation-claim.ts'
import { openSigner } from '../../support/federation-signer.ts'
import { FederationTill, saidBy } from '../../support/federation-till.ts'
import { settled, turnOf, withNodes } from '../../support/submitting.ts'

const RACES = 200
const AT_ONCE = 10
const NODES = 6
const PRICE = 1

/** One race: what the cancellation heard, what the payment heard, and what is so. */
type Race = { readonly id: string; readonly cancelled: Verdict; readonly paid: string }

export const claim: Claim = {
  area: 'pos',
  name: 'cancel-raced',
  bound: `${RACES} cancellations raced with their payments at other nodes: one outcome each, told to both and on every disk`,
  short: false,
  run: async ({ directory, progress }) =>
    await withFederation(directory, async (federation) => {
      const venue = venueOf(federation, 0)
      const till = new FederationTill(venue)
      const signer = await openSigner(federation, venue)
      const card = await till.newCard('weak', RACES)
      const races: Race[] = []
      await withNodes(federation, NODES, async (clients) => {
        const race = async (index: number): Promise<Race> => {
          const id = v7()
          const text = signer.sale({ card: card.id, amount: PRICE, id })
          const cancel = { path: `/v1/payments/${id}/cancel`, id, body: {} }
          // Who is sent first takes turns.
          const first = index % 2 === 0 ? undefined : settleOrder(till.client, cancel)
          const paying = settled(turnOf(clients, index), text)
          const cancelled = await (first ?? settleOrder(till.client, cancel))
          return { id, cancelled, paid: saidBy(await paying) }
        }
        while (races.length < RACES) {
          progress(`${races.length} of ${RACES}`)
          const start = races.length
          races.push(
            ...(await Promise.all(Array.from({ length: AT_ONCE }, (_, n) => race(start + n)))),
          )
        }
      })
      const applied = races.filter(({ paid }) => paid === 'applied')
      const balance = await till.balance(card.id)
      till.close()
      const ledgers = await readLedgers(federation)
      const rows: readonly Row[] = [
        [`applied ${applied.length}, cancelled ${races.length - applied.length}`, true, true],
        ['balance', balance, RACES - applied.length * PRICE],
        ...races.map(({ id, cancelled, paid }): Row => [id, cancelled.status, paid]),
        ...ledgers.flatMap(({ name, ledger }) =>
          races.map(
            ({ id, paid }): Row => [
              `${id} at ${name}`,
              ledger.effects.get(effectKey(venue.placeId, id)) ?? 0,
              paid === 'applied' ? 1 : 0,
            ],
          ),
        ),
      ]
      const { ok, figure } = compared(rows)
      const both = applied.length > 0 && applied.length < RACES
      return {
        ok: ok && both,
        figure: { applied: applied.length, races: races.length, rows: figure },
      }
    }),
}
