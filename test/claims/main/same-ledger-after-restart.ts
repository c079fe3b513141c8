import { v7 } from 'uuid'
import type { Claim } from '#test/claims/claim.ts'
import { venueOf, withFederation } from '../../support/federation.ts'
import { compared, type Row } from '../../support/federation-claim.ts'
import { FederationTill, saidBy } from '../../support/federation-till.ts'

/** What the first run leaves for the second to be held against. */
type Left = {
  readonly card: string
  readonly payment: string
  readonly outcome: string
  readonly block: string
  readonly height: number
}

export const claim: Claim = {
  area: 'main',
  name: 'same-ledger-after-restart',
  bound: 'balance, outcome, blocks and API key of the first start are those of the second',
  short: true,
  run: async ({ directory, progress }) => {
    progress('first start')
    const left = await withFederation(directory, async (federation): Promise<Left> => {
      const till = new FederationTill(venueOf(federation, 0))
      const card = await till.newCard('weak', 2_000)
      const payment = v7()
      await till.pay(card.face, 650, payment)
      const outcome = JSON.stringify((await till.outcome(payment)).body)
      const height = Number(JSON.parse(outcome).height)
      const block = JSON.stringify((await till.client.get(`/v1/blocks/${height}`)).body)
      till.close()
      return { card: card.id, payment, outcome, block, height }
    })
    progress('second start')
    return await withFederation(directory, async (federation) => {
      const till = new FederationTill(venueOf(federation, 0))
      const rows: Row[] = [
        ['balance', await till.balance(left.card), 1_350],
        ['outcome', JSON.stringify((await till.outcome(left.payment)).body), left.outcome],
        [
          'block',
          JSON.stringify((await till.client.get(`/v1/blocks/${left.height}`)).body),
          left.block,
        ],
        ['refund', saidBy(await till.refund(left.payment)), 'applied'],
        ['balance after it', await till.balance(left.card), 2_000],
      ]
      till.close()
      return compared(rows)
    })
  },
}
