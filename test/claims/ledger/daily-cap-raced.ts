import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { keyOfSeed } from '#node/keys/key-of-seed.ts'
import { Amount } from '#protocol/amount.ts'
import { CardId, GrantId, PlaceId } from '#protocol/id.ts'
import { SEED_BYTES } from '#protocol/signature.ts'
import { commandWhenReady } from '#scripts/federation/command.ts'
import type { RunningVenue } from '#scripts/federation/local-federation.ts'
import type { ApiClient } from '#scripts/festival/api-client.ts'
import type { Claim } from '#test/claims/claim.ts'
import { venueOf, withFederation } from '../../support/federation.ts'
import { FederationTill, saidBy } from '../../support/federation-till.ts'
import { type KeySigner, signerOf } from '../../support/key-signer.ts'
import { settled, turnOf, withNodes } from '../../support/submitting.ts'

const TILLS = 20
const NODES = 5
const PAYMENTS_PER_TILL = 8
const PRICE = 10
const ASKED = TILLS * PAYMENTS_PER_TILL * PRICE
/** Less than what all tills together ask for. */
const DAY_CAP = 1_000

export const claim: Claim = {
  area: 'ledger',
  name: 'daily-cap-raced',
  bound: `${TILLS} tills under one grant race its daily cap of ${DAY_CAP} on ${NODES} nodes: exactly that is charged`,
  short: true,
  run: async ({ directory, progress }) =>
    await withFederation(directory, async (federation) => {
      const { genesisFile } = federation
      const venue = venueOf(federation, 0)
      const till = new FederationTill(venue)
      const place = PlaceId.parse(venue.placeId)
      progress('grants')
      const card = await till.newCard('weak', ASKED)
      const parent = await grantParent(venue, genesisFile)
      const tills = await grantTills(till.client, { place, parent, genesisFile })
      progress('racing')
      const sales = tills.flatMap((one) => salesOf(one, { place, card: CardId.parse(card.id) }))
      const said = await withNodes(federation, NODES, (clients) =>
        Promise.all(
          sales.map(async (text, index) => saidBy(await settled(turnOf(clients, index), text))),
        ),
      )
      const charged = ASKED - (await till.balance(card.id))
      till.close()
      const applied = said.filter((one) => one === 'applied').length
      const refused = said.filter((one) => one === 'grant_cap_exceeded').length
      const isWhole = applied + refused === sales.length
      return {
        ok: charged === DAY_CAP && applied * PRICE === DAY_CAP && isWhole,
        figure: { tills: TILLS, nodes: NODES, asked: sales.length, applied, refused, charged },
      }
    }),
}

/** Who acts for the venue: by this grant, with this key. */
type Grantee = { readonly sign: KeySigner; readonly grant: GrantId }

const Granted = z.object({ grant: GrantId })
const Created = z.object({ created: z.tuple([GrantId]) })

const newSeed = (): Uint8Array => new Uint8Array(randomBytes(SEED_BYTES))

/** A grant that may hand sales on, with the cap that all of them share. */
const grantParent = async (venue: RunningVenue, genesisFile: string): Promise<Grantee> => {
  const seed = newSeed()
  const granted = await commandWhenReady(
    ...['grant', 'issue', '--directory', venue.directory, '--to', keyOfSeed(seed)],
    ...['--action', 'sale', 'grant.issue', '--cap-day', String(DAY_CAP)],
  )
  return { grant: Granted.parse(granted).grant, sign: signerOf(seed, genesisFile) }
}

const grantTills = async (
  client: ApiClient,
  {
    place,
    parent,
    genesisFile,
  }: { readonly place: PlaceId; readonly parent: Grantee; readonly genesisFile: string },
): Promise<readonly Grantee[]> =>
  await Promise.all(
    Array.from({ length: TILLS }, async () => {
      const seed = newSeed()
      const text = parent.sign({
        kind: 'grant.issue',
        place,
        grant: parent.grant,
        grantee: keyOfSeed(seed),
        actions: ['sale'],
        caps: { day: Amount.parse(DAY_CAP) },
      })
      const { created } = Created.parse((await settled(client, text)).body)
      return { sign: signerOf(seed, genesisFile), grant: created[0] }
    }),
  )

const salesOf = (
  { sign, grant }: Grantee,
  { place, card }: { readonly place: PlaceId; readonly card: CardId },
): readonly string[] =>
  Array.from({ length: PAYMENTS_PER_TILL }, () =>
    sign({
      kind: 'sale',
      place,
      grant,
      payers: [{ card }],
      amount: Amount.parse(PRICE),
      unit: 'EUR',
      scale: 2,
    }),
  )
