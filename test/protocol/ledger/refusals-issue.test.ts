import { AMOUNT_MAX, units } from '#protocol/amount.ts'
import { deriveId, type GrantId } from '#protocol/id.ts'
import { KINDS } from '#protocol/ledger/kinds.ts'
import type { Issue } from '#protocol/transaction/kinds/payment.ts'
import type { Transfer } from '#protocol/transaction/kinds/wallet.ts'
import { GATEWAY, OPERATOR } from '#test/support/ledger-builders.ts'
import {
  AT_ORIGIN_ONLY,
  createAsset,
  NO_MONEY,
  openWallet,
  referenceOf,
  registerBody,
  weakCard,
} from '#test/support/venue-builders.ts'
import { FALSE_SECONDS, minting } from './minting.ts'
import {
  type Attempt,
  fillAssets,
  fillTotals,
  freeze,
  holdLegally,
  markReplaced,
  type Row,
  refuses,
  rightsRows,
  type Scene,
  tillWith,
} from './refusal-scene.ts'

const issuing = ({ bar, weak }: Scene, changes: Partial<Issue> = {}, grant?: GrantId): Attempt => ({
  by: bar.owner,
  body: {
    kind: 'issue',
    place: bar.place,
    asset: bar.local,
    amount: units(10),
    to: { card: weak.id },
    ...(grant && { grant }),
    ...changes,
  },
})

const byGateway = ({ world, weak }: Scene, changes: Partial<Issue> = {}): Attempt => ({
  by: GATEWAY,
  body: {
    kind: 'issue',
    asset: world.euro,
    amount: units(10),
    to: { card: weak.id },
    reference: referenceOf('one'),
    ...changes,
  },
})

const BLANK = deriveId('crd', 'blank')

const addBlank = ({ world, bar }: Scene): void => {
  world.must(bar.owner, registerBody(world, bar.place, { cards: [BLANK] }))
}

const block = ({ world, bar: { owner, place }, weak }: Scene): void => {
  world.must(owner, { kind: 'card.block', place, card: weak.id })
}

const archive = ({ world }: Scene, asset: Scene['bar']['local']): void => {
  world.edit('asset', asset, { ...world.get('asset', asset), archived: true })
}

refuses('issue', [
  ['gateway_required', (scene) => ({ ...byGateway(scene), by: OPERATOR })],
  ['gateway_required', (scene) => issuing(scene, { asset: scene.world.euro })],
  ...rightsRows((scene, grant) => issuing(scene, {}, grant), KINDS.issue.codes),
  [
    'grant_asset_missing',
    (scene) => {
      const { by, grant } = tillWith(scene, { assets: [scene.bar.gift] })
      return { ...issuing(scene, {}, grant), by }
    },
  ],
  ['consent_missing', (scene) => minting(scene, () => undefined)],
  [
    'consent_missing',
    (scene) =>
      minting(scene, ({ agree }, { bar: { till: by, grant } }) => ({
        by,
        agree: { ...agree, grant },
      })),
  ],
  ...FALSE_SECONDS.map((change): Row => ['consent_mismatch', (scene) => minting(scene, change)]),
  ['asset_unknown', (scene) => issuing(scene, { asset: deriveId('ast', 'none') })],
  ['asset_unknown', (scene) => byGateway(scene, { asset: deriveId('ast', 'none') })],
  [
    'asset_archived',
    (scene) => {
      archive(scene, scene.bar.local)
      return issuing(scene)
    },
  ],
  ['asset_category_not_allowed', (scene) => byGateway(scene, { asset: scene.bar.local })],
  ...NO_MONEY.map(
    (terms): Row => [
      'asset_category_not_allowed',
      (scene) => issuing(scene, { asset: createAsset(scene.world, scene.bar, terms) }),
    ],
  ),
  ['asset_not_issued_here', (scene) => issuing(scene, { asset: scene.club.local })],
  ['asset_supply_fixed', (scene) => issuing(scene, { asset: scene.world.medal })],
  ['asset_supply_fixed', (scene) => byGateway(scene, { asset: scene.world.medal })],
  ['card_unknown', (scene) => issuing(scene, { to: { card: deriveId('crd', 'none') } })],
  ['card_unknown', (scene) => byGateway(scene, { to: { card: deriveId('crd', 'none') } })],
  [
    'card_not_active',
    (scene) => {
      addBlank(scene)
      return issuing(scene, { to: { card: BLANK } })
    },
  ],
  [
    'card_blocked',
    (scene) => {
      block(scene)
      return issuing(scene)
    },
  ],
  [
    'card_replaced',
    (scene) => {
      markReplaced(scene, scene.weak)
      return issuing(scene)
    },
  ],
  [
    'card_not_accepted',
    (scene) => {
      const { world, bar, club } = scene
      const { id: card } = weakCard(world, bar, 'Alone', AT_ORIGIN_ONLY)
      const { owner: by, place, local: asset } = club
      return { ...issuing(scene, { place, asset, to: { card } }), by }
    },
  ],
  ['wallet_unknown', (scene) => issuing(scene, { to: { wallet: deriveId('wal', 'none') } })],
  ['wallet_kind_not_allowed', (scene) => issuing(scene, { to: { wallet: scene.secret.wallet } })],
  [
    'reference_used',
    (scene) => {
      const { by, body } = byGateway(scene)
      scene.world.must(by, body)
      return byGateway(scene, { amount: units(20) })
    },
  ],
  [
    'gateway_deficit',
    (scene) => {
      const { world } = scene
      const deficit = { asset: world.euro, gateway: GATEWAY.key, amount: units(1) }
      world.edit('deficit', world.euro, deficit)
      return byGateway(scene)
    },
  ],
  [
    'grant_cap_exceeded',
    (scene) => {
      const { by, grant } = tillWith(scene, { caps: { transaction: units(9) } })
      return { ...issuing(scene, {}, grant), by }
    },
  ],
  [
    'issue_limit_exceeded',
    (scene) => {
      const { world, bar } = scene
      const asset = createAsset(world, bar, { code: 'DAY1', issueLimits: { day: units(19) } })
      const { by, body } = issuing(scene, { asset })
      world.must(by, body)
      return { by, body }
    },
  ],
  [
    'issue_limit_exceeded',
    (scene) => {
      const { world } = scene
      const asset = world.get('asset', world.euro)
      world.edit('asset', asset.id, { ...asset, issueLimits: { day: units(9) } })
      return byGateway(scene)
    },
  ],
  [
    'supply_cap_exceeded',
    (scene) => {
      const asset = createAsset(scene.world, scene.bar, { code: 'FEW1', cap: units(9) })
      return issuing(scene, { asset })
    },
  ],
  ['supply_cap_exceeded', (scene) => byGateway(scene, { amount: units(AMOUNT_MAX) })],
  [
    'card_asset_limit_reached',
    (scene) => {
      fillAssets(scene, scene.weak.wallet)
      return issuing(scene, { asset: createAsset(scene.world, scene.bar, { code: 'MORE' }) })
    },
  ],
  [
    'total_limit_reached',
    (scene) => {
      fillTotals(scene.world, scene.weak.wallet, scene.bar.local)
      return issuing(scene)
    },
  ],
  [
    'total_limit_reached',
    ({ world, bar, weak, club, secret, person }) => {
      const asset = world.get('asset', bar.gift)
      const all = units(AMOUNT_MAX)
      world.edit('asset', bar.gift, { ...asset, issued: all, burned: all })
      return issuing({ world, bar, weak, club, secret, person }, { asset: bar.gift })
    },
  ],
])

const transferring = (scene: Scene, changes: Partial<Transfer> = {}): Attempt => ({
  by: scene.person.holder,
  body: {
    kind: 'transfer',
    from: scene.person.id,
    to: scene.secret.wallet,
    asset: scene.bar.local,
    amount: units(10),
    ...changes,
  },
})

const fromCard = (scene: Scene, changes: Partial<Transfer> = {}): Attempt => ({
  ...transferring(scene, { from: scene.secret.wallet, to: scene.person.id, ...changes }),
  by: scene.secret.holder,
})

refuses('transfer', [
  ['holder_required', (scene) => ({ ...transferring(scene), by: scene.secret.holder })],
  ['holder_required', (scene) => ({ ...transferring(scene), by: GATEWAY })],
  ['asset_unknown', (scene) => transferring(scene, { asset: deriveId('ast', 'none') })],
  [
    'asset_archived',
    (scene) => {
      archive(scene, scene.bar.local)
      return transferring(scene)
    },
  ],
  ...NO_MONEY.map(
    (terms): Row => [
      'asset_category_not_allowed',
      (scene) => transferring(scene, { asset: createAsset(scene.world, scene.bar, terms) }),
    ],
  ),
  [
    'asset_not_transferable',
    (scene) => {
      const asset = createAsset(scene.world, scene.bar, { code: 'STAY', transferable: false })
      return transferring(scene, { asset })
    },
  ],
  [
    'card_blocked',
    (scene) => {
      const { owner, place } = scene.bar
      scene.world.must(owner, { kind: 'card.block', place, card: scene.secret.id })
      return fromCard(scene)
    },
  ],
  ['wallet_unknown', (scene) => transferring(scene, { to: deriveId('wal', 'none') })],
  ['wallet_kind_not_allowed', (scene) => transferring(scene, { to: scene.bar.wallet })],
  [
    'wallet_kind_not_allowed',
    (scene) => ({ ...transferring(scene, { from: scene.bar.wallet }), by: scene.bar.owner }),
  ],
  [
    'wallet_closed',
    (scene) => {
      const { wallet } = scene.secret
      scene.world.edit('wallet', wallet, { ...scene.world.get('wallet', wallet), closed: true })
      return transferring(scene)
    },
  ],
  [
    'wallet_frozen',
    (scene) => {
      freeze(scene, scene.person.id)
      return transferring(scene)
    },
  ],
  [
    'wallet_on_legal_hold',
    (scene) => {
      holdLegally(scene, scene.person.id)
      return transferring(scene)
    },
  ],
  ['transfer_to_self', (scene) => transferring(scene, { to: scene.person.id })],
  [
    'card_limit_exceeded',
    (scene) => {
      const { world, bar } = scene
      const asset = world.get('asset', bar.local)
      const secret = { charge: units(100), day: units(15) }
      world.edit('asset', asset.id, { ...asset, cardLimits: { ...asset.cardLimits, secret } })
      const { by, body } = fromCard(scene)
      world.must(by, body)
      return fromCard(scene)
    },
  ],
  ['insufficient_funds', (scene) => transferring(scene, { amount: units(1001) })],
  [
    'card_asset_limit_reached',
    (scene) => {
      const asset = createAsset(scene.world, scene.bar, { code: 'MORE' })
      const { owner, place } = scene.bar
      const to = { wallet: scene.person.id }
      scene.world.must(owner, { kind: 'issue', place, asset, amount: units(10), to })
      fillAssets(scene, scene.secret.wallet)
      return transferring(scene, { asset })
    },
  ],
  [
    'total_limit_reached',
    (scene) => {
      const { id } = openWallet(scene.world, scene.bar, 'Full')
      fillTotals(scene.world, id, scene.bar.local)
      return transferring(scene, { to: id })
    },
  ],
])
