import { units } from '#protocol/amount.ts'
import type { VerifiedTransaction } from '#protocol/transaction/envelope.ts'
import { GRANT_ACTIONS } from '#protocol/transaction/kinds/grant.ts'
import { peerIdOfKeyBytes } from '#protocol/transaction/kinds/peer-id.ts'
import type { PlaceRegister } from '#protocol/transaction/kinds/place.ts'
import type {
  BatchOperation,
  TransactionBody,
} from '#protocol/transaction/kinds/transaction-body.ts'
import { type OwnAgreement, signParsed } from '#protocol/transaction/sign-parsed.ts'
import { judgeSignatures } from '#protocol/transaction/verify.ts'
import { publicKeyOf } from '#signature'
import {
  ASSET_NUMBER,
  FIRST_GRANT_NUMBER,
  type GrownCast,
  type Player,
  paymentIdAt,
  secretOf,
  VENUE,
} from './cast.ts'
import {
  CARDS_PER_BATCH,
  CARDS_PER_BLOCK,
  cardBlocksOf,
  FIRST_BLOCKS,
  type GrownSizes,
  PAYMENTS_PER_BLOCK,
} from './sizes.ts'

/** Seconds that everything signed here is good for. */
const LIFE_S = 60
/** From signing to the block, as a busy network takes it. */
const SIGNED_BEFORE_MS = 50
/** No limit that stands in anybody's way. */
const ROOM = units(1_000_000_000_000)
const ROOMY = { charge: ROOM, day: ROOM }
/** What one sale costs, at least, and how many different prices there are. */
const PRICE_MIN = 150
const PRICES = 700
/** A card has its first money for all that it will buy, and this much is left. */
const LEFT_OVER = 20_000
/** Coprime to every number of wallets below it: successive sales are of cards far apart. */
const CARD_STRIDE = 15_485_863

export const signedMsOf = (blockMs: number): number => blockMs - SIGNED_BEFORE_MS

/**
 * The transactions of one block: a function of its height alone, so that a generator that was stopped
 * goes on where it was. They are signed here, by the real keys, and not checked again.
 */
export const contentOf = (
  cast: GrownCast,
  sizes: GrownSizes,
  block: { readonly height: number; readonly timestampMs: number },
): readonly VerifiedTransaction[] => {
  const { height, timestampMs } = block
  const sign = signerAt(cast, signedMsOf(timestampMs))
  if (height === 1) return [registerPlace(cast, sizes, sign)]
  if (height === FIRST_BLOCKS) return furnish(cast, sign)
  const cardBlock = height - FIRST_BLOCKS - 1
  if (cardBlock < cardBlocksOf(sizes)) return bringCards(cast, sizes, { cardBlock, sign })
  return sell(cast, sizes, { paymentBlock: cardBlock - cardBlocksOf(sizes), sign })
}

type Sign = (
  player: Player,
  number: number,
  body: TransactionBody,
  consents?: readonly OwnAgreement[],
) => VerifiedTransaction

const signerAt =
  ({ networkId }: GrownCast, timeMs: number): Sign =>
  ({ key, sign }, number, body, consents = []) => {
    const parsed = signParsed({
      networkId,
      signerKey: key,
      sign,
      exp: Math.floor(timeMs / 1000) + LIFE_S,
      jti: paymentIdAt(timeMs, number),
      body,
      consents,
    })
    if (!parsed.ok) throw new Error(`${body.kind}: ${parsed.code} ${parsed.detail}`)
    const signed = judgeSignatures(
      parsed,
      parsed.claims.map(() => true),
    )
    if (typeof signed === 'string') throw new Error(signed)
    return signed
  }

const registerPlace = (
  { operator, venue, federation }: GrownCast,
  sizes: GrownSizes,
  sign: Sign,
): VerifiedTransaction => {
  const body: PlaceRegister = {
    kind: 'place.register',
    placeKey: venue.key,
    name: 'Blue Bar',
    nodes: [peerIdOfKeyBytes(publicKeyOf(secretOf(sizes, `${VENUE}/network`)))],
    federation,
    accepts: [],
  }
  const { placeKey: _, ...terms } = body
  const agree = { ...terms, authority: operator.key }
  return sign(operator, 0, body, [{ signerKey: venue.key, sign: venue.sign, agree }])
}

const furnish = (
  { venue, place, tills }: GrownCast,
  sign: Sign,
): readonly VerifiedTransaction[] => [
  sign(venue, ASSET_NUMBER, {
    kind: 'asset.create',
    place,
    code: 'BLUEBAR',
    name: 'Blue Bar money',
    category: 'local',
    unit: 'EUR',
    scale: 2,
    transferable: true,
    cardLimits: { weak: ROOMY, secret: ROOMY },
  }),
  ...tills.map(({ key }, index) =>
    sign(venue, FIRST_GRANT_NUMBER + index, {
      kind: 'grant.issue',
      place,
      grantee: key,
      actions: [...GRANT_ACTIONS],
      till: `grown-${index + 1}`,
      caps: {},
    }),
  ),
]

/** A roll of cards is registered, then activated and funded some at a time. */
const bringCards = (
  { venue, place, asset, cardAt }: GrownCast,
  sizes: GrownSizes,
  { cardBlock, sign }: { readonly cardBlock: number; readonly sign: Sign },
): readonly VerifiedTransaction[] => {
  const from = cardBlock * CARDS_PER_BLOCK
  const cards = range(from, Math.min(sizes.wallets, from + CARDS_PER_BLOCK)).map(cardAt)
  const amount = units(LEFT_OVER + fundsFor(sizes))
  const batches = range(0, Math.ceil(cards.length / CARDS_PER_BATCH)).map((batch) =>
    cards.slice(batch * CARDS_PER_BATCH, (batch + 1) * CARDS_PER_BATCH),
  )
  return [
    sign(venue, 0, {
      kind: 'card.register',
      place,
      batch: 'grown',
      strength: 'weak',
      mandate: { caps: ROOMY },
      cards,
    }),
    ...batches.map((batch, index) =>
      sign(venue, index + 1, {
        kind: 'batch',
        operations: batch.flatMap((card): readonly BatchOperation[] => [
          { kind: 'card.activate', place, card },
          { kind: 'issue', place, asset, amount, to: { card } },
        ]),
      }),
    ),
  ]
}

/** What one card's sales cost at most. */
const fundsFor = ({ wallets, payments }: GrownSizes): number =>
  Math.ceil(payments / wallets) * (PRICE_MIN + PRICES)

const sell = (
  cast: GrownCast,
  sizes: GrownSizes,
  { paymentBlock, sign }: { readonly paymentBlock: number; readonly sign: Sign },
): readonly VerifiedTransaction[] => {
  const from = paymentBlock * PAYMENTS_PER_BLOCK
  return salesOf(cast, sizes, {
    from,
    to: Math.min(sizes.payments, from + PAYMENTS_PER_BLOCK),
    sign,
  })
}

/** The sales of these numbers, for a block of this time. */
export const saleContent = (
  cast: GrownCast,
  sizes: GrownSizes,
  {
    from,
    to,
    timestampMs,
  }: { readonly from: number; readonly to: number; readonly timestampMs: number },
): readonly VerifiedTransaction[] =>
  salesOf(cast, sizes, { from, to, sign: signerAt(cast, signedMsOf(timestampMs)) })

const salesOf = (
  { place, tills, cardAt }: GrownCast,
  { wallets }: Pick<GrownSizes, 'wallets'>,
  { from, to, sign }: { readonly from: number; readonly to: number; readonly sign: Sign },
): readonly VerifiedTransaction[] =>
  range(from, to).map((payment) => {
    const till = tills[payment % tills.length]
    if (till === undefined) throw new RangeError('a ledger without a till')
    return sign(till, payment, {
      kind: 'sale',
      place,
      grant: till.grant,
      payers: [{ card: cardAt((payment * CARD_STRIDE) % wallets) }],
      amount: units(PRICE_MIN + ((payment * 7_919) % PRICES)),
      unit: 'EUR',
      scale: 2,
    })
  })

const range = (from: number, to: number): readonly number[] =>
  Array.from({ length: to - from }, (_, index) => from + index)
