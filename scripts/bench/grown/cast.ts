import { sha256 } from '#digest'
import { utf8 } from '#protocol/bytes.ts'
import { createdAssetId, createdGrantId, federationIdOf, placeIdOfKey } from '#protocol/derive.ts'
import { type Genesis, networkIdOf } from '#protocol/genesis.ts'
import {
  type AssetId,
  type CardId,
  encodeId,
  type FederationId,
  type GrantId,
  type Key,
  type NetworkId,
  type PlaceId,
} from '#protocol/id.ts'
import type { SignMessage } from '#protocol/signature.ts'
import { PaymentId } from '#protocol/transaction/payment-id.ts'
import { commitmentOf, TagUid } from '#protocol/transaction/tag.ts'
import { keyPairOf } from '#signature'
import type { GrownSizes } from './sizes.ts'

/** Somebody with a key of a grown ledger. */
export type Player = { readonly key: Key; readonly sign: SignMessage }

/** A till that sells under a grant of the venue. */
export type GrownTill = Player & { readonly grant: GrantId }

/** Who acts in a grown ledger, and what their ids are: all of it follows from genesis and seed. */
export type GrownCast = {
  readonly genesis: Genesis
  readonly networkId: NetworkId
  readonly operator: Player
  readonly venue: Player
  readonly place: PlaceId
  readonly federation: FederationId
  readonly asset: AssetId
  readonly tills: readonly GrownTill[]
  /** The weak card at an index below the number of wallets; remembered once asked for. */
  readonly cardAt: (index: number) => CardId
}

/** A secret of 32 bytes by its name. */
export const secretOf = ({ seed }: Pick<GrownSizes, 'seed'>, name: string): Uint8Array =>
  sha256(utf8(`kermesse grown ledger/${seed}/${name}`))

/** Names of secrets as `secretOf` takes them: `<folder of a node>/<name in its key store>`. */
export const VENUE = 'venue-1'
export const FIRST_AUTHORITY = 'authority-1'

/** What stands on the tag of a card, as a till reads it. */
export const tagAt = (index: number): TagUid =>
  TagUid.parse(`04${index.toString(16).toUpperCase().padStart(12, '0')}`)

/** The id of the transaction of this number, made at this time. */
export const paymentIdAt = (timeMs: number, number: number): PaymentId => {
  const time = timeMs.toString(16).padStart(12, '0')
  const count = number.toString(16).padStart(12, '0')
  return PaymentId.parse(`${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${count}`)
}

export const playerOf = (sizes: Pick<GrownSizes, 'seed'>, name: string): Player => {
  const { publicKey, sign } = keyPairOf(secretOf(sizes, name))
  return { key: encodeId('key', publicKey), sign }
}

/** Numbers of the transactions that make the venue's money and the grant of each till. */
export const ASSET_NUMBER = 1
export const FIRST_GRANT_NUMBER = 2

/** `furnishedMs`: the payment id time of the block that furnishes the venue. */
export const castOf = (genesis: Genesis, sizes: GrownSizes, furnishedMs: number): GrownCast => {
  const venue = playerOf(sizes, `${VENUE}/place`)
  const place = placeIdOfKey(venue.key)
  const creation = (number: number) => ({
    scope: place,
    jti: paymentIdAt(furnishedMs, number),
    index: 0,
  })
  const tagKey = secretOf(sizes, `${FIRST_AUTHORITY}/tag-key`)
  const cards: CardId[] = []
  return {
    genesis,
    networkId: networkIdOf(genesis),
    operator: playerOf(sizes, `${FIRST_AUTHORITY}/operator`),
    venue,
    place,
    federation: federationIdOf(genesis),
    asset: createdAssetId(creation(ASSET_NUMBER)),
    tills: Array.from({ length: sizes.tills }, (_, index) => ({
      ...playerOf(sizes, `till-${index + 1}`),
      grant: createdGrantId(creation(FIRST_GRANT_NUMBER + index)),
    })),
    cardAt: (index) => {
      const known = cards[index] ?? commitmentOf(tagKey, tagAt(index))
      cards[index] = known
      return known
    },
  }
}
