import { units } from '#protocol/amount.ts'
import { createdAssetId } from '#protocol/derive.ts'
import { type AssetId, deriveId } from '#protocol/id.ts'
import type { AssetArchive, AssetCreate, AssetUpdate } from '#protocol/transaction/kinds/asset.ts'
import { alone, atVenue, type Deed, inNameOf } from './act.ts'
import { agreedByOperators, byOperator } from './acts-of-authorities.ts'
import { ROOMY_LIMITS } from './circuit.ts'
import { walletOf } from './fair.ts'
import { referenceOf, VOUCHER_TERMS } from './fair-opening.ts'

const NOTHING = deriveId('ast', 'nothing')

/** Vouchers, of which a second minter knows above some amount and only so many are made in a day. */
const issueVouchers: Deed = (scene) => {
  const { venue, assets, grants, random, till } = scene
  const place = venue.id
  const amount = scene.amount(700)
  const to = { card: scene.freeCard() }
  const body = { kind: 'issue', place, asset: assets.voucher, amount, to } as const
  const max = random.chance(0.8) ? amount : units(1)
  const about = { place, asset: assets.voucher, grant: grants.till } as const
  const told = random.chance(0.9) ? to : { wallet: walletOf(scene.person()) }
  const agree = { kind: 'issue', ...about, to: told, max } as const
  const seconds = random.chance(0.75) ? [{ by: till, agree }] : []
  if (random.chance(0.7)) return [atVenue(scene, body, { consents: seconds })]
  const half = { ...body, amount: units(Math.ceil(amount / 2)) }
  const operations = [half, half]
  return [atVenue(scene, { kind: 'batch', operations }, { consents: seconds })]
}

/** What is over is neither issued, nor taken, nor given away; only cash goes out for it. */
const useOld: Deed = (scene) => {
  const { venue, assets, random } = scene
  const place = venue.id
  const asset = assets.old
  const [amount, card] = [units(1), scene.freeCard()]
  const from = scene.person()
  const payer = { card: scene.cards.free[0] ?? card }
  return [
    random.pick([
      () => atVenue(scene, { kind: 'issue', place, asset, amount, to: { card } }),
      () =>
        atVenue(scene, {
          kind: 'sale',
          place,
          payers: [payer],
          amount,
          unit: 'EUR',
          scale: 2,
          assets: [asset],
        }),
      () => {
        const to = walletOf(scene.persons[1] ?? from)
        return alone(scene, from, { kind: 'transfer', from: walletOf(from), to, asset, amount })
      },
      () => atVenue(scene, { kind: 'cashout', place, payer, asset, amount }),
    ])(),
  ]
}

/** The venue says its vouchers' terms anew, or those of what it has no say in. */
const update: Deed = (scene) => {
  const { venue, assets, grants, random, federation } = scene
  const asset = random.chance(0.55)
    ? assets.voucher
    : random.pick([assets.stars, assets.cake, NOTHING])
  const strange = random.chance(0.15) ? { federations: [federation, deriveId('fed', 'no')] } : {}
  const body: AssetUpdate = {
    kind: 'asset.update',
    place: venue.id,
    ...(random.chance(0.15) && { grant: grants.tight }),
    asset,
    name: 'Vouchers',
    ...(random.chance(0.3) && { cap: units(1) }),
    transferable: random.chance(0.5),
    cardLimits: ROOMY_LIMITS,
    ...(asset === assets.stars && { vat: 'multi_purpose' }),
    ...(random.chance(0.8) && VOUCHER_TERMS),
    ...strange,
  }
  return [atVenue(scene, body)]
}

/** A currency that is made and ended at once, or one that was ended long ago, or is another's. */
const archive: Deed = (scene) => {
  const { venue, assets, grants, random, desk, nowMs } = scene
  if (random.chance(0.4)) {
    const { owner: by, id: place } = scene.stand()
    const id = desk.newId(nowMs)
    const asset = createdAssetId({ scope: place, jti: id, index: 0 })
    const code = `ONCE${random.below(90)}`
    const create = { kind: 'asset.create', place, code, name: 'Once', ...MONEY } as const
    return [
      inNameOf(scene, { place, by }, create, { id }),
      inNameOf(scene, { place, by }, { kind: 'asset.archive', place, asset }),
    ]
  }
  const asset = random.pick([assets.old, assets.cake, NOTHING])
  const body: AssetArchive = {
    kind: 'asset.archive',
    place: venue.id,
    ...(random.chance(0.2) && { grant: grants.tight }),
    asset,
  }
  return [atVenue(scene, body)]
}

const MONEY = {
  category: 'local',
  unit: 'EUR',
  scale: 2,
  transferable: true,
  cardLimits: ROOMY_LIMITS,
} as const

/** Under the threshold: the shared euro's terms are said anew, or the end of what is no federation's. */
const govern: Deed = (scene) => {
  const { assets, random, person } = scene
  const [name, transferable, cardLimits] = ['Shared euro', true, ROOMY_LIMITS] as const
  const body = random.pick<AssetUpdate | AssetArchive>([
    { kind: 'asset.update', asset: assets.euro, name, transferable, cardLimits },
    { kind: 'asset.update', asset: assets.euro, name, transferable, cardLimits },
    { kind: 'asset.archive', asset: random.pick([assets.cups, NOTHING]) },
  ])
  if (random.chance(0.1)) return [alone(scene, person(), body)]
  return [byOperator(scene, body, agreedByOperators(scene, body))]
}

/** One more currency of the federation, with its gateway; and money from it. */
const federate: Deed = (scene) => {
  const { keys, random, desk, nowMs, operator, federation: known } = scene
  const gateway = random.chance(0.7) ? keys.signer('second gateway') : scene.person()
  const federation = random.chance(0.9) ? known : deriveId('fed', 'no')
  const code = random.chance(0.1) ? 'EURF' : `EUR${random.below(9)}`
  const body: AssetCreate = {
    kind: 'asset.create',
    federation,
    gateway: gateway.key,
    code,
    name: 'Another euro',
    category: random.chance(0.9) ? 'federated' : 'local',
    unit: random.chance(0.9) ? 'EUR' : 'point',
    scale: 2,
    transferable: true,
    cardLimits: ROOMY_LIMITS,
  }
  const agree = { kind: 'asset.create', federation, code } as const
  const said = random.chance(0.9) ? agree : { ...agree, code: 'ELSE' }
  const consents = random.chance(0.9) ? [{ by: gateway, agree: said }] : []
  const id = desk.newId(nowMs)
  const asset: AssetId = createdAssetId({ scope: operator.key, jti: id, index: 0 })
  const created = byOperator(scene, body, [...agreedByOperators(scene, body), ...consents], id)
  const to = { card: scene.freeCard() }
  const reference = referenceOf(1_000_000 + random.below(1_000_000))
  const money = { kind: 'issue', asset, amount: units(5), to, reference } as const
  const issued = desk.sign(gateway, money, { nowMs, forMs: 20_000, scope: gateway.key })
  return gateway.key === keys.signer('second gateway').key ? [created, issued] : [created]
}

export const DEEDS_OF_ISSUERS: readonly Deed[] = [
  issueVouchers,
  issueVouchers,
  useOld,
  update,
  archive,
  govern,
  federate,
]
