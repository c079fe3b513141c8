import { bech32m } from '@scure/base'
import { z } from 'zod'
import { sha256 } from '#digest'
import { concat, u32, utf8 } from './bytes.ts'
import { readIdText, writeIdText } from './id-text.ts'
import { ID_CACHE_MAX } from './limits.ts'
import { ownText } from './own-text.ts'
import { withJudge } from './schema-reader.ts'

/** Kinds of identifier: the human-readable prefix of its bech32m text (BIP 350). */
export const ID_KINDS = ['key', 'net', 'wal', 'plc', 'crd', 'ast', 'fed', 'grt', 'hld'] as const
export type IdKind = (typeof ID_KINDS)[number]

const DATA_CHARACTERS = 58
/** The digit 1. */
const SEPARATOR = 0x31
const idSchema = <K extends IdKind>(kind: K) => {
  const isValid = (text: string): boolean => isIdText(kind, text)
  const schema = z
    .string()
    .regex(new RegExp(`^${kind}1[02-9ac-hj-np-z]{${DATA_CHARACTERS}}$`))
    .refine(isValid, { error: `not a valid ${kind}1… identifier` })
  // Its pattern only says more plainly what is wrong.
  const find = (text: string): string | undefined => knownIdText(kind, text)
  return withJudge(schema, { isValid, find }).brand<K>()
}

/** An ed25519 public key, 32 bytes. */
export const Key = idSchema('key')
export type Key = z.infer<typeof Key>
/** A network: SHA-256 of its genesis. */
export const NetworkId = idSchema('net')
export type NetworkId = z.infer<typeof NetworkId>
export const WalletId = idSchema('wal')
export type WalletId = z.infer<typeof WalletId>
export const PlaceId = idSchema('plc')
export type PlaceId = z.infer<typeof PlaceId>
/** A card: its public key (secret), or its commitment (weak). */
export const CardId = idSchema('crd')
export type CardId = z.infer<typeof CardId>
export const AssetId = idSchema('ast')
export type AssetId = z.infer<typeof AssetId>
export const FederationId = idSchema('fed')
export type FederationId = z.infer<typeof FederationId>
export const GrantId = idSchema('grt')
export type GrantId = z.infer<typeof GrantId>
export const HoldId = idSchema('hld')
export type HoldId = z.infer<typeof HoldId>

export type IdOf = {
  key: Key
  net: NetworkId
  wal: WalletId
  plc: PlaceId
  crd: CardId
  ast: AssetId
  fed: FederationId
  grt: GrantId
  hld: HoldId
}

/** The identifier of `kind` over 32 bytes. */
export const encodeId = <K extends IdKind>(kind: K, bytes: Uint8Array): IdOf[K] => {
  const text = bech32m.encode(kind, bech32m.toWords(bytes))
  return remember(text, bytes).text as IdOf[K]
}

/** The 32 bytes inside an identifier. */
export const idBytes = (id: IdOf[IdKind]): Uint8Array => {
  const known = decoded(id)
  if (known === undefined) throw new Error(`not an identifier: ${id}`)
  return known.bytes
}

/** Writes the 32 bytes inside an identifier from `at` on. */
export const writeIdBytes = (id: IdOf[IdKind], into: Uint8Array, at: number): void =>
  writeIdText(id, into, at)

/** `text` as an identifier of `kind`, or undefined when its checksum, kind or length is wrong. */
export const parseId = <K extends IdKind>(kind: K, text: string): IdOf[K] | undefined =>
  knownIdText(kind, text) as IdOf[K] | undefined

/**
 * An identifier derived from what created it: SHA-256 of
 * `"kermesse/" kind 0x00` followed by the parts, each prefixed by its length as a u32.
 */
export const deriveId = <K extends IdKind>(
  kind: K,
  ...parts: readonly (Uint8Array | string)[]
): IdOf[K] => {
  const chunks = [utf8(`kermesse/${kind}\0`)]
  for (const part of parts) {
    const bytes = typeof part === 'string' ? utf8(part) : part
    chunks.push(u32(bytes.length), bytes)
  }
  return encodeId(kind, sha256(concat(...chunks)))
}

/** An identifier that was read, in memory of its own. */
type KnownId = { readonly text: string; readonly bytes: Uint8Array }

/** Checksums already computed: the same few ids are read in every payment. Emptied when full. */
const cache = new Map<string, KnownId>()

const remember = (text: string, bytes: Uint8Array): KnownId => {
  if (cache.size >= ID_CACHE_MAX) cache.clear()
  const known = { text, bytes }
  cache.set(text, known)
  return known
}

const decoded = (text: string): KnownId | undefined => {
  const known = cache.get(text)
  if (known !== undefined) return known
  const bytes = readIdText(text)
  return bytes && remember(ownText(text), bytes)
}

/**
 * The text as it was read before: one text for one identifier is held once, and found by where it is
 * without a look at its characters. The length excludes a longer prefix that only starts like this kind's.
 */
function knownIdText(kind: IdKind, text: string): string | undefined {
  const isOfKind =
    text.length === kind.length + 1 + DATA_CHARACTERS &&
    text.startsWith(kind) &&
    text.charCodeAt(kind.length) === SEPARATOR
  return isOfKind ? decoded(text)?.text : undefined
}

function isIdText(kind: IdKind, text: string): boolean {
  return knownIdText(kind, text) !== undefined
}
