import type { BodyOf } from './model-body.ts'
import {
  type Asset,
  type Books,
  balanceOf,
  type Flow,
  LARGEST,
  madeMs,
  move,
  passesTotals,
  type Setting,
  supplyOf,
} from './model-books.ts'
import { first, type Maybe } from './model-codes.ts'
import type { Refusal } from './model-places.ts'
import {
  agreedMax,
  type Count,
  count,
  mandateOf,
  type Party,
  partyOf,
  passesCaps,
  reaches,
  rightsCodes,
  useGrant,
} from './model-rights.ts'

export const issue = (setting: Setting, tx: BodyOf<'issue'>): Refusal => {
  const { books, signer } = setting
  const asset = books.assets.get(tx.asset)
  const receiver = partyOf(books, tx.to, ['person', 'place'])
  const reference = `${tx.asset}/${tx.reference}`
  const isFederated = asset?.category === 'federated'
  const used =
    tx.place === undefined ? undefined : useGrant(setting, tx, { moved: tx.amount, refunded: 0 })
  const mayIssue = tx.place === undefined ? asset?.gateway === signer : false
  const code = first([
    isFederated && !mayIssue && 'gateway_required',
    ...(tx.place === undefined ? [] : rightsCodes(setting, tx, 'issue')),
    !reaches(books, tx, tx.asset) && 'grant_asset_missing',
    asset === undefined && 'asset_unknown',
    ...issuerCodes(asset, tx.place),
    receiver.problem,
    books.taken.has(reference) && 'reference_used',
    typeof used === 'string' && used,
    supplyOf(books, tx.asset) + tx.amount > (asset?.cap ?? LARGEST) && 'supply_cap_exceeded',
  ])
  if (code !== undefined || receiver.wallet === undefined) return code
  const flows = [{ to: receiver.wallet, asset: tx.asset, amount: tx.amount }]
  if (passesTotals(books, flows)) return 'total_limit_reached'
  if (typeof used === 'function') used()
  if (tx.reference !== undefined) books.taken.add(reference)
  move(books, flows)
  return undefined
}

const issuerCodes = (asset: Asset | undefined, place: string | undefined): readonly Maybe[] => {
  if (asset === undefined) return []
  if (asset.category === 'fixed') return ['asset_supply_fixed']
  if (place === undefined) return [asset.category !== 'federated' && 'asset_category_not_allowed']
  return [asset.issuer !== place && 'asset_not_issued_here']
}

/** What one payer of a sale gives. */
type Share = {
  readonly party: Party
  readonly agreed: ReturnType<typeof agreedMax>
  readonly mandate: ReturnType<typeof mandateOf> | undefined
  readonly flows: readonly (Flow & { readonly from: string })[]
  readonly total: number
}

export const sell = (setting: Setting, tx: BodyOf<'sale'>): Refusal => {
  const { books, timeMs, jti } = setting
  const place = books.places.get(tx.place)
  if (place === undefined) throw new Error(`no place ${tx.place}`)
  const parties = tx.payers.map((payer) => partyOf(books, payer, ['person']))
  const wallets = parties.flatMap(({ wallet }) => wallet ?? [])
  const early = first([
    ...rightsCodes(setting, tx, 'sale'),
    tx.assets?.some((asset) => !reaches(books, tx, asset)) && 'grant_asset_missing',
    ...parties.map((party) => consentCode(setting, tx, party)),
    ...(tx.assets ?? []).map((asset) => assetCode(setting, tx, asset)),
    ...parties.map(({ problem }) => problem),
    ...parties.map(({ card }) => !isLetIn(books, tx.place, card) && 'card_not_accepted'),
    new Set(wallets).size < wallets.length && 'payer_repeated',
  ])
  if (early !== undefined) return early
  const shares = sharesOf(setting, tx, place.wallet)
  const passes = ({ party, agreed, total }: Share): boolean =>
    party.card?.strength !== 'weak' && typeof agreed === 'number' && total > agreed
  if (shares.some(passes)) return 'consent_mismatch'
  const [charges, spends] = [chargesOf(shares, tx.place), spendsOf(setting, shares, tx.place)]
  const used = useGrant(setting, tx, { moved: tx.amount, refunded: 0 })
  const flows = shares.flatMap((share) => share.flows)
  const code = first([
    ...shares.map(({ mandate }) => typeof mandate === 'string' && mandate),
    passesCaps(setting, charges) && 'mandate_cap_exceeded',
    passesCaps(setting, spends) && 'card_limit_exceeded',
    typeof used === 'string' && used,
    sumOf(flows) < tx.amount && 'insufficient_funds',
    passesTotals(books, flows) && 'total_limit_reached',
  ])
  if (code !== undefined) return code
  if (typeof used === 'function') used()
  count(setting, charges)
  count(setting, spends)
  move(books, flows)
  const legs = flows.map(({ from, asset, amount }) => ({ wallet: from, asset, amount }))
  books.sales.set(`${tx.place}/${jti}`, { legs, timeMs, refunded: 0 })
  return undefined
}

/** A weak card from elsewhere pays where a federation of the place says so. */
const isLetIn = ({ places, federations }: Books, place: string, card: Party['card']): boolean =>
  card?.strength !== 'weak' ||
  card.place === place ||
  places.get(place)?.federations.some((each) => federations.get(each)?.weakCards === true) === true

const sumOf = (flows: readonly { readonly amount: number }[]): number =>
  flows.reduce((sum, { amount }) => sum + amount, 0)

const agreedOf = (setting: Setting, tx: BodyOf<'sale'>, party: Party) =>
  agreedMax(setting, party, (agree) =>
    agree.kind === 'sale' &&
    agree.place === tx.place &&
    agree.unit === tx.unit &&
    agree.scale === tx.scale
      ? agree.max
      : undefined,
  )

/** A weak card signs nothing; of nobody nothing can be asked. */
const consentCode = (setting: Setting, tx: BodyOf<'sale'>, party: Party): Maybe => {
  const { card, wallet } = party
  if (card?.strength === 'weak' || (card === undefined && wallet === undefined)) return undefined
  const agreed = agreedOf(setting, tx, party)
  if (agreed === 'mismatch') return 'consent_mismatch'
  if (agreed !== 'missing') return undefined
  if (card !== undefined) return 'card_consent_missing'
  return (
    wallet !== undefined &&
    mandateOf(setting, wallet, tx.place) === 'mandate_missing' &&
    'holder_consent_missing'
  )
}

const assetCode = ({ books }: Setting, tx: BodyOf<'sale'>, id: string): Maybe => {
  const asset = books.assets.get(id)
  if (asset === undefined) return 'asset_unknown'
  return first([
    asset.category === 'fixed' && 'asset_category_not_allowed',
    classIn(books, tx.place, id) === undefined && 'asset_not_accepted',
    (asset.unit !== tx.unit || asset.scale !== tx.scale) && 'asset_unit_mismatch',
  ])
}

/** As what a place takes an asset. */
const classIn = ({ assets, places, federations }: Setting['books'], place: string, id: string) => {
  const asset = assets.get(id)
  const known = places.get(place)
  if (asset === undefined || known === undefined) return undefined
  if (asset.category === 'federated') {
    const isHeld = known.federations.some((each) => federations.get(each)?.assets.includes(id))
    return isHeld ? 'federated' : undefined
  }
  if (asset.issuer === place) return asset.category === 'gift' ? 'gift' : 'local'
  const isShared = asset.federations?.some((each) => known.federations.includes(each)) === true
  return isShared && known.accepts.includes(id) ? 'external' : undefined
}

/** What a place takes when a sale names nothing: by its order of debit, its own by age before others'. */
const debitAssets = (setting: Setting, tx: BodyOf<'sale'>): readonly string[] => {
  const { books } = setting
  const place = books.places.get(tx.place)
  if (place === undefined) return []
  const held = place.federations.flatMap((each) => books.federations.get(each)?.assets ?? [])
  const usable = [...new Set([...place.assets, ...place.accepts, ...held])].filter(
    (id) => reaches(books, tx, id) && assetCode(setting, tx, id) === undefined,
  )
  return place.debitOrder.flatMap((wanted) =>
    usable.filter((id) => classIn(books, tx.place, id) === wanted),
  )
}

/** Payers in order, assets in order, give what they have until the amount is met. */
const sharesOf = (setting: Setting, tx: BodyOf<'sale'>, to: string): readonly Share[] => {
  const { books } = setting
  const assets = tx.assets ?? debitAssets(setting, tx)
  let missing = tx.amount
  return tx.payers.map((payer): Share => {
    const party = partyOf(books, payer, ['person'])
    const from = party.wallet
    if (from === undefined) throw new Error(`${party.id} cannot pay`)
    const flows = assets.flatMap((asset) => {
      const amount = Math.min(missing, balanceOf(books, from, asset))
      missing -= amount
      return amount === 0 ? [] : [{ from, to, asset, amount }]
    })
    const agreed = agreedOf(setting, tx, party)
    const isAsked = party.card !== undefined || agreed === 'missing'
    const mandate = isAsked ? mandateOf(setting, from, tx.place) : undefined
    return { party, agreed, mandate, flows, total: sumOf(flows) }
  })
}

const chargesOf = (shares: readonly Share[], place: string): readonly Count[] =>
  shares.flatMap(({ party, mandate, total }) =>
    typeof mandate === 'object' && total > 0
      ? [{ subject: `charge/${party.id}/${place}`, amount: total, caps: mandate.caps }]
      : [],
  )

const spendsOf = (
  { books }: Setting,
  shares: readonly Pick<Share, 'party' | 'flows'>[],
  where: string,
): readonly Count[] =>
  shares.flatMap(({ party, flows }) =>
    flows.flatMap(({ asset, amount }) => {
      const caps = party.card && books.assets.get(asset)?.cardLimits[party.card.strength]
      return caps === undefined
        ? []
        : [{ subject: `spend/${party.id}/${asset}/${where}`, amount, caps }]
    }),
  )

export const refund = (setting: Setting, tx: BodyOf<'refund'>): Refusal => {
  const { books, timeMs } = setting
  const place = books.places.get(tx.place)
  const { refundWindowMs, maxClockSkewMs } = books.parameters
  const rights = first(rightsCodes(setting, tx, 'refund'))
  if (rights !== undefined) return rights
  const sale = books.sales.get(`${tx.place}/${tx.sale}`)
  if (sale === undefined || place === undefined || timeMs >= sale.timeMs + refundWindowMs) {
    const overMs = madeMs(tx.sale) + refundWindowMs - maxClockSkewMs
    return timeMs >= overMs ? 'refund_window_over' : 'sale_unknown'
  }
  const left = sumOf(sale.legs) - sale.refunded
  const amount = tx.amount ?? left
  const legs = legsBack(sale.legs, sale.refunded, amount)
  const used = useGrant(setting, tx, { moved: amount, refunded: amount })
  const flows = legs.map((leg) => ({ ...leg, from: place.wallet }))
  const code = first([
    legs.some(({ asset }) => !reaches(books, tx, asset)) && 'grant_asset_missing',
    typeof used === 'string' && used,
    left === 0 && 'already_refunded',
    left > 0 && amount > left && 'refund_exceeds_sale',
    lacksFor(setting, place.wallet, legs) && 'insufficient_funds',
    passesTotals(books, flows) && 'total_limit_reached',
  ])
  if (code !== undefined) return code
  if (typeof used === 'function') used()
  sale.refunded += amount
  move(books, flows)
  return undefined
}

/** Whether a wallet has less of some asset than all legs take of it together. */
const lacksFor = ({ books }: Setting, wallet: string, legs: readonly Flow[]): boolean => {
  const needed = new Map<string, number>()
  for (const { asset, amount } of legs) needed.set(asset, (needed.get(asset) ?? 0) + amount)
  return [...needed].some(([asset, sum]) => sum > balanceOf(books, wallet, asset))
}

/** The last leg first, past what was given back before. */
const legsBack = (
  legs: readonly { readonly wallet: string; readonly asset: string; readonly amount: number }[],
  refunded: number,
  amount: number,
) => {
  let [skipped, missing] = [refunded, amount]
  return legs.toReversed().flatMap(({ wallet, asset, amount: sold }) => {
    const passed = Math.min(skipped, sold)
    const given = Math.min(sold - passed, missing)
    skipped -= passed
    missing -= given
    return given === 0 ? [] : [{ to: wallet, asset, amount: given }]
  })
}

export const cashOut = (setting: Setting, tx: BodyOf<'cashout'>): Refusal => {
  const { books, tally } = setting
  const party = partyOf(books, tx.payer, ['person'])
  const consent = `${party.id}/${tx.asset}`
  const early = first([
    ...rightsCodes(setting, tx, 'cashout'),
    !reaches(books, tx, tx.asset) && 'grant_asset_missing',
    cashoutConsentCode(setting, tx, party, tally.get(consent) ?? 0),
    cashoutAssetCode(setting, tx),
    party.problem,
    party.card?.strength === 'weak' && party.card.place !== tx.place && 'card_origin_required',
  ])
  if (early !== undefined || party.wallet === undefined) return early
  const refusal = payOut(setting, tx, { party, wallet: party.wallet })
  if (refusal === undefined) tally.set(consent, (tally.get(consent) ?? 0) + tx.amount)
  return refusal
}

/** A card is charged as for a sale: its mandate and the asset's limits hold. */
const payOut = (
  setting: Setting,
  tx: BodyOf<'cashout'>,
  { party, wallet }: { readonly party: Party; readonly wallet: string },
): Refusal => {
  const { books } = setting
  const { amount } = tx
  const category = books.assets.get(tx.asset)?.category
  const flow = { from: wallet, asset: tx.asset, amount }
  const to = books.places.get(tx.place)?.wallet ?? ''
  const flows: readonly Flow[] = [category === 'federated' ? { ...flow, to } : flow]
  const mandate = party.card && mandateOf(setting, wallet, tx.place)
  const shares = [{ party, agreed: amount, mandate, flows: [flow], total: amount }]
  const [charges, spends] = [chargesOf(shares, tx.place), spendsOf(setting, shares, tx.place)]
  const used = useGrant(setting, tx, { moved: amount, refunded: amount })
  const code = first([
    typeof mandate === 'string' && mandate,
    passesCaps(setting, charges) && 'mandate_cap_exceeded',
    passesCaps(setting, spends) && 'card_limit_exceeded',
    typeof used === 'string' && used,
    category === 'gift' && 'gift_not_redeemable',
    balanceOf(books, wallet, tx.asset) < amount && 'insufficient_funds',
    passesTotals(books, flows) && 'total_limit_reached',
  ])
  if (code !== undefined) return code
  if (typeof used === 'function') used()
  count(setting, charges)
  count(setting, spends)
  move(books, flows)
  return undefined
}

/** One consent bounds all that leans on it in one transaction. */
const cashoutConsentCode = (
  setting: Setting,
  tx: BodyOf<'cashout'>,
  party: Party,
  before: number,
): Maybe => {
  const { card, wallet } = party
  if (card?.strength === 'weak' || (card === undefined && wallet === undefined)) return undefined
  const agreed = agreedMax(setting, party, (agree) =>
    agree.kind === 'cashout' && agree.place === tx.place && agree.asset === tx.asset
      ? agree.max
      : undefined,
  )
  if (agreed === 'missing') return card ? 'card_consent_missing' : 'holder_consent_missing'
  return (agreed === 'mismatch' || before + tx.amount > agreed) && 'consent_mismatch'
}

const cashoutAssetCode = ({ books }: Setting, tx: BodyOf<'cashout'>): Maybe => {
  const asset = books.assets.get(tx.asset)
  switch (asset?.category) {
    case undefined:
      return 'asset_unknown'
    case 'local':
    case 'gift':
      return asset?.issuer !== tx.place && 'asset_not_issued_here'
    case 'federated':
      return classIn(books, tx.place, tx.asset) === undefined && 'asset_not_accepted'
    default:
      return 'asset_category_not_allowed'
  }
}

export const transfer = (setting: Setting, tx: BodyOf<'transfer'>): Refusal => {
  const { books, scope, signer } = setting
  const { from, to, asset: id, amount } = tx
  if (scope !== from) return 'holder_required'
  const asset = books.assets.get(id)
  const card = [...books.cards].find(([, each]) => each.wallet === from)
  const flows = [{ from, to, asset: id, amount }]
  const party = { id: card?.[0] ?? signer, card: card?.[1], wallet: from, problem: undefined }
  const spends = spendsOf(setting, [{ party, flows }], 'transfer')
  const code = first([
    asset === undefined && 'asset_unknown',
    asset?.transferable === false && 'asset_not_transferable',
    card?.[1].state === 'blocked' && 'card_blocked',
    partyOf(books, { wallet: from }, HOLDERS).problem,
    partyOf(books, { wallet: to }, HOLDERS).problem,
    from === to && 'transfer_to_self',
    passesCaps(setting, spends) && 'card_limit_exceeded',
    balanceOf(books, from, id) < amount && 'insufficient_funds',
    passesTotals(books, flows) && 'total_limit_reached',
  ])
  if (code !== undefined) return code
  count(setting, spends)
  move(books, flows)
  return undefined
}

const HOLDERS = ['person', 'card']
