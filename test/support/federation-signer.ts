import { randomBytes } from 'node:crypto'
import { v7 } from 'uuid'
import { z } from 'zod'
import { loadGenesis } from '#config/genesis-file.ts'
import { signerOfSeed } from '#node/keys/key-of-seed.ts'
import { Amount } from '#protocol/amount.ts'
import { CardId, GrantId, type NetworkId, PlaceId } from '#protocol/id.ts'
import { SEED_BYTES } from '#protocol/signature.ts'
import type { TransactionBody } from '#protocol/transaction/kinds/transaction-body.ts'
import { PaymentId } from '#protocol/transaction/payment-id.ts'
import { signTransaction } from '#protocol/transaction/sign.ts'
import { commandWhenReady } from '#scripts/federation/command.ts'
import type { LocalFederation, RunningVenue } from '#scripts/federation/local-federation.ts'

const Granted = z.object({ grant: GrantId })

/** What makes one transaction differ from another of the same signer. */
export type SignedOrder = {
  readonly id?: string
  /** Seconds since the epoch; default: in a minute. */
  readonly exp?: number
  readonly network?: NetworkId
}

/** A POS that signs for itself: its own key, and the venue's grant to it. */
export type OwnSigner = {
  readonly networkId: NetworkId
  readonly sign: (body: (acting: Acting) => TransactionBody, order?: SignedOrder) => string
  /** A sale of the venue's own kind: one card, so many cents. */
  readonly sale: (sale: { readonly card: string; readonly amount: number } & SignedOrder) => string
}

type Acting = { readonly place: PlaceId; readonly grant: GrantId }

/** Makes a key and has the venue grant it what a till may do, by the ordinary command. */
export const openSigner = async (
  federation: LocalFederation,
  venue: RunningVenue,
): Promise<OwnSigner> => {
  const loaded = loadGenesis(federation.genesisFile)
  if (!loaded.ok) throw new Error('the genesis of the federation does not load')
  const signer = signerOfSeed(new Uint8Array(randomBytes(SEED_BYTES)))
  const granted = await commandWhenReady(
    ...['grant', 'issue', '--directory', venue.directory, '--to', signer.signerKey],
    ...['--action', 'sale', 'refund', 'issue', 'payment.cancel'],
  )
  const acting = { place: PlaceId.parse(venue.placeId), grant: Granted.parse(granted).grant }
  const sign: OwnSigner['sign'] = (body, { id = v7(), exp = inAMinute(), network } = {}) =>
    signTransaction({
      networkId: network ?? loaded.networkId,
      ...signer,
      exp,
      jti: PaymentId.parse(id),
      body: body(acting),
    })
  return {
    networkId: loaded.networkId,
    sign,
    sale: ({ card, amount, ...order }) =>
      sign(
        ({ place, grant }) => ({
          kind: 'sale',
          place,
          grant,
          payers: [{ card: CardId.parse(card) }],
          amount: Amount.parse(amount),
          unit: 'EUR',
          scale: 2,
        }),
        order,
      ),
  }
}

const inAMinute = (): number => Math.floor(Date.now() / 1_000) + 60
