import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { bech32m } from '@scure/base'
import { describe, expect, test } from 'vitest'
import { parseId } from '#protocol/id.ts'
import { HEADER_LENGTH_MAX, LARGE_TRANSACTION_BYTES_MAX } from '#protocol/limits.ts'
import { parseTransaction } from '#protocol/transaction/parse.ts'
import { encodeBase64url } from '#text-encoding'
import { headerText } from './forge.ts'
import { NETWORK } from './samples.ts'

const TEXTS = 400

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc')

/** Bytes of heap that a deed leaves behind. */
const heapKeptBy = (deed: () => void): number => {
  collectGarbage()
  const before = process.memoryUsage().heapUsed
  deed()
  collectGarbage()
  return process.memoryUsage().heapUsed - before
}

/** An identifier that nothing here has seen yet. */
const freshId = (kind: string, number: number): string => {
  const bytes = new Uint8Array(32)
  new DataView(bytes.buffer).setUint32(0, number + 1)
  return bech32m.encode(kind, bech32m.toWords(bytes))
}

/** One flat text, as it comes from a socket. */
const flat = (text: string): string => Buffer.from(text, 'latin1').toString('latin1')

describe('what strangers send is not kept', () => {
  test('though its header is remembered', () => {
    const kept = heapKeptBy(() => {
      for (let number = 0; number < TEXTS; number++) {
        const header = encodeBase64url(Buffer.from(headerText({ kid: freshId('key', number) })))
        const rest = '..'.padEnd(LARGE_TRANSACTION_BYTES_MAX - header.length, 'A')
        const parsed = parseTransaction(flat(header + rest), NETWORK)
        expect(parsed).toMatchObject({ ok: false, code: 'malformed' })
      }
    })
    expect(kept).toBeLessThan((TEXTS * LARGE_TRANSACTION_BYTES_MAX) / 8)
  })

  test('though an identifier in it is remembered', () => {
    const kept = heapKeptBy(() => {
      for (let number = 0; number < TEXTS; number++) {
        const page = flat(freshId('crd', number).padEnd(LARGE_TRANSACTION_BYTES_MAX, '/'))
        expect(parseId('crd', page.slice(0, 62))).toBeDefined()
      }
    })
    expect(kept).toBeLessThan((TEXTS * LARGE_TRANSACTION_BYTES_MAX) / 8)
  })

  test('and no valid header is longer than the bound on what is remembered', () => {
    const longest = headerText({ alg: 'Ed25519', typ: 'kermesse-consent+jwt' })
    expect(encodeBase64url(Buffer.from(longest)).length).toBeLessThanOrEqual(HEADER_LENGTH_MAX)
  })
})
