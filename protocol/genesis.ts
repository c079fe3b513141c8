import { z } from 'zod'
import { Amount } from './amount.ts'
import { utf8 } from './bytes.ts'
import { type GenesisError, genesisFaults } from './genesis-faults.ts'
import { hashBytes, hashOf } from './hash.ts'
import { encodeId, Key, type NetworkId } from './id.ts'
import { pointerOf } from './pointer.ts'
import { Parameters } from './state/parameters.ts'
import { CardLimits } from './transaction/kinds/asset.ts'
import { AuthorityMember } from './transaction/kinds/authority.ts'
import { PublicName } from './transaction/kinds/public-name.ts'
import { AssetCode, Label, Scale, TimeMs, Unit } from './transaction/kinds/terms.ts'

/** Length of a genesis text in UTF-16 units: 30 authorities and 32 assets, with room. */
export const GENESIS_LENGTH_MAX = 131_072
/** Authorities at genesis: votes and keys of all of them ride in every certificate. */
const GENESIS_AUTHORITIES_MAX = 30
/** Admins of one federation: every authority's operator can be one. */
const FEDERATION_ADMINS_MAX = 30
/** Fixed assets at genesis: each costs a record and an owner's balance, for ever. */
const FIXED_ASSETS_MAX = 32

/** One of those who vote. Its three keys are three different keys. */
export const GenesisAuthority = z.strictObject({
  name: Label.optional(),
  ...AuthorityMember.shape,
})
export type GenesisAuthority = z.infer<typeof GenesisAuthority>

const assetTerms = {
  code: AssetCode,
  name: PublicName,
  unit: Unit,
  scale: Scale,
}

/** The shared currency of the first federation. Only its gateway key issues it. */
const GenesisFederatedAsset = z.strictObject({
  ...assetTerms,
  cap: Amount.optional(),
  transferable: z.boolean(),
  cardLimits: CardLimits,
  gateway: Key,
})

/** The federation that exists from the first block on. Its admins may bring places into it. */
const GenesisFederation = z.strictObject({
  name: PublicName,
  admins: z.array(Key).min(1).max(FEDERATION_ADMINS_MAX),
  asset: GenesisFederatedAsset,
})

/** An asset whose whole supply is its owner's at genesis; nobody ever issues more. */
const GenesisFixedAsset = z.strictObject({
  ...assetTerms,
  supply: Amount,
  owner: Key,
  transferable: z.boolean(),
  cardLimits: CardLimits,
})

/** What a network starts from. Its hash is the network id. */
export const Genesis = z.strictObject({
  format: z.literal('kermesse-genesis/1'),
  name: PublicName,
  startTimeMs: TimeMs,
  /** Version of the rules of the first block. */
  ver: z.literal(1),
  parameters: Parameters,
  authorities: z.array(GenesisAuthority).min(1).max(GENESIS_AUTHORITIES_MAX),
  federation: GenesisFederation.optional(),
  fixedAssets: z.array(GenesisFixedAsset).max(FIXED_ASSETS_MAX),
})
export type Genesis = z.infer<typeof Genesis>

export type GenesisParsed =
  | { readonly ok: true; readonly genesis: Genesis }
  | { readonly ok: false; readonly errors: readonly GenesisError[] }

/** Admits a genesis text, or says everything that is wrong with it. */
export const parseGenesis = (text: string): GenesisParsed => {
  if (text.length > GENESIS_LENGTH_MAX) {
    return refused('too_large', `longer than ${GENESIS_LENGTH_MAX} characters`)
  }
  const value = jsonOf(text)
  if (value === undefined) return refused('not_json', 'not a JSON text')
  const parsed = Genesis.safeParse(value)
  if (!parsed.success) {
    const errors = parsed.error.issues.map(
      ({ path, message }): GenesisError => ({
        code: 'invalid',
        pointer: pointerOf(path),
        detail: message,
      }),
    )
    return { ok: false, errors }
  }
  const errors = genesisFaults(parsed.data)
  return errors.length === 0 ? { ok: true, genesis: parsed.data } : { ok: false, errors }
}

/**
 * The bytes a network id is the hash of: UTF-8 of the JSON text without whitespace, members in the
 * order of the schema. A value that is no genesis is our mistake.
 */
export const genesisBytes = (genesis: Genesis): Uint8Array =>
  utf8(JSON.stringify(Genesis.parse(genesis)))

/** The network that grows from this genesis: SHA-256 of its bytes. */
export const networkIdOf = (genesis: Genesis): NetworkId => {
  const known = networkIds.get(genesis) ?? encodeId('net', hashBytes(hashOf(genesisBytes(genesis))))
  networkIds.set(genesis, known)
  return known
}

/** Every id that a genesis gives is derived from its network's; a genesis never changes. */
const networkIds = new WeakMap<Genesis, NetworkId>()

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** Parameters for a network that has no reason to choose others. */
export const DEFAULT_PARAMETERS: Parameters = {
  // Tills run on ordinary clocks; half a minute is far outside what network time leaves.
  maxClockSkewMs: 30_000,
  validityMs: {
    // The longest lease, 12 h, and its 72 h of grace, rounded up to whole days.
    place: 4 * DAY_MS,
    // A person waits for an answer: what has not arrived after a day is better signed again.
    wallet: DAY_MS,
    // Admissions and gateways are prepared by hand and travel by mail.
    key: 7 * DAY_MS,
  },
  // One a second around the clock: a full bar declines a fraction of that, and 8 tills of one place
  // that share the scope still fit; a spammer fills at most 0.2 % of what blocks can carry.
  refusedPerHour: 3_600,
  // Five desks that open one every three minutes around the clock; a year of it at one place fills
  // half a gigabyte of every node.
  walletsPerDay: 2_400,
  refundWindowMs: 90 * DAY_MS,
  heartbeatMs: HOUR_MS,
  deltaMs: 100,
  // While a block is open the next one gathers what comes until that one is final, or this long: fewer,
  // fuller blocks under load. A payment that finds no open block never waits.
  minBlockGapMs: 30,
  forgetPerBlock: 4_096,
  // Eight open blocks that become final by one certificate still travel in one answer.
  blockBytesMax: 524_288,
  blockTransactionsMax: 4_096,
}

const refused = (code: GenesisError['code'], detail: string): GenesisParsed => ({
  ok: false,
  errors: [{ code, pointer: '', detail }],
})

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
