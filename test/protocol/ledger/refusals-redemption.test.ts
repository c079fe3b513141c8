import { units } from '#protocol/amount.ts'
import { deriveId } from '#protocol/id.ts'
import { KINDS } from '#protocol/ledger/kinds.ts'
import { OPEN_HOLDS_PER_WALLET_MAX } from '#protocol/limits.ts'
import type { Redeem, Reverse, TopUpRefund } from '#protocol/transaction/kinds/redemption.ts'
import { GATEWAY, OPERATOR } from '#test/support/ledger-builders.ts'
import {
  holdIn,
  issueEuro,
  redeemConsent,
  refundBody,
  refundConsent,
  settlement,
} from '#test/support/redemption-builders.ts'
import { referenceOf, saleBody } from '#test/support/venue-builders.ts'
import {
  type Attempt,
  freeze,
  holdLegally,
  refuses,
  rightsRows,
  type Scene,
  tillWith,
  withConsent,
} from './refusal-scene.ts'

/** As many open holds as a wallet may have. */
const fillHolds = ({ world }: Scene, wallet: Scene['bar']['wallet']): void => {
  const holds = Array.from({ length: OPEN_HOLDS_PER_WALLET_MAX }, (_, number) =>
    deriveId('hld', String(number)),
  )
  world.edit('wallet', wallet, { ...world.get('wallet', wallet), holds })
}

/** The bar redeems 10 of its takings of shared euro. */
const redeeming = (scene: Scene, changes: Partial<Redeem> = {}): Attempt => {
  const { world, bar, weak } = scene
  const { grant: _, ...sale } = saleBody(bar, [weak], 100)
  world.must(bar.owner, { ...sale, assets: [world.euro] })
  const body = { kind: 'redeem', place: bar.place, asset: world.euro, amount: units(10) } as const
  return { by: bar.owner, body: { ...body, ...changes } }
}

/** The bar redeems 10 of its own money for a person who agrees. */
const redeemingFor = (scene: Scene, changes: Partial<Redeem> = {}, max = 10): Attempt => {
  const { bar, person } = scene
  const attempt = redeeming(scene, { asset: bar.local, from: person.id, ...changes })
  return withConsent(
    attempt,
    redeemConsent(bar, person, { asset: changes.asset ?? bar.local, max }),
  )
}

refuses('redeem', [
  ...rightsRows((scene, grant) => redeeming(scene, { grant }), KINDS.redeem.codes),
  [
    'grant_asset_missing',
    (scene) => {
      const { by, grant } = tillWith(scene, { assets: [scene.bar.gift] })
      return { ...redeeming(scene, { grant }), by }
    },
  ],
  [
    'holder_consent_missing',
    (scene) => redeeming(scene, { asset: scene.bar.local, from: scene.person.id }),
  ],
  ['consent_mismatch', (scene) => redeemingFor(scene, {}, 9)],
  ['asset_unknown', (scene) => redeeming(scene, { asset: deriveId('ast', 'none') })],
  ['asset_category_not_allowed', (scene) => redeeming(scene, { asset: scene.world.medal })],
  ['asset_category_not_allowed', (scene) => redeeming(scene, { asset: scene.bar.local })],
  ['asset_category_not_allowed', (scene) => redeemingFor(scene, { asset: scene.world.euro })],
  ['asset_not_issued_here', (scene) => redeemingFor(scene, { asset: scene.club.local })],
  [
    'wallet_unknown',
    (scene) => redeeming(scene, { asset: scene.bar.local, from: deriveId('wal', 'none') }),
  ],
  [
    'wallet_kind_not_allowed',
    (scene) => redeeming(scene, { asset: scene.bar.local, from: scene.weak.wallet }),
  ],
  [
    'wallet_frozen',
    (scene) => {
      freeze(scene, scene.person.id)
      return redeemingFor(scene)
    },
  ],
  [
    'wallet_on_legal_hold',
    (scene) => {
      holdLegally(scene, scene.person.id)
      return redeemingFor(scene)
    },
  ],
  [
    'hold_limit_reached',
    (scene) => {
      const attempt = redeeming(scene)
      fillHolds(scene, scene.bar.wallet)
      return attempt
    },
  ],
  [
    'grant_cap_exceeded',
    (scene) => {
      const { by, grant } = tillWith(scene, { caps: { refundDay: units(9) } })
      return { ...redeeming(scene, { grant }), by }
    },
  ],
  ['gift_not_redeemable', (scene) => redeemingFor(scene, { asset: scene.bar.gift })],
  ['gift_not_redeemable', (scene) => redeeming(scene, { asset: scene.bar.gift })],
  ['insufficient_funds', (scene) => redeeming(scene, { amount: units(101) })],
  ['insufficient_funds', (scene) => redeemingFor(scene, { amount: units(1001) }, 1001)],
])

const payoutOf = (scene: Scene, attempt = redeeming(scene)) =>
  holdIn(scene.world.must(attempt.by, attempt.body, attempt.signing))

refuses('payout.settle', [
  [
    'hold_key_required',
    (scene) => ({ by: scene.bar.owner, body: settlement(payoutOf(scene), 'bank 1') }),
  ],
  [
    'hold_key_required',
    (scene) => ({
      by: GATEWAY,
      body: settlement(payoutOf(scene, redeemingFor(scene)), 'bank 1'),
    }),
  ],
  [
    'reference_used',
    (scene) => {
      const [first, second] = [payoutOf(scene), payoutOf(scene)]
      scene.world.must(GATEWAY, settlement(first, 'bank 1', false))
      return { by: GATEWAY, body: settlement(second, 'bank 1') }
    },
  ],
  ['hold_unknown', () => ({ by: GATEWAY, body: settlement(deriveId('hld', 'none'), 'bank 1') })],
  [
    'hold_unknown',
    (scene) => {
      const hold = payoutOf(scene)
      scene.world.must(GATEWAY, settlement(hold, 'bank 1'))
      return { by: GATEWAY, body: settlement(hold, 'bank 2') }
    },
  ],
])

const INTENT = referenceOf('intent')

/** The person topped up 500, and gets back what is left. */
const refunding = (scene: Scene, changes: Partial<TopUpRefund> = {}, max = 500): Attempt => {
  const { world, person } = scene
  issueEuro(world, person.id, { amount: 500, reference: 'intent' })
  const attempt = { by: GATEWAY, body: { ...refundBody(world, INTENT), ...changes } }
  return withConsent(attempt, refundConsent(world, person.holder, { reference: INTENT, max }))
}

refuses('topup.refund', [
  ['gateway_required', (scene) => ({ ...refunding(scene), by: OPERATOR })],
  ['topup_unknown', (scene) => refunding(scene, { reference: referenceOf('none') })],
  [
    'holder_consent_missing',
    (scene) => {
      const { by, body } = refunding(scene)
      return { by, body }
    },
  ],
  ['consent_mismatch', (scene) => refunding(scene, {}, 499)],
  ['asset_unknown', (scene) => refunding(scene, { asset: deriveId('ast', 'none') })],
  [
    'wallet_frozen',
    (scene) => {
      const attempt = refunding(scene)
      freeze(scene, scene.person.id)
      return attempt
    },
  ],
  [
    'wallet_on_legal_hold',
    (scene) => {
      const attempt = refunding(scene)
      holdLegally(scene, scene.person.id)
      return attempt
    },
  ],
  [
    'hold_limit_reached',
    (scene) => {
      const attempt = refunding(scene)
      fillHolds(scene, scene.person.id)
      return attempt
    },
  ],
  [
    'nothing_to_refund',
    (scene) => {
      const { by, body, signing } = refunding(scene)
      scene.world.must(by, body, signing)
      return { by, body, ...(signing && { signing }) }
    },
  ],
])

const reversing = (scene: Scene, changes: Partial<Reverse> = {}): Attempt => {
  const { world, person } = scene
  issueEuro(world, person.id, { amount: 500, reference: 'intent' })
  const chargeback = referenceOf('chargeback')
  const body = { kind: 'reverse', asset: world.euro, reference: INTENT, chargeback } as const
  return { by: GATEWAY, body: { ...body, amount: units(300), ...changes } }
}

refuses('reverse', [
  ['gateway_required', (scene) => ({ ...reversing(scene), by: OPERATOR })],
  ['gateway_required', (scene) => reversing(scene, { asset: scene.bar.local })],
  ['topup_unknown', (scene) => reversing(scene, { reference: referenceOf('none') })],
  ['asset_unknown', (scene) => reversing(scene, { asset: deriveId('ast', 'none') })],
  [
    'reference_used',
    (scene) => {
      const { by, body } = reversing(scene, { amount: units(1) })
      scene.world.must(by, body)
      return { by, body }
    },
  ],
  ['reversal_exceeds_topup', (scene) => reversing(scene, { amount: units(501) })],
  [
    'reversal_exceeds_topup',
    (scene) => {
      const { by, body, signing } = refunding(scene, { amount: units(201) })
      scene.world.must(by, body, signing)
      const { world } = scene
      const chargeback = referenceOf('chargeback')
      const reversal = {
        kind: 'reverse',
        asset: world.euro,
        reference: INTENT,
        chargeback,
      } as const
      return { by, body: { ...reversal, amount: units(300) } }
    },
  ],
])

refuses('deficit.cover', [
  [
    'gateway_required',
    ({ world }) => ({
      by: OPERATOR,
      body: { kind: 'deficit.cover', asset: world.euro, amount: units(1) },
    }),
  ],
  [
    'asset_unknown',
    () => ({
      by: GATEWAY,
      body: { kind: 'deficit.cover', asset: deriveId('ast', 'none'), amount: units(1) },
    }),
  ],
  [
    'cover_exceeds_deficit',
    ({ world }) => ({
      by: GATEWAY,
      body: { kind: 'deficit.cover', asset: world.euro, amount: units(1) },
    }),
  ],
  [
    'insufficient_funds',
    ({ world }) => {
      const deficit = { asset: world.euro, gateway: GATEWAY.key, amount: units(1) }
      world.edit('deficit', world.euro, deficit)
      return { by: GATEWAY, body: { kind: 'deficit.cover', asset: world.euro, amount: units(1) } }
    },
  ],
])
