import { describe, expect, test } from 'vitest'
import { units } from '#protocol/amount.ts'
import type { LedgerEvent } from '#protocol/ledger/event.ts'
import { checkEverything } from '#protocol/ledger/invariants/full.ts'
import { checkBlock } from '#protocol/ledger/invariants.ts'
import { touchedIn, widening } from '#protocol/ledger/touched.ts'
import type { Draft } from '#protocol/ledger/view.ts'
import type { FamilyName, Records } from '#protocol/state/families.ts'
import { referenceOf, saleBody } from '#test/support/venue-builders.ts'
import { createScene, type Scene } from './refusal-scene.ts'

type Tamper = (draft: Draft, scene: Scene) => void

/** The first invariant that a block of this tampering breaks. */
const brokenBy = (tamper: Tamper, events: readonly LedgerEvent[] = []): string | undefined => {
  const scene = createScene()
  const { world, bar, weak } = scene
  world.must(bar.till, saleBody(bar, [weak], 10))
  const { state } = world.ledger
  state.beginBlock()
  const { draft, widest } = widening(state)
  tamper(draft, scene)
  const timestampMs = world.nowMs()
  const effect = { touched: touchedIn(state), widest, swept: [], events, timestampMs }
  const found = checkBlock(draft, effect)
  state.abandonBlock()
  return found?.invariant
}

const change = <F extends FamilyName>(
  draft: Draft,
  family: F,
  key: string,
  edit: (record: Records[F]) => Records[F],
): void => {
  const record = draft.get(family, key)
  if (record === undefined) throw new Error(`no ${family} ${key}`)
  draft.put(family, key, edit(record))
}

const firstKey = ({ world }: Scene, family: FamilyName): string => {
  for (const { key } of world.ledger.state.entries(family)) return key
  throw new Error(`no ${family}`)
}

const balanceKey = ({ weak, bar }: Scene): string => `${weak.wallet}/${bar.local}`

const ROWS: readonly (readonly [invariant: string, tamper: Tamper])[] = [
  [
    'card_lists_assets',
    (draft, scene) => {
      const { wallet, asset } = draft.get('balance', balanceKey(scene)) ?? {}
      change(draft, 'wallet', wallet ?? '', (record) => ({
        ...record,
        assets: record.assets?.filter((one) => one !== asset) ?? [],
      }))
      change(draft, 'balance', balanceKey(scene), (balance) => ({ ...balance }))
    },
  ],
  [
    'closed_is_empty',
    (draft, { weak }) =>
      change(draft, 'wallet', weak.wallet, (wallet) => ({ ...wallet, closed: true })),
  ],
  [
    'wallet_kind',
    (draft, { person }) =>
      change(draft, 'wallet', person.id, (wallet) => ({ ...wallet, kind: 'gateway' })),
  ],
  ['wallet_kind', (draft, { person }) => draft.remove('wallet', person.id)],
  [
    'key_of_its_wallet',
    (draft, { person, bar }) =>
      draft.put('key', bar.till.key, { key: bar.till.key, wallet: person.id }),
  ],
  [
    'key_of_its_wallet',
    (draft, { person }) =>
      change(draft, 'wallet', person.id, (wallet) => ({ ...wallet, keys: [] })),
  ],
  [
    'wallet_of_its_keys',
    (draft, { person, bar }) =>
      change(draft, 'wallet', person.id, ({ keys, ...wallet }) => ({
        ...wallet,
        keys: [...keys, bar.owner.key],
      })),
  ],
  ['wallet_of_its_keys', (draft, { person }) => draft.remove('key', person.holder.key)],
  [
    'redeemed_is_burned',
    (draft, { bar }) =>
      change(draft, 'asset', bar.local, (asset) => ({ ...asset, redeemed: units(1) })),
  ],
  [
    'balance_totals',
    (draft, scene) =>
      change(draft, 'balance', balanceKey(scene), (balance) => ({
        ...balance,
        available: units(balance.available + 1),
      })),
  ],
  [
    'conservation',
    (draft, scene) =>
      change(draft, 'balance', balanceKey(scene), (balance) => ({
        ...balance,
        available: units(balance.available + 1),
        totalIn: units(balance.totalIn + 1),
      })),
  ],
  [
    'totals_never_fall',
    (draft, scene) =>
      change(draft, 'balance', balanceKey(scene), (balance) => ({
        ...balance,
        totalIn: units(balance.totalIn - 1),
        totalOut: units(balance.totalOut - 1),
      })),
  ],
  ['balance_stays', (draft, scene) => draft.remove('balance', balanceKey(scene))],
  [
    'supply_is_issued_less_burned',
    (draft, { bar }) =>
      change(draft, 'asset', bar.local, (asset) => ({
        ...asset,
        supply: units(asset.supply + 1),
      })),
  ],
  [
    'supply_cap',
    (draft, { bar }) => change(draft, 'asset', bar.local, (asset) => ({ ...asset, cap: units(1) })),
  ],
  [
    'conservation',
    (draft, { bar }) =>
      change(draft, 'asset', bar.local, (asset) => ({
        ...asset,
        supply: units(asset.supply + 1),
        issued: units(asset.issued + 1),
      })),
  ],
  [
    'fixed_supply',
    (draft, { world }) =>
      change(draft, 'asset', world.medal, (asset) => ({
        ...asset,
        supply: units(asset.supply - 1),
        burned: units(1),
      })),
  ],
  [
    'movements_told',
    (draft, { weak, secret, bar }) => {
      change(draft, 'balance', `${weak.wallet}/${bar.local}`, (balance) => ({
        ...balance,
        available: units(balance.available - 1),
        totalOut: units(balance.totalOut + 1),
      }))
      change(draft, 'balance', `${secret.wallet}/${bar.local}`, (balance) => ({
        ...balance,
        available: units(balance.available + 1),
        totalIn: units(balance.totalIn + 1),
      }))
    },
  ],
  [
    'grant_caps',
    (draft, { bar }) =>
      change(draft, 'grant', bar.grant, (grant) => ({ ...grant, caps: { total: units(1) } })),
  ],
  [
    'grant_terms',
    (draft, { bar }) =>
      change(draft, 'grant', bar.grant, (grant) => ({ ...grant, actions: ['read'] })),
  ],
  [
    'grant_total',
    (draft, { bar }) =>
      change(draft, 'grant', bar.grant, (grant) => ({ ...grant, total: units(0) })),
  ],
  ['grant_stays', (draft, { bar }) => draft.remove('grant', bar.grant)],
  [
    'payment_id_used_once',
    (draft, scene) =>
      change(draft, 'payment', firstKey(scene, 'payment'), (payment) => ({
        ...payment,
        outcome: 'sale_unknown',
      })),
  ],
  ['payment_id_used_once', (draft, scene) => draft.remove('payment', firstKey(scene, 'payment'))],
  [
    'reference_counts_once',
    (draft, scene) =>
      change(draft, 'reference', firstKey(scene, 'reference'), (reference) => ({
        ...reference,
        reference: referenceOf('another'),
      })),
  ],
  [
    'refunded_at_most_in_full',
    (draft, scene) =>
      change(draft, 'sale', firstKey(scene, 'sale'), (sale) => ({ ...sale, refunded: units(11) })),
  ],
  ['sale_stays', (draft, scene) => draft.remove('sale', firstKey(scene, 'sale'))],
  ['counter_stays', (draft, scene) => draft.remove('counter', firstKey(scene, 'counter'))],
  [
    'counter_never_falls',
    (draft, scene) =>
      change(draft, 'counter', firstKey(scene, 'counter'), (counter) => ({
        ...counter,
        value: units(0),
      })),
  ],
  [
    'counter_cap',
    (draft, scene) =>
      change(draft, 'counter', firstKey(scene, 'counter'), (counter) => ({
        ...counter,
        value: units(100_000_001),
      })),
  ],
  [
    'counter_cap',
    (draft) => draft.put('counter', 'odd/1', { name: 'odd/1', value: units(1), untilMs: 1 }),
  ],
]

describe('a block is caught that breaks', () => {
  test.each(ROWS)('%s', (invariant, tamper) => {
    expect(brokenBy(tamper)).toBe(invariant)
  })

  test('nothing when it changes nothing', () => {
    expect(brokenBy(() => undefined)).toBeUndefined()
  })

  test('what its events tell, though every record agrees', () => {
    const { world, bar, weak } = createScene()
    const sold = world.must(bar.till, saleBody(bar, [weak], 10))
    const telling = (changes: Partial<LedgerEvent>) =>
      brokenBy(() => undefined, [{ ...sold, ...changes }])
    expect(telling({})).toBe('movements_told')
    expect(telling({ movements: [] })).toBeUndefined()
    expect(telling({ outcome: 'card_blocked' })).toBe('refused_moves_nothing')
    expect(telling({ movements: sold.movements.slice(0, 1) })).toBe('movements_of_kind')
  })
})

describe('a stored state is caught that breaks', () => {
  const foundIn = (tamper: (scene: Scene) => void): string | undefined => {
    const scene = createScene()
    const { world, bar, weak } = scene
    world.must(bar.till, saleBody(bar, [weak], 10))
    tamper(scene)
    return checkEverything(world.ledger.state)?.invariant
  }

  test('conservation, an asset, a balance, a sale or a grant', () => {
    expect(foundIn(() => undefined)).toBeUndefined()
    expect(
      foundIn((scene) => {
        const balance = scene.world.get('balance', balanceKey(scene))
        const more = {
          available: units(balance.available + 1),
          totalIn: units(balance.totalIn + 1),
        }
        scene.world.edit('balance', balanceKey(scene), { ...balance, ...more })
      }),
    ).toBe('conservation')
    expect(
      foundIn(({ world, bar }) => {
        const asset = world.get('asset', bar.local)
        world.edit('asset', bar.local, { ...asset, burned: units(1) })
      }),
    ).toBe('supply_is_issued_less_burned')
    expect(
      foundIn((scene) => {
        const key = firstKey(scene, 'sale')
        scene.world.edit('sale', key, { ...scene.world.get('sale', key), refunded: units(11) })
      }),
    ).toBe('refunded_at_most_in_full')
    expect(
      foundIn(({ world, bar }) => {
        const grant = world.get('grant', bar.grant)
        world.edit('grant', bar.grant, { ...grant, caps: { day: units(1) } })
      }),
    ).toBe('grant_caps')
    expect(
      foundIn(({ world, bar, club }) => {
        const child = world.get('grant', bar.grant)
        world.edit('grant', bar.grant, { ...child, parent: club.grant })
      }),
    ).toBe('grant_counted_at_parent')
  })
})
