import { z } from 'zod'
import { Amount } from '#protocol/amount.ts'
import { CardId, GrantId, NetworkId, PlaceId } from '#protocol/id.ts'
import { PaymentId } from '#protocol/transaction/payment-id.ts'
import { signTransaction } from '#protocol/transaction/sign.ts'
import { commandWhenReady } from '#scripts/federation/command.ts'
import { PASSING } from './codes/answers.ts'
import { until } from './federation.ts'
import { type Asked, type OwnKey, send, signedFor, type Target } from './signing-client.ts'

const WITHIN_MS = 60_000
const Coded = z.object({ code: z.string() })

/** What a till is told once its pairing code became a grant. */
export const Paired = z.object({
  place: PlaceId,
  grant: GrantId,
  network: NetworkId,
  node: z.string(),
})
export type Paired = z.infer<typeof Paired>

/** The stable code of a problem; of anything else nothing. */
export const codeOf = (text: string): string => Coded.safeParse(JSON.parse(text)).data?.code ?? ''

/** Asks, signed anew each time, until there is an answer that stands. */
export const askSigned = (target: Target, key: OwnKey, asked: Asked, grant?: GrantId) =>
  until(`${asked.method} ${asked.path}`, WITHIN_MS, async () => {
    const jws = signedFor(target, key, asked, grant === undefined ? {} : { grant })
    const told = await send(target, asked, `JWS ${jws}`)
    return PASSING.has(told.status) ? undefined : { ...told, jws, code: codeOf(told.text) }
  })

/** What a till reads from the QR code of `kermesse till pair`. */
export const pairingOf = async ({ directory }: { readonly directory: string }, label: string) => {
  const shown = await commandWhenReady('till', 'pair', '--directory', directory, '--label', label)
  const parameters = new URLSearchParams(String(shown['pairing']).replace(/^kermesse:pair\?/, ''))
  const target: Target = {
    url: parameters.get('url') ?? '',
    node: parameters.get('node') ?? '',
    fingerprint: parameters.get('fingerprint') ?? undefined,
  }
  return { target, code: parameters.get('code') ?? '' }
}

/** A code shown to a node, by whoever signs it. */
export const pairing = (code: string): Asked => ({
  method: 'POST',
  path: '/v1/pairings',
  body: JSON.stringify({ code }),
})

/** A sale by a paired till that signs for itself. */
export const saleBy = (
  key: OwnKey,
  { place, grant, network }: Paired,
  { id, card, amount }: { readonly id: string; readonly card: string; readonly amount: number },
): Asked => ({
  method: 'POST',
  path: '/v1/transactions',
  body: JSON.stringify({
    transaction: signTransaction({
      networkId: network,
      ...key,
      exp: Math.floor(Date.now() / 1_000) + 60,
      jti: PaymentId.parse(id),
      body: {
        kind: 'sale',
        place,
        grant,
        payers: [{ card: CardId.parse(card) }],
        amount: Amount.parse(amount),
        unit: 'EUR',
        scale: 2,
      },
    }),
  }),
})
