import { units } from '#protocol/amount.ts'
import { type AssetId, deriveId, type GrantId, type WalletId } from '#protocol/id.ts'
import { KINDS } from '#protocol/ledger/kinds.ts'
import type { Sale } from '#protocol/transaction/kinds/payment.ts'
import { dynamicCard, tap } from '#test/support/card-builders.ts'
import {
  AT_ORIGIN_ONLY,
  createAsset,
  membershipOf,
  NO_MONEY,
  openVenue,
  registerBody,
  saleBody,
  saleConsent,
  weakCard,
} from '#test/support/venue-builders.ts'
import {
  type Attempt,
  editCard,
  fillAssets,
  fillTotals,
  freeze,
  holdLegally,
  limitCards,
  markReplaced,
  type Row,
  refuses,
  rightsRows,
  type Scene,
  selling,
  setMandate,
  tillWith,
  withConsent,
  withoutWeakCards,
} from './refusal-scene.ts'

const BLANK = deriveId('crd', 'blank')

const addBlank = ({ world, bar }: Scene): void => {
  world.must(bar.owner, registerBody(world, bar.place, { cards: [BLANK] }))
}

const underGrant = (scene: Scene, grant: GrantId): Attempt => selling(scene, { grant })

const toSecret = (scene: Scene, max: number, changes: Partial<Sale> = {}): Attempt =>
  withConsent(
    selling(scene, { payers: [{ card: scene.secret.id }], ...changes }),
    saleConsent(scene.bar, scene.secret, max),
  )

const topUpLine = (asset: AssetId) => ({ line: 'topup', asset, amount: units(5) }) as const
const membershipLine = (asset: AssetId) =>
  ({ line: 'membership', asset, amount: units(5) }) as const
const tipLine = (wallet: WalletId) => ({ line: 'tip', wallet, amount: units(2) }) as const

/** Ada's card tips Bea, and agreed to it. */
const tipping = (scene: Scene, changes: Partial<Sale> = {}): Attempt =>
  withConsent(
    selling(scene, {
      payers: [{ card: scene.secret.id }],
      lines: [tipLine(scene.person.id)],
      ...changes,
    }),
    saleConsent(scene.bar, scene.secret, 10, 2),
  )

const pointsOf = ({ world, bar }: Scene): AssetId =>
  createAsset(world, bar, { code: 'POINT', category: 'points', unit: 'point' })

const archive = ({ world }: Scene, asset: Scene['bar']['local']): void => {
  world.edit('asset', asset, { ...world.get('asset', asset), archived: true })
}

/** What makes an end of the club's acceptance of the bar's money. */
const UNSHARED: readonly ((scene: Scene) => void)[] = [
  ({ world, bar }) => {
    const { federations: _, ...asset } = world.get('asset', bar.local)
    world.edit('asset', bar.local, asset)
  },
  ({ world, club }) => {
    world.edit('place', club.place, { ...world.get('place', club.place), federations: [] })
  },
  ({ world, club }) => {
    world.edit('place', club.place, { ...world.get('place', club.place), accepts: [] })
  },
  ...(['leaving', 'suspended'] as const).map((status) => ({ world, bar }: Scene) => {
    world.edit('place', bar.place, { ...world.get('place', bar.place), status })
  }),
]

refuses('sale', [
  ...rightsRows(underGrant, KINDS.sale.codes),
  [
    'grant_asset_missing',
    (scene) => {
      const { by, grant } = tillWith(scene, { assets: [scene.bar.gift] })
      return { ...selling(scene, { grant, assets: [scene.bar.local] }), by }
    },
  ],
  [
    'grant_action_missing',
    (scene) => {
      const { by, grant } = tillWith(scene, { actions: ['sale', 'membership.set'] })
      return { ...selling(scene, { grant, lines: [topUpLine(scene.bar.gift)] }), by }
    },
  ],
  [
    'grant_action_missing',
    (scene) => {
      const { by, grant } = tillWith(scene, { actions: ['sale', 'issue'] })
      return { ...tipping(scene, { grant }), by }
    },
  ],
  [
    'grant_asset_missing',
    (scene) => {
      const { by, grant } = tillWith(scene, { assets: [scene.bar.local] })
      return { ...selling(scene, { grant, lines: [topUpLine(scene.bar.gift)] }), by }
    },
  ],
  [
    'consent_missing',
    (scene) => {
      const issueLimits = { secondAbove: units(4) }
      const asset = createAsset(scene.world, scene.bar, { code: 'BIG1', issueLimits })
      return selling(scene, { lines: [topUpLine(asset)] })
    },
  ],
  ['card_consent_missing', (scene) => selling(scene, { payers: [{ card: scene.secret.id }] })],
  [
    'card_consent_missing',
    (scene) => {
      const sale = selling(scene, { payers: [{ card: scene.secret.id }] })
      return withConsent(sale, { ...saleConsent(scene.bar, scene.secret, 10), by: scene.bar.till })
    },
  ],
  ['card_consent_missing', (scene) => selling(scene, { lines: [tipLine(scene.person.id)] })],
  ['holder_consent_missing', (scene) => selling(scene, { payers: [{ wallet: scene.person.id }] })],
  ['consent_mismatch', (scene) => toSecret(scene, 9)],
  [
    'consent_mismatch',
    (scene) => {
      const sale = selling(scene, { payers: [{ card: scene.secret.id }] })
      return withConsent(sale, saleConsent(scene.club, scene.secret, 10))
    },
  ],
  ['consent_mismatch', (scene) => toSecret(scene, 10, { lines: [tipLine(scene.person.id)] })],
  ['consent_mismatch', (scene) => toSecret(scene, 10, { scale: 3 })],
  ['consent_mismatch', (scene) => toSecret(scene, 10, { unit: 'USD' })],
  [
    'card_counter_replayed',
    (scene) => {
      const card = dynamicCard(scene.world, scene.bar, 'Tapped')
      editCard(scene, card, { counter: 5 })
      const sale = selling(scene, { payers: [{ card: card.id }] })
      return withConsent(sale, tap(scene.bar, card, { counter: 5 }))
    },
  ],
  ['asset_unknown', (scene) => selling(scene, { assets: [deriveId('ast', 'none')] })],
  [
    'asset_archived',
    (scene) => {
      archive(scene, scene.bar.local)
      return selling(scene, { assets: [scene.bar.local] })
    },
  ],
  ['asset_category_not_allowed', (scene) => selling(scene, { assets: [scene.world.medal] })],
  ...NO_MONEY.map(
    (terms): Row => [
      'asset_category_not_allowed',
      (scene) => selling(scene, { assets: [createAsset(scene.world, scene.bar, terms)] }),
    ],
  ),
  [
    'asset_category_not_allowed',
    (scene) => selling(scene, { lines: [membershipLine(scene.bar.gift)] }),
  ],
  [
    'asset_category_not_allowed',
    ({ bar, ...scene }) =>
      selling({ bar, ...scene }, { assets: [bar.gift], lines: [topUpLine(bar.local)] }),
  ],
  ['asset_not_issued_here', (scene) => selling(scene, { lines: [topUpLine(scene.club.local)] })],
  ...UNSHARED.map(
    (unshare): Row => [
      'asset_not_accepted',
      (scene) => {
        const { grant: _, ...body } = saleBody(scene.club, [scene.weak], 10)
        unshare(scene)
        return { by: scene.club.owner, body: { ...body, assets: [scene.bar.local] } }
      },
    ],
  ),
  ['asset_not_accepted', (scene) => selling(scene, { assets: [scene.club.local] })],
  [
    'asset_not_accepted',
    (scene) => {
      const membership = membershipOf(scene.world, scene.club)
      return selling(scene, { lines: [membershipLine(membership)] })
    },
  ],
  [
    'asset_not_accepted',
    (scene) => {
      const stranger = openVenue(scene.world, 'Stranger', { federation: undefined })
      const { place, owner } = stranger
      return { ...selling(scene, { place, assets: [scene.world.euro] }), by: owner }
    },
  ],
  [
    'asset_not_transferable',
    (scene) => {
      const { world, bar } = scene
      world.edit('asset', bar.local, { ...world.get('asset', bar.local), transferable: false })
      return tipping(scene)
    },
  ],
  ['asset_unit_mismatch', (scene) => selling(scene, { lines: [topUpLine(pointsOf(scene))] })],
  ['asset_unit_mismatch', (scene) => selling(scene, { assets: [pointsOf(scene)] })],
  ['card_unknown', (scene) => selling(scene, { payers: [{ card: deriveId('crd', 'none') }] })],
  [
    'card_not_active',
    (scene) => {
      addBlank(scene)
      const sale = selling(scene, { payers: [{ card: BLANK }] })
      const blank = scene.world.get('card', BLANK)
      scene.world.edit('card', BLANK, { ...blank, strength: 'weak' })
      return sale
    },
  ],
  [
    'card_blocked',
    (scene) => {
      const { owner, place } = scene.bar
      scene.world.must(owner, { kind: 'card.block', place, card: scene.weak.id })
      return selling(scene)
    },
  ],
  [
    'card_replaced',
    (scene) => {
      markReplaced(scene, scene.weak)
      return selling(scene)
    },
  ],
  [
    'card_not_accepted',
    (scene) => {
      withoutWeakCards(scene)
      const { grant: _, ...body } = saleBody(scene.club, [scene.weak], 10)
      return { by: scene.club.owner, body }
    },
  ],
  ['wallet_unknown', (scene) => selling(scene, { payers: [{ wallet: deriveId('wal', 'none') }] })],
  [
    'wallet_kind_not_allowed',
    (scene) => selling(scene, { payers: [{ wallet: scene.secret.wallet }] }),
  ],
  ['wallet_kind_not_allowed', (scene) => tipping(scene, { lines: [tipLine(scene.weak.wallet)] })],
  [
    'wallet_frozen',
    (scene) => {
      freeze(scene, scene.weak.wallet)
      return selling(scene)
    },
  ],
  [
    'wallet_on_legal_hold',
    (scene) => {
      holdLegally(scene, scene.weak.wallet)
      return selling(scene)
    },
  ],
  [
    'transfer_to_self',
    (scene) => {
      const { bar, person } = scene
      const sale = selling(scene, { payers: [{ wallet: person.id }], lines: [tipLine(person.id)] })
      return withConsent(sale, saleConsent(bar, person, 10, 2))
    },
  ],
  [
    'payer_repeated',
    (scene) => selling(scene, { payers: [{ card: scene.weak.id }, { card: scene.weak.id }] }),
  ],
  [
    'mandate_missing',
    (scene) => {
      const { world, bar, club } = scene
      const { grant: _, ...body } = saleBody(
        club,
        [weakCard(world, bar, 'Alone', AT_ORIGIN_ONLY)],
        10,
      )
      return { by: club.owner, body }
    },
  ],
  [
    'mandate_expired',
    (scene) => {
      setMandate(scene, scene.weak.wallet, { notAfterMs: scene.world.nowMs() + 1 })
      return selling(scene)
    },
  ],
  [
    'mandate_expired',
    (scene) => {
      const { world, bar, person } = scene
      const caps = { charge: units(100), day: units(100) }
      const notAfterMs = world.nowMs()
      const mandate = { kind: 'mandate.set', wallet: person.id, to: bar.place, caps } as const
      world.must(person.holder, { ...mandate, notAfterMs })
      return selling(scene, { payers: [{ wallet: person.id }] })
    },
  ],
  [
    'mandate_cap_exceeded',
    (scene) => {
      setMandate(scene, scene.weak.wallet, { caps: { charge: units(9), day: units(100) } })
      return selling(scene)
    },
  ],
  [
    'mandate_cap_exceeded',
    (scene) => {
      setMandate(scene, scene.secret.wallet, { caps: { charge: units(10), day: units(19) } })
      const { by, body, signing } = toSecret(scene, 10)
      scene.world.must(by, body, signing)
      return toSecret(scene, 10)
    },
  ],
  [
    'card_limit_exceeded',
    (scene) => {
      limitCards(scene, 'weak', { charge: 9, day: 100 })
      return selling(scene)
    },
  ],
  [
    'card_limit_exceeded',
    (scene) => {
      limitCards(scene, 'weak', { charge: 10, day: 19 })
      const { by, body } = selling(scene)
      scene.world.must(by, body)
      return selling(scene)
    },
  ],
  [
    'grant_cap_exceeded',
    (scene) => {
      const { by, grant } = tillWith(scene, { caps: { day: units(9) } })
      return { ...underGrant(scene, grant), by }
    },
  ],
  [
    'grant_cap_exceeded',
    (scene) => {
      const { by, grant } = tillWith(scene, { caps: { transaction: units(14) } })
      return { ...selling(scene, { grant, lines: [topUpLine(scene.bar.gift)] }), by }
    },
  ],
  [
    'issue_limit_exceeded',
    (scene) => {
      const asset = createAsset(scene.world, scene.bar, {
        code: 'DAY1',
        issueLimits: { day: units(4) },
      })
      return selling(scene, { lines: [topUpLine(asset)] })
    },
  ],
  [
    'supply_cap_exceeded',
    (scene) => {
      const { world, bar } = scene
      world.edit('asset', bar.gift, { ...world.get('asset', bar.gift), cap: units(4) })
      return selling(scene, { lines: [topUpLine(bar.gift)] })
    },
  ],
  ['insufficient_funds', (scene) => selling(scene, { amount: units(1501) })],
  [
    'card_asset_limit_reached',
    (scene) => {
      fillAssets(scene, scene.weak.wallet)
      return selling(scene, { lines: [topUpLine(scene.bar.gift)] })
    },
  ],
  [
    'total_limit_reached',
    (scene) => {
      fillTotals(scene.world, scene.bar.wallet, scene.bar.local)
      return selling(scene)
    },
  ],
])
