import { units } from '#protocol/amount.ts'
import { deriveId } from '#protocol/id.ts'
import { KINDS } from '#protocol/ledger/kinds.ts'
import type { Cashout, Refund } from '#protocol/transaction/kinds/payment.ts'
import { dynamicCard, tap } from '#test/support/card-builders.ts'
import { type Consenting, ROOMY_CAPS } from '#test/support/ledger-builders.ts'
import {
  createAsset,
  NO_MONEY,
  openVenue,
  registerBody,
  secretCard,
  topUpEuro,
} from '#test/support/venue-builders.ts'
import {
  type Attempt,
  editCard,
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
} from './refusal-scene.ts'

const BLANK = deriveId('crd', 'blank')

/** A sale of 10 to the weak card, and what gives it back. */
const refunding = (scene: Scene, changes: Partial<Refund> = {}): Attempt => {
  const { by, body } = selling(scene)
  const { id } = scene.world.must(by, body)
  return { by, body: { kind: 'refund', place: scene.bar.place, sale: id, ...changes } }
}

refuses('refund', [
  ...rightsRows((scene, grant) => refunding(scene, { grant }), KINDS.refund.codes),
  [
    'grant_asset_missing',
    (scene) => {
      const { by, grant } = tillWith(scene, { assets: [scene.bar.gift] })
      return { ...refunding(scene, { grant }), by }
    },
  ],
  [
    'wallet_closed',
    (scene) => {
      const attempt = refunding(scene)
      const { wallet } = scene.weak
      scene.world.edit('wallet', wallet, { ...scene.world.get('wallet', wallet), closed: true })
      return attempt
    },
  ],
  [
    'wallet_frozen',
    (scene) => {
      const attempt = refunding(scene)
      freeze(scene, scene.bar.wallet)
      return attempt
    },
  ],
  [
    'wallet_on_legal_hold',
    (scene) => {
      const attempt = refunding(scene)
      holdLegally(scene, scene.bar.wallet)
      return attempt
    },
  ],
  [
    'grant_cap_exceeded',
    (scene) => {
      const { by, grant } = tillWith(scene, { caps: { refundDay: units(9) } })
      return { ...refunding(scene, { grant }), by }
    },
  ],
  ['sale_unknown', (scene) => refunding(scene, { sale: scene.world.jti() })],
  [
    'refund_window_over',
    (scene) => {
      const attempt = refunding(scene)
      scene.world.advance(scene.world.genesis.parameters.refundWindowMs)
      return attempt
    },
  ],
  [
    'already_refunded',
    (scene) => {
      const attempt = refunding(scene)
      scene.world.must(attempt.by, attempt.body)
      return attempt
    },
  ],
  ['refund_exceeds_sale', (scene) => refunding(scene, { amount: units(11) })],
  [
    'insufficient_funds',
    (scene) => {
      const attempt = refunding(scene)
      const { world, bar, weak } = scene
      const key = `${bar.wallet}/${bar.local}`
      const place = world.get('balance', key)
      const card = world.get('balance', `${weak.wallet}/${bar.local}`)
      world.edit('balance', key, { ...place, available: units(4), totalOut: units(6) })
      world.edit('balance', `${weak.wallet}/${bar.local}`, {
        ...card,
        available: units(card.available + 6),
        totalIn: units(card.totalIn + 6),
      })
      return attempt
    },
  ],
  [
    'total_limit_reached',
    (scene) => {
      const attempt = refunding(scene)
      fillTotals(scene.world, scene.weak.wallet, scene.bar.local)
      return attempt
    },
  ],
])

const cashing = (scene: Scene, changes: Partial<Cashout> = {}): Attempt => ({
  by: scene.bar.owner,
  body: {
    kind: 'cashout',
    place: scene.bar.place,
    payer: { card: scene.weak.id },
    asset: scene.bar.local,
    amount: units(10),
    ...changes,
  },
})

const cashConsent = ({ bar, secret }: Scene, max: number, asset = bar.local): Consenting => ({
  by: secret.holder,
  agree: { kind: 'cashout', place: bar.place, asset, max: units(max) },
})

/** Agreed to by the secret card. */
const cashingSecret = (scene: Scene): Attempt =>
  withConsent(cashing(scene, { payer: { card: scene.secret.id } }), cashConsent(scene, 10))

refuses('cashout', [
  ...rightsRows((scene, grant) => cashing(scene, { grant }), KINDS.cashout.codes),
  [
    'grant_asset_missing',
    (scene) => {
      const { by, grant } = tillWith(scene, { assets: [scene.bar.gift] })
      return { ...cashing(scene, { grant }), by }
    },
  ],
  ['card_consent_missing', (scene) => cashing(scene, { payer: { card: scene.secret.id } })],
  ['holder_consent_missing', (scene) => cashing(scene, { payer: { wallet: scene.person.id } })],
  [
    'consent_mismatch',
    (scene) =>
      withConsent(cashing(scene, { payer: { card: scene.secret.id } }), cashConsent(scene, 9)),
  ],
  [
    'consent_mismatch',
    (scene) =>
      withConsent(
        cashing(scene, { payer: { card: scene.secret.id } }),
        cashConsent(scene, 10, scene.world.euro),
      ),
  ],
  [
    'card_counter_replayed',
    (scene) => {
      const card = dynamicCard(scene.world, scene.bar, 'Tapped')
      editCard(scene, card, { counter: 5 })
      return withConsent(cashing(scene, { payer: { card: card.id } }), tap(scene.bar, card))
    },
  ],
  ['asset_unknown', (scene) => cashing(scene, { asset: deriveId('ast', 'none') })],
  ['asset_category_not_allowed', (scene) => cashing(scene, { asset: scene.world.medal })],
  ...NO_MONEY.map(
    (terms): Row => [
      'asset_category_not_allowed',
      (scene) => cashing(scene, { asset: createAsset(scene.world, scene.bar, terms) }),
    ],
  ),
  ['asset_not_issued_here', (scene) => cashing(scene, { asset: scene.club.local })],
  [
    'asset_not_accepted',
    (scene) => {
      const { place, owner } = openVenue(scene.world, 'Stranger', { federation: undefined })
      return { ...cashing(scene, { place, asset: scene.world.euro }), by: owner }
    },
  ],
  ['card_unknown', (scene) => cashing(scene, { payer: { card: deriveId('crd', 'none') } })],
  [
    'card_not_active',
    (scene) => {
      const { world, bar } = scene
      const cards = { cards: [BLANK], batch: 'weak', strength: 'weak' } as const
      world.must(bar.owner, registerBody(world, bar.place, { ...cards, cards: [BLANK] }))
      return cashing(scene, { payer: { card: BLANK } })
    },
  ],
  [
    'card_blocked',
    (scene) => {
      const { owner, place } = scene.bar
      scene.world.must(owner, { kind: 'card.block', place, card: scene.weak.id })
      return cashing(scene)
    },
  ],
  [
    'card_replaced',
    (scene) => {
      markReplaced(scene, scene.weak)
      return cashing(scene)
    },
  ],
  [
    'card_origin_required',
    ({ world, weak, club, ...scene }) => ({
      ...cashing({ world, weak, club, ...scene }, { place: club.place, asset: world.euro }),
      by: club.owner,
    }),
  ],
  ['wallet_unknown', (scene) => cashing(scene, { payer: { wallet: deriveId('wal', 'none') } })],
  ['wallet_kind_not_allowed', (scene) => cashing(scene, { payer: { wallet: scene.weak.wallet } })],
  [
    'wallet_frozen',
    (scene) => {
      freeze(scene, scene.weak.wallet)
      return cashing(scene)
    },
  ],
  [
    'wallet_on_legal_hold',
    (scene) => {
      holdLegally(scene, scene.weak.wallet)
      return cashing(scene)
    },
  ],
  [
    'mandate_missing',
    (scene) => {
      const { world } = scene
      const { place, owner } = openVenue(world, 'Kiosk')
      const mandate = { caps: ROOMY_CAPS }
      const { id, holder } = secretCard(world, scene.bar, 'Unfederated', { batch: 'own', mandate })
      const euro = { asset: world.euro, amount: units(1) } as const
      topUpEuro(world, { card: id, amount: 500 })
      const agree = { kind: 'cashout', place, asset: world.euro, max: units(1) } as const
      const attempt = { ...cashing(scene, { ...euro, place, payer: { card: id } }), by: owner }
      return withConsent(attempt, { by: holder, agree })
    },
  ],
  [
    'mandate_expired',
    (scene) => {
      setMandate(scene, scene.weak.wallet, { notAfterMs: scene.world.nowMs() + 1 })
      return cashing(scene)
    },
  ],
  [
    'mandate_cap_exceeded',
    (scene) => {
      setMandate(scene, scene.weak.wallet, { caps: { charge: units(9), day: units(100) } })
      return cashing(scene)
    },
  ],
  [
    'mandate_cap_exceeded',
    (scene) => {
      setMandate(scene, scene.secret.wallet, { caps: { charge: units(9), day: units(100) } })
      return cashingSecret(scene)
    },
  ],
  [
    'card_limit_exceeded',
    (scene) => {
      limitCards(scene, 'weak', { charge: 9, day: 100 })
      return cashing(scene)
    },
  ],
  [
    'card_limit_exceeded',
    (scene) => {
      limitCards(scene, 'secret', { charge: 9, day: 100 })
      return cashingSecret(scene)
    },
  ],
  [
    'grant_cap_exceeded',
    (scene) => {
      const { by, grant } = tillWith(scene, { caps: { refundDay: units(9) } })
      return { ...cashing(scene, { grant }), by }
    },
  ],
  ['gift_not_redeemable', (scene) => cashing(scene, { asset: scene.bar.gift })],
  ['insufficient_funds', (scene) => cashing(scene, { amount: units(1001) })],
  [
    'total_limit_reached',
    (scene) => {
      fillTotals(scene.world, scene.bar.wallet, scene.world.euro)
      return cashing(scene, { asset: scene.world.euro })
    },
  ],
])
