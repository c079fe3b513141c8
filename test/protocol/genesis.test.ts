import { describe, expect, test } from 'vitest'
import {
  cardIdOfKey,
  cardWalletId,
  federatedAssetIdOf,
  federationIdOf,
  fixedAssetIdOf,
  keyOfCard,
  placeIdOfKey,
  walletIdOfKey,
} from '#protocol/derive.ts'
import {
  DEFAULT_PARAMETERS,
  GENESIS_LENGTH_MAX,
  type Genesis,
  genesisBytes,
  networkIdOf,
  parseGenesis,
} from '#protocol/genesis.ts'
import { Parameters } from '#protocol/state/parameters.ts'
import vectors from '../vectors/genesis.json' with { type: 'json' }
import { keyOfByte, peerIdOfByte, SAMPLE_GENESIS } from './sample-genesis.ts'

const parsedFrom = (value: object): Genesis => {
  const parsed = parseGenesis(JSON.stringify(value))
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors))
  return parsed.genesis
}

/** Codes and places of everything wrong with the sample after changes. */
const faultsOf = (changes: object): readonly string[] => {
  const parsed = parseGenesis(JSON.stringify({ ...SAMPLE_GENESIS, ...changes }))
  return parsed.ok ? [] : parsed.errors.map(({ code, pointer }) => `${code} ${pointer}`)
}

const reversed = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(reversed)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([name, member]) => [name, reversed(member)]),
  )
}

describe('a genesis names its network', () => {
  const genesis = parsedFrom(vectors.genesis)

  test('by golden bytes', () => {
    expect(new TextDecoder().decode(genesisBytes(genesis))).toBe(vectors.text)
    expect(networkIdOf(genesis)).toBe(vectors.networkId)
  })

  test('and what it founds', () => {
    expect(federationIdOf(genesis)).toBe(vectors.federationId)
    expect(federatedAssetIdOf(genesis)).toBe(vectors.federatedAssetId)
    expect([fixedAssetIdOf(genesis, 0)]).toEqual(vectors.fixedAssetIds)
    expect(fixedAssetIdOf(genesis, 1)).not.toBe(fixedAssetIdOf(genesis, 0))
  })

  test('whatever the order of members and the white space of the file', () => {
    const shuffled = parseGenesis(JSON.stringify(reversed(vectors.genesis), null, 2))
    expect(shuffled.ok && networkIdOf(shuffled.genesis)).toBe(vectors.networkId)
  })

  test('any other content is another network', () => {
    const later = { ...genesis, startTimeMs: genesis.startTimeMs + 1 }
    expect(networkIdOf(later)).not.toBe(vectors.networkId)
  })

  test('one authority alone, no federation and no fixed asset are enough', () => {
    const { federation: _, ...rest } = SAMPLE_GENESIS
    const alone = { ...rest, authorities: SAMPLE_GENESIS.authorities.slice(0, 1), fixedAssets: [] }
    expect(parsedFrom(alone)).toEqual(alone)
  })

  test('the default parameters are valid', () => {
    expect(Parameters.safeParse(DEFAULT_PARAMETERS).success).toBe(true)
  })
})

describe('what a genesis gets wrong is said with its place', () => {
  const { authorities, federation, fixedAssets, ...rest } = SAMPLE_GENESIS
  const [first, second, ...others] = authorities
  const [fixed] = fixedAssets
  const withSecond = (changes: object) => ({
    authorities: [first, { ...second, ...changes }, ...others],
  })
  const withAsset = (changes: object) => ({
    federation: { ...federation, asset: { ...federation?.asset, ...changes } },
  })

  test.each([
    ['another format', { format: 'kermesse-genesis/2' }, ['invalid /format']],
    ['rules of tomorrow', { ver: 2 }, ['invalid /ver']],
    ['a member nobody knows', { extra: 1 }, ['invalid ']],
    ['no list of fixed assets', { fixedAssets: undefined }, ['invalid /fixedAssets']],
    [
      'two things at once',
      { name: '', startTimeMs: -1 },
      ['invalid /name', 'invalid /startTimeMs'],
    ],
    ['no authority', { authorities: [] }, ['invalid /authorities']],
    [
      'an address that is none',
      withSecond({ addresses: ['localhost:4000'] }),
      ['invalid /authorities/1/addresses/0'],
    ],
    [
      'a port that is none',
      withSecond({ addresses: ['/ip4/10.0.0.1/tcp/65536'] }),
      ['invalid /authorities/1/addresses/0'],
    ],
    [
      'a peer id with a digit base58 lacks',
      withSecond({ peerId: `12D3KooW${'0'.repeat(44)}` }),
      ['invalid /authorities/1/peerId'],
    ],
    [
      'a peer id of another kind of key',
      withSecond({ peerId: `12D3KooW${'z'.repeat(44)}` }),
      ['invalid /authorities/1/peerId'],
    ],
    ['two authorities', { authorities: [first, second] }, ['authority_count /authorities']],
    [
      'three authorities',
      { authorities: [first, second, others[0]] },
      ['authority_count /authorities'],
    ],
    [
      'one consensus key twice',
      withSecond({ consensusKey: first?.consensusKey }),
      ['key_repeated /authorities/1/consensusKey'],
    ],
    [
      'one key in two roles',
      withSecond({ operatorKey: second?.consensusKey }),
      ['key_repeated /authorities/1/operatorKey'],
    ],
    [
      'a peer id of the consensus key',
      withSecond({ peerId: peerIdOfByte(2) }),
      ['key_repeated /authorities/1/peerId'],
    ],
    [
      'a consensus key as admin',
      { federation: { ...federation, admins: [keyOfByte(1)] } },
      ['consensus_key_reused /federation/admins/0'],
    ],
    [
      'a consensus key as gateway',
      withAsset({ gateway: keyOfByte(1) }),
      ['consensus_key_reused /federation/asset/gateway'],
    ],
    [
      'a consensus key as owner',
      { fixedAssets: [{ ...fixed, owner: keyOfByte(1) }] },
      ['consensus_key_reused /fixedAssets/0/owner'],
    ],
    [
      'an admin twice',
      { federation: { ...federation, admins: [keyOfByte(11), keyOfByte(11)] } },
      ['admin_repeated /federation/admins/1'],
    ],
    ['no admin', { federation: { ...federation, admins: [] } }, ['invalid /federation/admins']],
    ['a code twice', { fixedAssets: [fixed, fixed] }, ['asset_code_repeated /fixedAssets/1/code']],
    [
      'a fixed asset called like money',
      { fixedAssets: [{ ...fixed, code: 'CHF' }] },
      ['asset_code_reserved /fixedAssets/0/code'],
    ],
    [
      'a gateway that owns',
      { fixedAssets: [{ ...fixed, owner: federation?.asset.gateway }] },
      ['gateway_reused /fixedAssets/0/owner'],
    ],
    [
      'a parameter out of range',
      { parameters: { ...rest.parameters, heartbeatMs: 0 } },
      ['invalid /parameters/heartbeatMs'],
    ],
    [
      'ids remembered until a time that no record can hold',
      {
        parameters: {
          ...rest.parameters,
          validityMs: { ...rest.parameters.validityMs, wallet: Number.MAX_SAFE_INTEGER },
        },
      },
      ['invalid /parameters/validityMs/wallet'],
    ],
    [
      'sales kept until a time that no number tells exactly',
      { parameters: { ...rest.parameters, refundWindowMs: Number.MAX_SAFE_INTEGER } },
      ['invalid /parameters/refundWindowMs'],
    ],
  ])('%s', (_, changes, faults) => {
    expect(faultsOf(changes)).toEqual(faults)
  })

  test.each([
    ['', 'not_json'],
    ['{', 'not_json'],
    ['[]', 'invalid'],
    ['null', 'invalid'],
    [' '.repeat(GENESIS_LENGTH_MAX + 1), 'too_large'],
  ])('%j is refused as %s', (text, code) => {
    expect(parseGenesis(text)).toMatchObject({ ok: false, errors: [{ code }] })
  })
})

describe('what a key stands for', () => {
  const key = keyOfByte(1)

  test('a wallet, a place and a card, each its own', () => {
    const card = cardIdOfKey(key)
    const ids = [walletIdOfKey(key), placeIdOfKey(key), card, cardWalletId(card)]
    expect(new Set(ids.map((id) => id.slice(4))).size).toBe(4)
    expect(keyOfCard(card)).toBe(key)
  })
})
