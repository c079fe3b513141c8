import { units } from '#protocol/amount.ts'
import {
  cardIdOfKey,
  createdAssetId,
  createdGrantId,
  federatedAssetIdOf,
  federationIdOf,
  fixedAssetIdOf,
  placeIdOfKey,
  walletIdOfKey,
} from '#protocol/derive.ts'
import type { Genesis } from '#protocol/genesis.ts'
import { type CardId, deriveId, type PlaceId } from '#protocol/id.ts'
import type { PaymentId } from '#protocol/transaction/payment-id.ts'
import type { Circuit } from './circuit.ts'
import type { Keys, Signer } from './keys.ts'
import type { SigningDesk } from './signing-desk.ts'

/** Weak cards that spend freely, and persons. */
export const CARDS = 6
export const PERSONS = 4
/** Cards of the other rolls: with a key, of the venue alone, and blank. */
const SECRET_CARDS = 4
const HOUSE_CARDS = 3
const BLANK_CARDS = 12
const STANDS = 3
/** Cards with claim codes, dynamic ones, and wristbands: so many in use, and so many to come. */
const CLAIMED_CARDS = { active: 5, blank: 6 }
const DYNAMIC_CARDS = 2
const BANDS = { active: 3, blank: 5 }
/** People whose keys become others. */
const MOVERS = 4

/** Caps and limits that a few payments reach. */
export const TIGHT_CAPS = { charge: units(400), day: units(900) }

/** What the tight grant may do in all: a transaction, a day, ever, and back in a day. */
export const GRANT_CAPS = {
  transaction: units(300),
  day: units(900),
  total: units(1_200),
  refundDay: units(350),
}

/** A venue as its owner and its till know it. */
export type Venue = { readonly owner: Signer; readonly id: PlaceId }

/** A card that carries a key. */
export type KeyedCard = { readonly signer: Signer; readonly id: CardId }

/** A card that carries a key, and whose holder has its claim code. */
export type ClaimedCard = KeyedCard & { readonly claim: Signer }

/** Names and ids of everybody and everything at one fair. */
export type Fair = ReturnType<typeof createFair>

export const createFair = ({ genesis, operator }: Circuit, keys: Keys, desk: SigningDesk) => {
  const openingIds = {
    house: desk.newId(genesis.startTimeMs),
    cafe: desk.newId(genesis.startTimeMs),
    second: desk.newId(genesis.startTimeMs),
    third: desk.newId(genesis.startTimeMs),
    fourth: desk.newId(genesis.startTimeMs),
  }
  const venue = venueOf(keys.signer('venue'))
  const cafe = venueOf(keys.signer('cafe'))
  const stall = venueOf(keys.signer('stall'))
  const inHouse = idsOf(venue.id, openingIds.house)
  return {
    openingIds,
    operator,
    /** Who admits places, but not to the federation; the same if there is one authority only. */
    otherOperator: keys.signer(genesis.authorities.length > 1 ? 'operator authority 1' : 'nobody'),
    /** All who vote at first. */
    operators: genesis.authorities.map((_, index) => keys.signer(`operator authority ${index}`)),
    gateway: keys.signer('gateway'),
    collector: keys.signer('collector'),
    /** In the federation; in it, and takes the venue's money; and outside. */
    venue,
    cafe,
    stall,
    /** Places that come and go: nobody else's payment hangs on them. */
    stands: Array.from({ length: STANDS }, (_, index) => venueOf(keys.signer(`stand ${index}`))),
    till: keys.signer('till'),
    barkeeper: keys.signer('barkeeper'),
    attester: keys.signer('attester'),
    movers: Array.from({ length: MOVERS }, (_, index) => keys.signer(`mover ${index}`)),
    /** Whose key was exchanged, by them or by whom it is not: it signs nothing more here. */
    moved: new Set<string>(),
    persons: Array.from({ length: PERSONS }, (_, index) => keys.signer(`person ${index}`)),
    cards: {
      free: cardsOf('card', CARDS),
      house: cardsOf('house card', HOUSE_CARDS),
      blank: cardsOf('blank card', BLANK_CARDS),
      claimed: claimedCards(keys, 'claimed card', CLAIMED_CARDS.active),
      spare: claimedCards(keys, 'spare card', CLAIMED_CARDS.blank),
      dynamic: cardsOf('dynamic card', DYNAMIC_CARDS),
      bands: cardsOf('band', BANDS.active),
      spareBands: cardsOf('spare band', BANDS.blank),
      keyed: Array.from({ length: SECRET_CARDS }, (_, index): KeyedCard => {
        const signer = keys.signer(`secret card ${index}`)
        return { signer, id: cardIdOfKey(signer.key) }
      }),
    },
    federation: federationIdOf(genesis),
    /** In the order of the opening: see `houseOperations`. */
    grants: {
      till: inHouse.grant(0),
      tight: inHouse.grant(5),
      reader: inHouse.grant(6),
      future: inHouse.grant(7),
      past: inHouse.grant(8),
      revoked: inHouse.grant(9),
      second: idsOf(venue.id, openingIds.second).grant(0),
      third: idsOf(venue.id, openingIds.third).grant(0),
      fourth: idsOf(venue.id, openingIds.fourth).grant(0),
    },
    assets: {
      cups: inHouse.asset(1),
      gift: inHouse.asset(2),
      minutes: inHouse.asset(3),
      stars: inHouse.asset(4),
      club: inHouse.asset(10),
      staff: inHouse.asset(11),
      voucher: inHouse.asset(12),
      old: inHouse.asset(13),
      cake: idsOf(cafe.id, openingIds.cafe).asset(0),
      medal: fixedAssetIdOf(genesis, 0),
      euro: federatedAssetIdOf(genesis),
    },
    peers: {
      venue: keys.peerId('venue'),
      cafe: keys.peerId('cafe'),
      stall: keys.peerId('stall'),
      stand: keys.peerId('stand'),
    },
    keys,
    startMs: startOf(genesis),
  }
}

const startOf = ({ startTimeMs }: Genesis): number => startTimeMs

const venueOf = (owner: Signer): Venue => ({ owner, id: placeIdOfKey(owner.key) })

const cardsOf = (name: string, count: number): readonly CardId[] =>
  Array.from({ length: count }, (_, index) => deriveId('crd', `${name} ${index}`))

const claimedCards = (keys: Keys, name: string, count: number): readonly ClaimedCard[] =>
  Array.from({ length: count }, (_, index) => {
    const signer = keys.signer(`${name} ${index}`)
    return { signer, id: cardIdOfKey(signer.key), claim: keys.signer(`${name} ${index} claim`) }
  })

const idsOf = (scope: PlaceId, jti: PaymentId) => ({
  grant: (index: number) => createdGrantId({ scope, jti, index }),
  asset: (index: number) => createdAssetId({ scope, jti, index }),
})

export const walletOf = ({ key }: Signer) => walletIdOfKey(key)
