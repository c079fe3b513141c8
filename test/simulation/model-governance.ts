import { createHash } from 'node:crypto'
import { createdFederationId } from '#protocol/derive.ts'
import { parseId } from '#protocol/id.ts'
import { PaymentId } from '#protocol/transaction/payment-id.ts'
import type { BodyOf, ModelAgreement, ModelStep } from './model-body.ts'
import { type Asset, type Books, type Place, type Setting, supplyOf } from './model-books.ts'
import { first, type Maybe } from './model-codes.ts'
import type { Refusal } from './model-places.ts'
import { isShared, reaches, rightsCodes } from './model-rights.ts'

const DEBIT_ORDER = ['gift', 'local', 'external', 'federated']
const FEDERATIONS_OF_PLACE = 8
const INVITED_MS = 30 * 86_400_000

/** The threshold of the authorities for the whole of a body. */
export const thresholdCodes = ({ books, signer, consents, raw }: Setting): readonly Maybe[] => {
  const size = books.operators.size
  const quorum = size - Math.floor((size - 1) / 3)
  const terms = createHash('sha256').update(JSON.stringify(raw)).digest('hex')
  const own = consents.filter((each) => books.operators.has(each.signer))
  const agreeing = own.filter(({ agree }) => agree.kind === 'operators' && agree.terms === terms)
  const count = (some: typeof own): number => new Set(some.map((each) => each.signer)).size
  return [
    !books.operators.has(signer) && 'authority_required',
    count(own) < quorum && 'consent_missing',
    count(agreeing) < quorum && 'consent_mismatch',
  ]
}

type Change = BodyOf<'asset.update'> | BodyOf<'asset.archive'>

const changeCodes = (setting: Setting, tx: Change): readonly Maybe[] => {
  const { books } = setting
  const asset = books.assets.get(tx.asset)
  if (tx.place === undefined) {
    return [
      ...thresholdCodes(setting),
      asset === undefined && 'asset_unknown',
      asset !== undefined && asset.category !== 'federated' && 'asset_category_not_allowed',
    ]
  }
  return [
    ...rightsCodes(setting, tx, tx.kind),
    !reaches(books, tx, tx.asset) && 'grant_asset_missing',
    asset === undefined && 'asset_unknown',
    asset !== undefined && asset.issuer !== tx.place && 'asset_not_issued_here',
  ]
}

/** Whose category cannot have the terms, as far as a simulation tries. */
const isMisfit = ({ category }: Asset, tx: BodyOf<'asset.update'>): boolean =>
  (tx.vat !== undefined && category !== 'local' && category !== 'gift') ||
  (category === 'federated' && tx.federations !== undefined)

const updateAsset = (setting: Setting, tx: BodyOf<'asset.update'>): Refusal => {
  const { books } = setting
  const asset = books.assets.get(tx.asset)
  const joined = books.places.get(tx.place ?? '')?.federations ?? []
  const strange = tx.place !== undefined && tx.federations?.some((each) => !joined.includes(each))
  const code = first([
    ...changeCodes(setting, tx),
    strange === true && 'federation_unknown',
    asset !== undefined && isMisfit(asset, tx) && 'asset_category_not_allowed',
    tx.cap !== undefined && tx.cap < supplyOf(books, tx.asset) && 'supply_cap_exceeded',
  ])
  if (code !== undefined || asset === undefined) return code
  const { cap, transferable, cardLimits, lease, issueLimits, federations } = tx
  const terms = { cap, transferable, cardLimits, lease, issueLimits, federations }
  books.assets.set(tx.asset, { ...asset, ...terms })
  return undefined
}

const archiveAsset = (setting: Setting, tx: BodyOf<'asset.archive'>): Refusal => {
  const { books } = setting
  const asset = books.assets.get(tx.asset)
  const code = first([...changeCodes(setting, tx), asset?.archived === true && 'asset_archived'])
  if (code !== undefined || asset === undefined) return code
  books.assets.set(tx.asset, { ...asset, archived: true })
  return undefined
}

const setPlace = ({ places }: Books, id: string, changes: Partial<Place>): void => {
  const place = places.get(id)
  if (place !== undefined) places.set(id, { ...place, ...changes })
}

const updatePlace = (setting: Setting, tx: BodyOf<'place.update'>): Refusal => {
  const { books } = setting
  const place = books.places.get(tx.place)
  const code = first([
    ...rightsCodes(setting, tx, 'place.update'),
    ...tx.accepts.map((id) => place && acceptanceCode(books, place.federations, id)),
    tx.accepts.some((id) => place?.assets.includes(id)) && 'asset_not_accepted',
  ])
  if (code !== undefined) return code
  setPlace(books, tx.place, { accepts: tx.accepts, debitOrder: tx.debitOrder ?? DEBIT_ORDER })
  return undefined
}

/** Whose money somebody in these federations may accept. */
export const acceptanceCode = (books: Books, joined: readonly string[], id: string): Maybe => {
  const asset = books.assets.get(id)
  if (asset === undefined) return 'asset_unknown'
  return !isShared(books, asset, { joined, id }) && 'asset_not_accepted'
}

const leavePlace = (setting: Setting, tx: BodyOf<'place.leave'>): Refusal => {
  const code = first(rightsCodes(setting, tx, 'place.leave'))
  if (code === undefined) setPlace(setting.books, tx.place, { status: 'leaving', left: true })
  return code
}

const suspendPlace = (setting: Setting, tx: BodyOf<'place.suspend'>): Refusal => {
  const { books, signer } = setting
  const place = books.places.get(tx.target)
  const isElsewhere = place?.authority !== signer && books.operators.has(place?.authority ?? '')
  const code = first([
    !books.operators.has(signer) && 'authority_required',
    place === undefined && 'place_unknown',
    isElsewhere && 'home_authority_required',
  ])
  const otherwise = place?.left === true ? 'leaving' : 'active'
  if (code === undefined) {
    setPlace(books, tx.target, { status: tx.suspended ? 'suspended' : otherwise })
  }
  return code
}

const adminCodes = (
  { consents }: Setting,
  keys: readonly string[],
  isAbout: (agree: ModelAgreement) => boolean,
): readonly Maybe[] =>
  keys.map((key) => {
    const own = consents.filter(({ signer }) => signer === key)
    if (own.length === 0) return 'consent_missing'
    return !own.some(({ agree }) => isAbout(agree)) && 'consent_mismatch'
  })

const learnKeys = ({ keys }: Books, admins: readonly string[]): void => {
  for (const key of admins) if (!keys.has(key)) keys.set(key, undefined)
}

const createFederation = (setting: Setting, tx: BodyOf<'federation.create'>): Refusal => {
  const { books, signer, scope, jti, index } = setting
  const others = tx.admins.filter((key) => key !== signer)
  const code = first([
    !books.operators.has(signer) && 'authority_required',
    ...adminCodes(
      setting,
      others,
      (agree) => agree.kind === 'federation.create' && agree.name === tx.name,
    ),
  ])
  if (code !== undefined) return code
  const founder = parseId('key', scope) ?? parseId('wal', scope)
  if (founder === undefined) throw new Error(`${scope} founds nothing`)
  const id = createdFederationId({ scope: founder, jti: PaymentId.parse(jti), index })
  books.federations.set(id, { admins: tx.admins, assets: [], weakCards: tx.weakCards })
  learnKeys(books, tx.admins)
  return undefined
}

const setFederation = (setting: Setting, tx: BodyOf<'federation.set'>): Refusal => {
  const { books, signer } = setting
  const known = books.federations.get(tx.federation)
  if (known === undefined) return 'federation_unknown'
  if (!known.admins.includes(signer)) return 'federation_admin_required'
  const added = tx.admins.filter((key) => !known.admins.includes(key))
  const code = first(
    adminCodes(
      setting,
      added,
      (agree) => agree.kind === 'federation.set' && agree.federation === tx.federation,
    ),
  )
  if (code !== undefined) return code
  const { admins, weakCards } = tx
  books.federations.set(tx.federation, { ...known, admins, weakCards })
  learnKeys(books, admins)
  return undefined
}

const invite = (setting: Setting, tx: BodyOf<'federation.invite'>): Refusal => {
  const { books, signer, timeMs } = setting
  const { federation, target, untilMs } = tx
  const place = books.places.get(target)
  const known = books.federations.get(federation)
  const code = first([
    place === undefined && 'place_unknown',
    known === undefined && 'federation_unknown',
    known?.admins.includes(signer) === false && 'federation_admin_required',
    place?.federations.includes(federation) === true && 'federation_joined',
    (untilMs <= timeMs || untilMs > timeMs + INVITED_MS) && 'invitation_time_not_allowed',
  ])
  if (code === undefined) books.invitations.set(`${federation}/${target}`, untilMs)
  return code
}

const accept = (setting: Setting, tx: BodyOf<'federation.accept'>): Refusal => {
  const { books, timeMs } = setting
  const { place: id, federation } = tx
  const joined = books.places.get(id)?.federations ?? []
  const invited = `${federation}/${id}`
  const code = first([
    ...rightsCodes(setting, tx, 'federation.accept'),
    !books.federations.has(federation) && 'federation_unknown',
    timeMs >= (books.invitations.get(invited) ?? 0) && 'invitation_unknown',
    joined.length >= FEDERATIONS_OF_PLACE && 'federation_limit_reached',
  ])
  if (code !== undefined) return code
  books.invitations.delete(invited)
  setPlace(books, id, { federations: [...joined, federation] })
  return undefined
}

const leaveFederation = (setting: Setting, tx: BodyOf<'federation.leave'>): Refusal => {
  const { books, signer } = setting
  const { federation, target } = tx
  const id = tx.place ?? target ?? ''
  const place = books.places.get(id)
  const admins = books.federations.get(federation)?.admins ?? []
  const code = first([
    place === undefined && 'place_unknown',
    ...(tx.place === undefined ? [] : rightsCodes(setting, tx, 'federation.leave')),
    place?.federations.includes(federation) === false && 'federation_unknown',
    tx.place === undefined && !admins.includes(signer) && 'federation_admin_required',
  ])
  if (code !== undefined || place === undefined) return code
  const others = (all: readonly string[]) => all.filter((each) => each !== federation)
  setPlace(books, id, { federations: others(place.federations) })
  for (const each of place.assets) {
    const asset = books.assets.get(each)
    if (asset !== undefined) {
      books.assets.set(each, { ...asset, federations: others(asset.federations ?? []) })
    }
  }
  return undefined
}

/** What is changed holds from the next block on. */
const changeParameters = (setting: Setting, tx: BodyOf<'parameter.change'>): Refusal => {
  const { books } = setting
  const code = first(thresholdCodes(setting))
  if (code !== undefined) return code
  const { kind: _, ...named } = tx
  const before = books.parametersNext ?? books.parameters
  books.parametersNext = { ...before, ...given(named) }
  return undefined
}

const given = ({
  refusedPerHour,
  walletsPerDay,
  forgetPerBlock,
}: Omit<BodyOf<'parameter.change'>, 'kind'>) => ({
  ...(refusedPerHour !== undefined && { refusedPerHour }),
  ...(walletsPerDay !== undefined && { walletsPerDay }),
  ...(forgetPerBlock !== undefined && { forgetPerBlock }),
})

type Governance = Extract<
  ModelStep,
  {
    kind:
      | 'asset.archive'
      | 'asset.update'
      | `federation.${string}`
      | 'parameter.change'
      | 'place.leave'
      | 'place.suspend'
      | 'place.update'
  }
>

const GOVERNANCE = /^(?:asset\.(?:archive|update)|federation\.|parameter\.|place\.(?!register))/

export const isGovernance = (tx: ModelStep): tx is Governance => GOVERNANCE.test(tx.kind)

export const govern = (tx: Governance, setting: Setting): Refusal => {
  switch (tx.kind) {
    case 'asset.archive':
      return archiveAsset(setting, tx)
    case 'asset.update':
      return updateAsset(setting, tx)
    case 'federation.accept':
      return accept(setting, tx)
    case 'federation.create':
      return createFederation(setting, tx)
    case 'federation.invite':
      return invite(setting, tx)
    case 'federation.leave':
      return leaveFederation(setting, tx)
    case 'federation.set':
      return setFederation(setting, tx)
    case 'parameter.change':
      return changeParameters(setting, tx)
    case 'place.leave':
      return leavePlace(setting, tx)
    case 'place.suspend':
      return suspendPlace(setting, tx)
    case 'place.update':
      return updatePlace(setting, tx)
  }
}
