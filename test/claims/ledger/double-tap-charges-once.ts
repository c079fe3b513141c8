import { v7 } from 'uuid'
import type { Claim } from '#test/claims/claim.ts'
import { venueOf, withFederation } from '../../support/federation.ts'
import { openSigner } from '../../support/federation-signer.ts'
import { FederationTill } from '../../support/federation-till.ts'
import { settled, turnOf, withNodes } from '../../support/submitting.ts'

const SUBMISSIONS = 50
const NODES = 6
const FUNDS = 1_000
const PRICE = 300

export const claim: Claim = {
  area: 'ledger',
  name: 'double-tap-charges-once',
  bound: `${SUBMISSIONS} submissions of one payment at ${NODES} nodes at once: one charge, ${SUBMISSIONS} equal answers`,
  short: true,
  run: async ({ directory, progress }) =>
    await withFederation(directory, async (federation) => {
      const venue = venueOf(federation, 0)
      const till = new FederationTill(venue)
      const signer = await openSigner(federation, venue)
      const card = await till.newCard('weak', FUNDS)
      const text = signer.sale({ card: card.id, amount: PRICE, id: v7() })
      progress('tapped')
      const answers = await withNodes(federation, NODES, (clients) =>
        Promise.all(
          Array.from({ length: SUBMISSIONS }, (_, index) => settled(turnOf(clients, index), text)),
        ),
      )
      const bodies = new Set(answers.map(({ body }) => JSON.stringify(body)))
      const charged = FUNDS - (await till.balance(card.id))
      till.close()
      return {
        ok: charged === PRICE && bodies.size === 1,
        figure: { submissions: answers.length, nodes: NODES, charged, answers: bodies.size },
      }
    }),
}
