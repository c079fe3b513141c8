import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { loadGenesis } from '#config/genesis-file.ts'
import { Amount } from '#protocol/amount.ts'
import { federatedAssetIdOf } from '#protocol/derive.ts'
import { hashOf } from '#protocol/hash.ts'
import { CardId } from '#protocol/id.ts'
import type { Claim } from '#test/claims/claim.ts'
import { until, venueOf, withFederation } from '../../support/federation.ts'
import { FederationTill, saidBy } from '../../support/federation-till.ts'
import { signerInFolder } from '../../support/key-signer.ts'
import { settled, turnOf, withNodes } from '../../support/submitting.ts'

const AMOUNT = 4_242
const DELIVERIES = 5
const NODES = 3
const SEEN_WITHIN_MS = 30_000

export const claim: Claim = {
  area: 'ledger',
  name: 'webhook-counts-once',
  bound: `a payment of ${AMOUNT} told ${DELIVERIES} times on ${NODES} nodes at once is credited once`,
  short: true,
  run: async ({ directory, progress }) =>
    await withFederation(directory, async (federation) => {
      const { genesisFile } = federation
      const loaded = loadGenesis(genesisFile)
      if (!loaded.ok) throw new Error('the genesis does not load')
      const till = new FederationTill(venueOf(federation, 0))
      const card = await till.newCard('secret', 0)
      const folder = join(federation.directory, 'authority-1')
      const sign = await signerInFolder(folder, { secret: 'gateway', genesisFile })
      const asset = federatedAssetIdOf(loaded.genesis)
      const reference = hashOf(new Uint8Array(randomBytes(32)))
      progress('told')
      const texts = Array.from({ length: DELIVERIES }, () =>
        sign({
          kind: 'issue',
          asset,
          amount: Amount.parse(AMOUNT),
          to: { card: CardId.parse(card.id) },
          reference,
        }),
      )
      const said = await withNodes(federation, NODES, (clients) =>
        Promise.all(
          texts.map(async (text, index) => saidBy(await settled(turnOf(clients, index), text))),
        ),
      )
      const credited = await until('the credit', SEEN_WITHIN_MS, async () => {
        const balance = await till.balance(card.id, asset)
        return balance > 0 ? balance : undefined
      })
      till.close()
      const applied = said.filter((one) => one === 'applied').length
      const again = said.filter((one) => one === 'reference_used').length
      return {
        ok: credited === AMOUNT && applied === 1 && again === DELIVERIES - 1,
        figure: { deliveries: DELIVERIES, nodes: NODES, applied, again, credited },
      }
    }),
}
