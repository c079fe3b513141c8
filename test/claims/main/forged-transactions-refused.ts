import { v7 } from 'uuid'
import { encodeId } from '#protocol/id.ts'
import type { Claim } from '#test/claims/claim.ts'
import { venueOf, withFederation } from '../../support/federation.ts'
import { compared, type Row } from '../../support/federation-claim.ts'
import { type OwnSigner, openSigner } from '../../support/federation-signer.ts'
import { FederationTill, saidBy } from '../../support/federation-till.ts'

const FUNDS = 1_000
/** Every so many characters of a transaction one is changed. */
const FLIP_STEP = 7
const FORGED_CODES = new Set(['malformed', 'signature_invalid', 'wrong_network', 'too_large'])

export const claim: Claim = {
  area: 'main',
  name: 'forged-transactions-refused',
  bound: 'changed, foreign, expired, unseen secret card, used id: each its code and no effect',
  short: true,
  run: async ({ directory, progress }) =>
    await withFederation(directory, async (federation) => {
      const venue = venueOf(federation, 0)
      const till = new FederationTill(venue)
      const signer = await openSigner(federation, venue)
      const weak = await till.newCard('weak', FUNDS)
      const secret = await till.newCard('secret', FUNDS)
      const submit = async (text: string) =>
        saidBy(await till.client.post('/v1/transactions', text))
      progress('forging')
      const sale = { card: weak.id, amount: 100 }
      const foreign = encodeId('net', new Uint8Array(32).fill(9))
      const rows: Row[] = [
        [
          'another network',
          await submit(signer.sale({ ...sale, network: foreign })),
          'wrong_network',
        ],
        ['expired', await submit(signer.sale({ ...sale, exp: 1_000_000_000 })), 'expired'],
        [
          'valid too long',
          await submit(signer.sale({ ...sale, exp: 9_999_999_999 })),
          'validity_too_long',
        ],
        ['no transaction', await submit('not.a.transaction'), 'malformed'],
        [
          'unseen secret',
          await submit(signer.sale({ card: secret.id, amount: 100 })),
          'card_consent_missing',
        ],
        [
          'unseen secret, by API key',
          saidBy(await till.pay({ card: secret.id }, 100)),
          'card_consent_missing',
        ],
        ...(await flippedRows(signer.sale(sale), submit)),
        ...(await usedIdRows(signer, sale, submit)),
        ['weak balance', await till.balance(weak.id), FUNDS - 100],
        ['secret balance', await till.balance(secret.id), FUNDS],
      ]
      till.close()
      return compared(rows)
    }),
}

type Submit = (text: string) => Promise<string>

const flippedRows = async (text: string, submit: Submit): Promise<readonly Row[]> => {
  const rows: Row[] = []
  for (let at = 0; at < text.length; at += FLIP_STEP) {
    const flipped = text[at] === 'A' ? 'B' : 'A'
    const code = await submit(text.slice(0, at) + flipped + text.slice(at + 1))
    rows.push([`character ${at} changed: ${code}`, FORGED_CODES.has(code), true])
  }
  return rows
}

const usedIdRows = async (
  signer: OwnSigner,
  sale: { readonly card: string; readonly amount: number },
  submit: Submit,
): Promise<readonly Row[]> => {
  const id = v7()
  const first = signer.sale({ ...sale, id })
  return [
    ['first use', await submit(first), 'applied'],
    ['the same bytes', await submit(first), 'applied'],
    ['other content', await submit(signer.sale({ ...sale, id, amount: 50 })), 'id_reused'],
  ]
}
