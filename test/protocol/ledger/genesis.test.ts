import { describe, expect, test } from 'vitest'
import { units } from '#protocol/amount.ts'
import { fixedAssetIdOf, walletIdOfKey } from '#protocol/derive.ts'
import { createLedger, loadLedger } from '#protocol/ledger/ledger.ts'
import { FIRST } from '#test/support/authority-builders.ts'
import { COLLECTOR, createWorld, genesisOf, OPERATOR } from '#test/support/ledger-builders.ts'
import { createScene } from './refusal-scene.ts'

describe('a new ledger', () => {
  test('is the same on every node, and another of another genesis', () => {
    const root = createLedger(genesisOf()).state.root()
    expect(createLedger(genesisOf()).state.root()).toBe(root)
    expect(createLedger(genesisOf({ heartbeatMs: 1_000 })).state.root()).not.toBe(root)
  })

  test('holds the network, its authorities, the federation, its euro and the fixed assets', () => {
    const world = createWorld()
    const owner = walletIdOfKey(COLLECTOR.key)
    expect(world.get('network', 'network')).toMatchObject({ ver: 1 })
    expect(world.get('authorities', 'authorities')).toEqual({ epoch: 1, members: [FIRST.member] })
    expect(world.get('key', OPERATOR.key)).toEqual({ key: OPERATOR.key })
    expect(world.get('federation', world.federation).assets).toEqual([world.euro])
    expect(world.get('asset', world.euro)).toMatchObject({ category: 'federated', supply: 0 })
    expect(world.get('asset', world.medal)).toMatchObject({ supply: 100_000, issued: 100_000 })
    expect(world.get('wallet', owner)).toMatchObject({ kind: 'person', keys: [COLLECTOR.key] })
    expect(world.available(owner, world.medal)).toBe(100_000)
  })

  test('gives one owner of several fixed assets one wallet', () => {
    const genesis = genesisOf()
    const [medal] = genesis.fixedAssets
    if (medal === undefined) throw new Error('no fixed asset')
    const more = { ...medal, code: 'STAMP', supply: units(7) }
    const both = { ...genesis, fixedAssets: [medal, more] }
    const { state } = createLedger(both)
    const owner = walletIdOfKey(COLLECTOR.key)
    const balances = both.fixedAssets.map((_, index) =>
      state.get('balance', `${owner}/${fixedAssetIdOf(both, index)}`),
    )
    expect(balances.map((balance) => balance?.available)).toEqual([100_000, 7])
  })
})

describe('a stored ledger', () => {
  test('that does not conserve is not loaded, and says where', () => {
    const { world, bar, weak } = createScene()
    const { state } = world.ledger
    expect(loadLedger(state)).toMatchObject({ ok: true })
    const key = `${weak.wallet}/${bar.local}`
    const balance = world.get('balance', key)
    world.edit('balance', key, {
      ...balance,
      available: units(balance.available - 1),
      totalOut: units(balance.totalOut + 1),
    })
    expect(loadLedger(state)).toEqual({
      ok: false,
      finding: {
        invariant: 'conservation',
        subject: bar.local,
        expected: '3000',
        found: '2999',
      },
    })
  })
})
