import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  AssetId,
  CardId,
  deriveId,
  encodeId,
  FederationId,
  GrantId,
  HoldId,
  ID_KINDS,
  type IdKind,
  idBytes,
  Key,
  NetworkId,
  PlaceId,
  parseId,
  WalletId,
  writeIdBytes,
} from '#protocol/id.ts'
import { createSchemaReader } from '#protocol/schema-reader.ts'
import derived from '../vectors/id-derive.json' with { type: 'json' }
import encoded from '../vectors/id-encode.json' with { type: 'json' }

const SCHEMAS = {
  key: Key,
  net: NetworkId,
  wal: WalletId,
  plc: PlaceId,
  crd: CardId,
  ast: AssetId,
  fed: FederationId,
  grt: GrantId,
  hld: HoldId,
}

const kindOf = (text: string): IdKind => {
  const kind = ID_KINDS.find((each) => each === text)
  if (kind === undefined) throw new Error(`no kind ${text}`)
  return kind
}

describe('golden identifiers', () => {
  test.each(encoded)('$kind of $hex', ({ kind, hex, id }) => {
    const known = kindOf(kind)
    expect(encodeId(known, hexToBytes(hex))).toBe(id)
    const parsed = parseId(known, id)
    expect(parsed && bytesToHex(idBytes(parsed))).toBe(hex)
    const written = new Uint8Array(34).fill(1)
    if (parsed !== undefined) writeIdBytes(parsed, written, 1)
    expect(bytesToHex(written)).toBe(`01${hex}01`)
    expect(SCHEMAS[known].safeParse(id).success).toBe(true)
  })

  test.each(derived)('$kind derived from $parts', ({ kind, parts, id }) => {
    const bytes = parts.map((part) =>
      'text' in part && part.text !== undefined ? part.text : hexToBytes(part.hex ?? ''),
    )
    expect(deriveId(kindOf(kind), ...bytes)).toBe(id)
  })
})

describe('an identifier has one text', () => {
  const readKey = createSchemaReader(Key)
  const bytes = hexToBytes('00'.repeat(32))
  const key = encodeId('key', bytes)
  const place = encodeId('plc', bytes)

  test.each([
    ['nothing', ''],
    ['another kind', place],
    ['upper case', key.toUpperCase()],
    ['mixed case', key.replace('uv', 'UV')],
    ['a character missing', key.slice(0, -1)],
    ['a character more', `${key}q`],
    ['white space', `${key} `],
    ['another kind’s prefix on its data', `key${place.slice(3)}`],
    ['the older checksum', 'key1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq8ekeh5'],
    ['a longer prefix that starts alike', longerPrefix()],
    ['33 bytes', encodeUnchecked(33)],
    ['31 bytes', encodeUnchecked(31)],
  ])('%s is no key', (_, text) => {
    expect(parseId('key', text)).toBeUndefined()
    expect(Key.safeParse(text).success).toBe(false)
    expect(readKey(text)).toEqual(Key.safeParse(text))
  })

  test('any text is judged alike by the schema and by its quicker judge', () => {
    const characters = fc.constantFrom(...'acdefghjklmnpqrstuvwxyz0234567891bioKEY ')
    const nearly = fc
      .tuple(fc.constantFrom(key, place), fc.nat(62), fc.nat(3), fc.string({ unit: characters }))
      .map(([text, at, cut, put]) => text.slice(0, at) + put.slice(0, 3) + text.slice(at + cut))
    fc.assert(
      fc.property(fc.oneof(nearly, fc.string({ unit: characters })), (text) => {
        expect(readKey(text)).toEqual(Key.safeParse(text))
      }),
      { numRuns: 2_000 },
    )
  })

  test('one wrong character is always noticed', () => {
    const alphabet = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l'
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        fc.integer({ min: 4, max: 61 }),
        fc.constantFrom(...alphabet),
        (random, at, character) => {
          const text = encodeId('wal', random)
          fc.pre(text[at] !== character)
          const wrong = `${text.slice(0, at)}${character}${text.slice(at + 1)}`
          expect(parseId('wal', wrong)).toBeUndefined()
        },
      ),
    )
  })

  function longerPrefix(): string {
    // 30 bytes under the prefix `key1q` have the length of 32 under `key`, near enough to be read.
    return `key1${encodeUnchecked(30).slice(4)}`
  }

  function encodeUnchecked(length: number): string {
    return encodeId('key', new Uint8Array(length))
  }
})

describe('derivation tells its parts apart', () => {
  test.each([
    ['where one part ends', deriveId('wal', 'ab', 'c'), deriveId('wal', 'a', 'bc')],
    ['how many parts there are', deriveId('wal', 'abc'), deriveId('wal', 'abc', '')],
    ['an order', deriveId('wal', 'a', 'b'), deriveId('wal', 'b', 'a')],
    ['a kind', idBytes(deriveId('wal', 'a')), idBytes(deriveId('plc', 'a'))],
  ])('by %s', (_, one, other) => {
    expect(one).not.toEqual(other)
  })
})
