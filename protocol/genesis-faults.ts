import type { Genesis } from './genesis.ts'
import { encodeId, type Key } from './id.ts'
import { looksLikeIsoCurrency } from './transaction/kinds/iso-4217.ts'
import { peerIdKeyBytes } from './transaction/kinds/peer-id.ts'

/** Why a genesis is refused, in the order the checks are made. */
const GENESIS_CODES = [
  'too_large',
  'not_json',
  'invalid',
  'authority_count',
  'key_repeated',
  'consensus_key_reused',
  'admin_repeated',
  'asset_code_repeated',
  'asset_code_reserved',
  'gateway_reused',
] as const
type GenesisCode = (typeof GENESIS_CODES)[number]

/** One thing wrong with a genesis, with the JSON Pointer (RFC 6901) of where. */
export type GenesisError = {
  readonly code: GenesisCode
  readonly pointer: string
  readonly detail: string
}

/** What a genesis of the right form still gets wrong, in the order of the codes. */
export const genesisFaults = (genesis: Genesis): readonly GenesisError[] => [
  ...authorityCount(genesis),
  ...repeated(authorityKeys(genesis), 'key_repeated', 'the three keys of all authorities differ'),
  ...consensusKeyReused(genesis),
  ...repeated(adminKeys(genesis), 'admin_repeated', 'this admin is named before'),
  ...repeated(assetCodes(genesis), 'asset_code_repeated', 'this code is taken before'),
  ...assetCodeReserved(genesis),
  ...gatewayReused(genesis),
]

type Place = { readonly pointer: string; readonly value: string }

/** Two or three authorities tolerate no fault and only add ways to stop. */
const authorityCount = ({ authorities }: Genesis): readonly GenesisError[] =>
  authorities.length === 1 || authorities.length >= 4
    ? []
    : [{ code: 'authority_count', pointer: '/authorities', detail: 'one authority, or at least 4' }]

const authorityKeys = ({ authorities }: Genesis): readonly Place[] =>
  authorities.flatMap(({ consensusKey, operatorKey, peerId }, index) => [
    { pointer: `/authorities/${index}/consensusKey`, value: consensusKey },
    { pointer: `/authorities/${index}/operatorKey`, value: operatorKey },
    {
      pointer: `/authorities/${index}/peerId`,
      value: encodeId('key', peerIdKeyBytes(peerId)),
    },
  ])

/** A consensus key signs consensus bytes and never a transaction. */
const consensusKeyReused = (genesis: Genesis): readonly GenesisError[] => {
  const consensusKeys = new Set<string>(genesis.authorities.map((each) => each.consensusKey))
  return transactionKeys(genesis)
    .filter(({ value }) => consensusKeys.has(value))
    .map(({ pointer }) => ({
      code: 'consensus_key_reused',
      pointer,
      detail: 'a consensus key signs no transaction',
    }))
}

const transactionKeys = (genesis: Genesis): readonly Place[] => [
  ...adminKeys(genesis),
  ...(genesis.federation === undefined
    ? []
    : [{ pointer: '/federation/asset/gateway', value: genesis.federation.asset.gateway }]),
  ...genesis.fixedAssets.map(({ owner }, index) => ({
    pointer: `/fixedAssets/${index}/owner`,
    value: owner,
  })),
]

const adminKeys = ({ federation }: Genesis): readonly Place[] =>
  (federation?.admins ?? []).map((value: Key, index: number) => ({
    pointer: `/federation/admins/${index}`,
    value,
  }))

const assetCodes = ({ federation, fixedAssets }: Genesis): readonly Place[] => [
  ...(federation === undefined
    ? []
    : [{ pointer: '/federation/asset/code', value: federation.asset.code }]),
  ...fixedAssets.map(({ code }, index) => ({ pointer: `/fixedAssets/${index}/code`, value: code })),
]

/** Only what is backed by a currency may carry its name. */
const assetCodeReserved = ({ fixedAssets }: Genesis): readonly GenesisError[] =>
  fixedAssets.flatMap(({ code }, index): readonly GenesisError[] =>
    looksLikeIsoCurrency(code)
      ? [
          {
            code: 'asset_code_reserved',
            pointer: `/fixedAssets/${index}/code`,
            detail: 'looks like an ISO 4217 currency',
          },
        ]
      : [],
  )

/** A gateway's wallet is no person's: what it owned could never be spent. */
const gatewayReused = ({ federation, fixedAssets }: Genesis): readonly GenesisError[] =>
  fixedAssets.flatMap(({ owner }, index): readonly GenesisError[] =>
    owner === federation?.asset.gateway
      ? [
          {
            code: 'gateway_reused',
            pointer: `/fixedAssets/${index}/owner`,
            detail: 'a gateway owns no fixed asset',
          },
        ]
      : [],
  )

const repeated = (
  places: readonly Place[],
  code: GenesisCode,
  detail: string,
): readonly GenesisError[] => {
  const seen = new Set<string>()
  return places.flatMap(({ pointer, value }) => {
    const again = seen.has(value)
    seen.add(value)
    return again ? [{ code, pointer, detail }] : []
  })
}
