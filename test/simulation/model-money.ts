import { cardIdOfKey } from '#protocol/derive.ts'
import type { BodyOf, ModelAgreement } from './model-body.ts'
import {
  add,
  type Books,
  balanceOf,
  type Flow,
  freezeCode,
  keyOf,
  move,
  passesTotals,
  type Setting,
} from './model-books.ts'
import { first, type Maybe } from './model-codes.ts'
import { UNPAYABLE } from './model-issue.ts'
import {
  boughtIn,
  broughtIn,
  divide,
  lineCodes,
  lineRights,
  passesSupply,
  tipsIn,
  topUpsIn,
} from './model-lines.ts'
import type { Refusal } from './model-places.ts'
import {
  type Agreed,
  agreedMax,
  type Count,
  classIn,
  consentMax,
  count,
  isLetIn,
  isLinked,
  mandateOf,
  type Party,
  partyOf,
  passesCaps,
  reaches,
  rememberTap,
  rightsCodes,
  tapOf,
  useGrant,
} from './model-rights.ts'
import { extend } from './model-services.ts'

/** What one payer of a sale gives. */
type Share = {
  readonly party: Party
  readonly agreed: Agreed
  readonly mandate: ReturnType<typeof mandateOf> | undefined
  readonly flows: readonly (Flow & { readonly from: string })[]
  readonly total: number
}

export const sell = (setting: Setting, tx: BodyOf<'sale'>): Refusal => {
  const { books } = setting
  const place = books.places.get(tx.place)
  if (place === undefined) throw new Error(`no place ${tx.place}`)
  const parties = tx.payers.map((payer) => partyOf(books, payer, ['person']))
  const wallets = parties.flatMap(({ wallet }) => wallet ?? [])
  const early = first([
    ...rightsCodes(setting, tx, 'sale'),
    ...lineRights(setting, tx),
    tx.assets?.some((asset) => !reaches(books, tx, asset)) && 'grant_asset_missing',
    ...parties.map((party) => consentCode(setting, tx, party)),
    ...parties.map((party) => tipConsentCode(setting, tx, party)),
    ...(tx.assets ?? []).map((asset) => assetCode(setting, tx, asset)),
    ...parties.map(({ problem, wallet }) => problem ?? freezeCode(setting, wallet)),
    ...parties.map(({ card }) => !isLetIn(books, tx.place, card) && 'card_not_accepted'),
    ...lineCodes(setting, tx, wallets),
    new Set(wallets).size < wallets.length && 'payer_repeated',
  ])
  if (early !== undefined) return early
  const shares = sharesOf(setting, tx, place.wallet)
  const passes = ({ party, agreed, total }: Share): boolean =>
    party.card?.strength !== 'weak' && typeof agreed === 'number' && total > agreed
  if (shares.some(passes)) return 'consent_mismatch'
  const [charges, spends] = [chargesOf(shares, tx.place), spendsOf(setting, shares, tx.place)]
  const moved = tx.amount + sumOf(topUpsIn(tx))
  const used = useGrant(setting, tx, { moved, refunded: 0 })
  const given = shares.flatMap((share) => share.flows)
  const code = first([
    ...shares.map(({ mandate }) => typeof mandate === 'string' && mandate),
    passesCaps(setting, charges) && 'mandate_cap_exceeded',
    passesCaps(setting, spends) && 'card_limit_exceeded',
    typeof used === 'string' && used,
    passesSupply(setting, tx) && 'supply_cap_exceeded',
    sumOf(given) < tx.amount && 'insufficient_funds',
  ])
  if (code !== undefined) return code
  const refusal = takeAll(setting, tx, given)
  if (refusal !== undefined) return refusal
  if (typeof used === 'function') used()
  count(setting, charges)
  count(setting, spends)
  for (const party of parties) rememberTap(setting, party, tx.place)
  return undefined
}

/** What is given goes to the place and to whom it is a tip; what is bought comes to the first payer. */
const takeAll = (
  setting: Setting,
  tx: BodyOf<'sale'>,
  given: readonly (Flow & { readonly from: string })[],
): Refusal => {
  const { books, timeMs, jti } = setting
  const [payer] = tx.payers
  const to = (payer && partyOf(books, payer, ['person']).wallet) ?? ''
  const { kept, tips } = divide(given, tx)
  const brought = topUpsIn(tx).map(({ asset, amount }) => ({ to, asset, amount }))
  const flows = [...kept, ...tips, ...brought]
  if (tips.some(({ asset }) => books.assets.get(asset)?.transferable !== true)) {
    return 'asset_not_transferable'
  }
  if (passesTotals(books, flows)) return 'total_limit_reached'
  const membership = tx.lines?.find((line) => line.line === 'membership')
  const refusal = membership && extend(setting, to, membership)
  if (refusal !== undefined) return refusal
  move(books, flows)
  const legs = kept.map(({ from, asset, amount }) => ({ wallet: from, asset, amount }))
  books.sales.set(`${tx.place}/${jti}`, { legs, timeMs, refunded: 0, bought: boughtIn(tx) })
  return undefined
}

const sumOf = (flows: readonly { readonly amount: number }[]): number =>
  flows.reduce((sum, { amount }) => sum + amount, 0)

const agreedOf = (setting: Setting, tx: BodyOf<'sale'>, party: Party): Agreed =>
  consentMax(setting, party, {
    place: tx.place,
    maxIn: (agree) => (isAbout(agree, tx) ? agree.max : undefined),
  })

const isAbout = (agree: ModelAgreement, tx: BodyOf<'sale'>): agree is SaleAgreement =>
  agree.kind === 'sale' &&
  agree.place === tx.place &&
  agree.unit === tx.unit &&
  agree.scale === tx.scale
type SaleAgreement = Extract<ModelAgreement, { kind: 'sale' }>

/** Every payer agrees to the most of all tips: by its own signature, or by its tap. */
const tipConsentCode = (setting: Setting, tx: BodyOf<'sale'>, party: Party): Maybe => {
  const tips = tipsIn(tx)
  const { card, wallet } = party
  if (tips === 0 || (card === undefined && wallet === undefined)) return undefined
  if (agreedOf(setting, tx, party) === 'missing') {
    return card === undefined ? 'holder_consent_missing' : 'card_consent_missing'
  }
  if (card?.strength === 'dynamic') {
    const tap = tapOf(setting, party, tx.place)
    return typeof tap === 'object' && tips > (tap.tip ?? 0) && 'consent_mismatch'
  }
  const most = agreedMax(setting, party, (agree) =>
    isAbout(agree, tx) ? (agree.tip ?? 0) : undefined,
  )
  return typeof most === 'number' && tips > most && 'consent_mismatch'
}

/** A weak card signs nothing; of nobody nothing can be asked. */
const consentCode = (setting: Setting, tx: BodyOf<'sale'>, party: Party): Maybe => {
  const { card, wallet } = party
  if (card?.strength === 'weak' || (card === undefined && wallet === undefined)) return undefined
  const agreed = agreedOf(setting, tx, party)
  if (agreed === 'mismatch') return 'consent_mismatch'
  if (agreed === 'replayed') return 'card_counter_replayed'
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
    asset.archived === true && 'asset_archived',
    ['fixed', ...UNPAYABLE].includes(asset.category) && 'asset_category_not_allowed',
    asset.category === 'gift' && bringsLocal(books, tx) && 'asset_category_not_allowed',
    classIn(books, tx.place, id) === undefined && 'asset_not_accepted',
    (asset.unit !== tx.unit || asset.scale !== tx.scale) && 'asset_unit_mismatch',
  ])
}

/** Gifts are no way to money that is paid out. */
const bringsLocal = ({ assets }: Books, tx: BodyOf<'sale'>): boolean =>
  topUpsIn(tx).some(({ asset }) => assets.get(asset)?.category === 'local')

/** What a place takes when a sale names nothing: by its order of debit, its own by age before others'. */
const debitAssets = (setting: Setting, tx: BodyOf<'sale'>): readonly string[] => {
  const { books } = setting
  const place = books.places.get(tx.place)
  if (place === undefined) return []
  const held = place.federations.flatMap((each) => books.federations.get(each)?.assets ?? [])
  const usable = [...new Set([...place.assets, ...place.accepts, ...held])].filter(
    (id) =>
      reaches(books, tx, id) &&
      !broughtIn(tx).includes(id) &&
      assetCode(setting, tx, id) === undefined,
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

export const chargesOf = (shares: readonly Share[], place: string): readonly Count[] =>
  shares.flatMap(({ party, mandate, total }) =>
    typeof mandate === 'object' && total > 0
      ? [{ subject: `charge/${party.id}/${place}`, amount: total, caps: mandate.caps }]
      : [],
  )

export const spendsOf = (
  { books }: Setting,
  shares: readonly Pick<Share, 'party' | 'flows'>[],
  where: string,
): readonly Count[] =>
  shares.flatMap(({ party, flows }) =>
    flows.flatMap(({ asset, amount }) => {
      const limits = books.assets.get(asset)?.cardLimits
      const caps = party.card && (limits?.[party.card.strength] ?? limits?.secret)
      return caps === undefined
        ? []
        : [{ subject: `spend/${party.id}/${asset}/${where}`, amount, caps }]
    }),
  )

export const cashOut = (setting: Setting, tx: BodyOf<'cashout'>): Refusal => {
  const { books, tally } = setting
  const party = partyOf(books, tx.payer, ['person'])
  const consent = consentName(setting, tx, party)
  const early = first([
    ...rightsCodes(setting, tx, 'cashout'),
    !reaches(books, tx, tx.asset) && 'grant_asset_missing',
    cashoutConsentCode(setting, tx, party, tally.get(consent) ?? 0),
    cashoutAssetCode(setting, tx),
    party.problem ?? freezeCode(setting, party.wallet),
    party.card?.strength === 'weak' && party.card.place !== tx.place && 'card_origin_required',
  ])
  if (early !== undefined || party.wallet === undefined) return early
  const refusal = payOut(setting, tx, { party, wallet: party.wallet })
  if (refusal !== undefined) return refusal
  if (!isLinked(books, party.card)) rememberTap(setting, party, tx.place)
  tally.set(consent, (tally.get(consent) ?? 0) + tx.amount)
  return undefined
}

/** A tap is for whatever asset; a person agrees for all their cards at once. */
const consentName = (setting: Setting, tx: BodyOf<'cashout'>, party: Party): string => {
  const isTap = party.card?.strength === 'dynamic' && !isLinked(setting.books, party.card)
  const tap = isTap ? tapOf(setting, party, tx.place) : 'missing'
  if (typeof tap === 'object') return `${party.named}/tap/${tap.counter}`
  const by = isLinked(setting.books, party.card) ? party.card?.wallet : party.id
  return `${by}/${tx.asset}`
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
  if (category === 'local') add(books.redeemed, tx.asset, amount)
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
  const linked = isLinked(setting.books, card)
  const holder = { ...party, card: undefined, wallet: card?.wallet }
  const agreed = consentMax(setting, linked ? holder : party, {
    place: tx.place,
    maxIn: (agree) =>
      agree.kind === 'cashout' && agree.place === tx.place && agree.asset === tx.asset
        ? agree.max
        : undefined,
  })
  if (agreed === 'missing') {
    return card && !linked ? 'card_consent_missing' : 'holder_consent_missing'
  }
  if (agreed === 'replayed') return 'card_counter_replayed'
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
  const card = signingCard(books, from, signer)
  const flows = [{ from, to, asset: id, amount }]
  const party = { id: card?.counted ?? signer, card, wallet: from, problem: undefined }
  const spends = spendsOf(setting, [{ party, flows }], 'transfer')
  const code = first([
    asset === undefined && 'asset_unknown',
    asset?.archived === true && 'asset_archived',
    asset?.transferable === false && 'asset_not_transferable',
    card?.state === 'blocked' && 'card_blocked',
    partyOf(books, { wallet: from }, HOLDERS).problem ?? freezeCode(setting, from),
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

/** The card whose key signs for its own wallet. */
const signingCard = ({ wallets, cards }: Books, from: string, signer: string) =>
  wallets.get(from) === 'card' ? cards.get(cardIdOfKey(keyOf(signer))) : undefined

const HOLDERS = ['person', 'card']
