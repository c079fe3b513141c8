import { u32 } from './bytes.ts'
import { type Genesis, networkIdOf } from './genesis.ts'
import {
  type AssetId,
  type CardId,
  deriveId,
  encodeId,
  type FederationId,
  type GrantId,
  type HoldId,
  idBytes,
  type Key,
  type PlaceId,
  type WalletId,
} from './id.ts'
import type { Scope } from './state/record.ts'
import type { PaymentId } from './transaction/payment-id.ts'

/** The wallet of a key: a person's, a place's, a gateway's. */
export const walletIdOfKey = (key: Key): WalletId => deriveId('wal', idBytes(key))

/** The place whose root key this is. */
export const placeIdOfKey = (key: Key): PlaceId => deriveId('plc', idBytes(key))

/** The wallet that activation makes for a card; after it was voided `generation` times, another one. */
export const cardWalletId = (card: CardId, generation = 0): WalletId =>
  generation === 0
    ? deriveId('wal', 'card', idBytes(card))
    : deriveId('wal', 'card', idBytes(card), u32(generation))

/** The card whose secret grows into this key: the same 32 bytes. */
export const cardIdOfKey = (key: Key): CardId => encodeId('crd', idBytes(key))

/** The key that signs for a `secret` card: the same 32 bytes. Of a weak card it means nothing. */
export const keyOfCard = (card: CardId): Key => encodeId('key', idBytes(card))

/** Which operation of which transaction created something: `index` is its place in a batch, else 0. */
export type Creation = { readonly scope: Scope; readonly jti: PaymentId; readonly index: number }

export const createdAssetId = (creation: Creation): AssetId =>
  deriveId('ast', ...creationParts(creation))

export const createdGrantId = (creation: Creation): GrantId =>
  deriveId('grt', ...creationParts(creation))

export const createdHoldId = (creation: Creation): HoldId =>
  deriveId('hld', ...creationParts(creation))

export const createdFederationId = (creation: Creation): FederationId =>
  deriveId('fed', ...creationParts(creation))

/** The federation that genesis founds; meaningless unless it does. */
export const federationIdOf = (genesis: Genesis): FederationId =>
  deriveId('fed', idBytes(networkIdOf(genesis)))

/** The federated asset of the federation that genesis founds. */
export const federatedAssetIdOf = (genesis: Genesis): AssetId =>
  deriveId('ast', idBytes(networkIdOf(genesis)), 'federated')

/** The fixed asset at `index` of genesis. */
export const fixedAssetIdOf = (genesis: Genesis, index: number): AssetId =>
  deriveId('ast', idBytes(networkIdOf(genesis)), 'fixed', u32(index))

const creationParts = ({ scope, jti, index }: Creation) => [scope, jti, u32(index)]
