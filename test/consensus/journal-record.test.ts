import { describe, expect, test } from 'vitest'
import {
  decodeJournalRecord,
  encodeJournalRecord,
  type JournalRecord,
  recordView,
} from '#consensus/journal-record.ts'
import { utf8 } from '#protocol/bytes.ts'
import { hashOf } from '#protocol/hash.ts'
import { createForge } from './crafted.ts'
import { setOf } from './stand-in-keys.ts'

const digest = hashOf(utf8('a block'))
const forge = createForge({ set: setOf(4), chainId: hashOf(utf8('a chain')) })
const block = { epoch: 1, view: 5, parentView: 3, digest } as const
const vote = forge.vote(2, { kind: 'nullify', epoch: 1, view: 6 })

const cases: readonly [string, JournalRecord, number][] = [
  ['vote', { type: 'vote', vote }, 6],
  ['block', { type: 'block', view: 5, height: 4, digest }, 5],
  [
    'notarization',
    {
      type: 'certificate',
      certificate: forge.certificate({ kind: 'notarize', ...block }, [0, 1, 2]),
    },
    5,
  ],
  [
    'nullification',
    {
      type: 'certificate',
      certificate: forge.certificate({ kind: 'nullify', epoch: 1, view: 4 }, [1, 2, 3]),
    },
    4,
  ],
  [
    'finalization',
    {
      type: 'certificate',
      certificate: forge.certificate({ kind: 'finalize', ...block }, [0, 1, 2]),
    },
    5,
  ],
  [
    'epoch',
    { type: 'epoch', epoch: 1, setHash: digest, genesisDigest: digest },
    Number.MAX_SAFE_INTEGER,
  ],
  ['floor', { type: 'floor', epoch: 1, view: 5, height: 4, digest }, 5],
  ['amnesia', { type: 'amnesia', cause: 'store_rolled_back' }, Number.MAX_SAFE_INTEGER],
  ['refusal', { type: 'refusal', epoch: 2, view: 7 }, Number.MAX_SAFE_INTEGER],
  ['clean stop', { type: 'cleanStop' }, Number.MAX_SAFE_INTEGER],
]

describe('a journal record', () => {
  test.each(cases)('%s survives the disk', (_name, record, view) => {
    expect(decodeJournalRecord(encodeJournalRecord(record))).toEqual({ ok: true, value: record })
    expect(recordView(record)).toBe(view)
  })

  test('of a type that disagrees with its certificate is refused', () => {
    const [, record] = cases[2] ?? cases[0] ?? ['', { type: 'cleanStop' } as const]
    const bytes = encodeJournalRecord(record).with(0, 5)
    expect(decodeJournalRecord(bytes)).toEqual({ ok: false, code: 'not_canonical' })
  })

  test.each([
    ['amnesia by its code', { type: 'amnesia', cause: 'journal_missing' }, '0900'],
    ['amnesia by its code', { type: 'amnesia', cause: 'store_rolled_back' }, '0903'],
    ['a refusal', { type: 'refusal', epoch: 2, view: 7 }, '0a00000000000000020000000000000007'],
  ] as const)('%s has its bytes', (_, record, hex) => {
    expect(Buffer.from(encodeJournalRecord(record)).toString('hex')).toBe(hex)
  })

  test('of amnesia for a cause we do not know is refused', () => {
    expect(decodeJournalRecord(new Uint8Array([9, 4]))).toEqual({
      ok: false,
      code: 'unknown_format',
    })
  })

  test('of an unknown type is refused', () => {
    expect(decodeJournalRecord(new Uint8Array([77]))).toEqual({ ok: false, code: 'unknown_format' })
  })
})
