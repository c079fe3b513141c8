import { describe, expect, test } from 'vitest'
import { utf8 } from '#protocol/bytes.ts'
import type { Certificate } from '#protocol/chain/certificate.ts'
import type { BlockBallot, Vote } from '#protocol/chain/vote.ts'
import { type Hash, hashOf } from '#protocol/hash.ts'
import { createCopies } from './checkers/copies.ts'
import { createHonest } from './checkers/honest.ts'
import { createMonotone } from './checkers/monotone.ts'
import { createQuorums } from './checkers/quorums.ts'
import { createVotes } from './checkers/votes.ts'
import type { Seen } from './machine.ts'
import type { Checker, Who } from './observation.ts'

const A: Who = { name: 'a0', index: 0, honest: true }
const LIAR: Who = { name: 'a1', index: 1, honest: false }

const hash = (text: string): Hash => hashOf(utf8(text))

const block = (kind: 'notarize' | 'finalize', view: number, name = 'x'): BlockBallot => ({
  kind,
  epoch: 1,
  view,
  parentView: view - 1,
  digest: hash(name),
})
const nothing = { signers: [], signatures: [] }
const certificate = (kind: 'notarize' | 'finalize', view: number, name?: string): Certificate => ({
  ...block(kind, view, name),
  ...nothing,
})
const nullification = (view: number): Certificate => ({
  kind: 'nullify',
  epoch: 1,
  view,
  ...nothing,
})
const signed = { signer: 0, signature: new Uint8Array(64) }
const notarize = (view: number, name?: string): Vote => ({
  ...block('notarize', view, name),
  ...signed,
})
const finalize = (view: number): Vote => ({ ...block('finalize', view), ...signed })
const nullify = (view: number): Vote => ({ kind: 'nullify', epoch: 1, view, ...signed })

const says = (vote: Vote): Seen => ({ type: 'vote', vote, inProposal: false })
const shows = (shown: Certificate): Seen => ({ type: 'certificate', certificate: shown })
const keeps = (...votes: readonly Vote[]): Seen => ({
  type: 'durable',
  records: votes.map((vote) => ({ type: 'vote', vote })),
  blocks: [hash('x')],
})
const keepsCertificate = (kept: Certificate): Seen => ({
  type: 'durable',
  records: [{ type: 'certificate', certificate: kept }],
  blocks: [],
})

const judge = (checker: Checker, seen: readonly Seen[], who = A): readonly string[] =>
  seen.flatMap((one) => checker.see({ ...one, who, atMs: 0 }) ?? [])

describe('votes: every broken rule is noticed', () => {
  const cases: readonly (readonly [string, readonly Seen[], string | undefined])[] = [
    ['a kept vote for a kept block', [keeps(notarize(1)), says(notarize(1))], undefined],
    ['the same bytes again', [keeps(notarize(1)), says(notarize(1)), says(notarize(1))], undefined],
    ['a vote that is not on disk', [says(notarize(1))], 'is not on disk'],
    ['a vote for a block that is not', [keeps(notarize(1, 'y')), says(notarize(1, 'y'))], 'block'],
    ['a view without what led to it', [keeps(nullify(3)), says(nullify(3))], 'entry certificate'],
    ['a finalize before its notarization', [keeps(finalize(1)), says(finalize(1))], 'notarization'],
    [
      'two blocks of one view',
      [keeps(notarize(1), notarize(1, 'y')), says(notarize(1)), says(notarize(1, 'y'))],
      'a second notarize 1',
    ],
    [
      'finalize and nullify of one view',
      [
        keeps(finalize(1), nullify(1)),
        keepsCertificate(certificate('notarize', 1)),
        says(finalize(1)),
        says(nullify(1)),
      ],
      'beside',
    ],
    [
      'notarize after nullify',
      [keeps(notarize(1), nullify(1)), says(nullify(1)), says(notarize(1))],
      'beside',
    ],
    [
      'nullify after notarize',
      [keeps(notarize(1), nullify(1)), says(notarize(1)), says(nullify(1))],
      undefined,
    ],
  ]
  test.each(cases)('%s', (_, seen, complaint) => {
    const complaints = judge(createVotes(), seen)
    if (complaint === undefined) expect(complaints).toEqual([])
    else expect(complaints.join()).toContain(complaint)
  })

  test('a liar may do what it likes', () => {
    expect(judge(createVotes(), [says(notarize(9))], LIAR)).toEqual([])
  })
})

describe('quorums: every contradiction is noticed', () => {
  const cases: readonly (readonly [string, readonly Certificate[], string | undefined])[] = [
    ['a final block', [certificate('notarize', 1), certificate('finalize', 1)], undefined],
    ['a nullified notarization', [certificate('notarize', 1), nullification(1)], undefined],
    ['a finalization alone', [certificate('finalize', 1)], 'without a notarization'],
    ['two notarizations', [certificate('notarize', 1), certificate('notarize', 1, 'y')], 'two'],
    [
      'final and nullified',
      [certificate('notarize', 1), certificate('finalize', 1), nullification(1)],
      'final and nullified',
    ],
    [
      'final beside another',
      [certificate('notarize', 1, 'y'), certificate('finalize', 1)],
      'beside',
    ],
  ]
  test.each(cases)('%s', (_, shown, complaint) => {
    const complaints = judge(createQuorums(), shown.map(shows))
    if (complaint === undefined) expect(complaints).toEqual([])
    else expect(complaints.join()).toContain(complaint)
  })
})

describe('monotone', () => {
  test('a view that falls is noticed', () => {
    const seen: readonly Seen[] = [
      { type: 'standing', view: 4, height: 2 },
      { type: 'standing', view: 3, height: 2 },
    ]
    expect(judge(createMonotone(), seen)).toHaveLength(1)
  })

  test('a store that lost what it acknowledged is noticed', () => {
    const seen: readonly Seen[] = [
      { type: 'stored', height: 5 },
      { type: 'boot', records: [], height: 4 },
    ]
    expect(judge(createMonotone(), seen)).toHaveLength(1)
  })

  test('a restart before a view voted in is noticed', () => {
    const seen: readonly Seen[] = [
      says(nullify(7)),
      { type: 'boot', records: [], height: 0 },
      { type: 'standing', view: 6, height: 0 },
    ]
    expect(judge(createMonotone(), seen)).toHaveLength(1)
  })
})

describe('honest', () => {
  const evidence: Seen = { type: 'evidence', member: 1 }
  test('evidence against a liar is fine, against anybody else it is not', () => {
    expect(judge(createHonest(new Set([1])), [evidence])).toEqual([])
    expect(judge(createHonest(new Set([2])), [evidence])).toHaveLength(1)
  })

  test('a node that stops by itself is noticed', () => {
    expect(judge(createHonest(new Set()), [{ type: 'stopped', code: 'x', detail: 'y' }])).toEqual([
      'x: y',
    ])
  })
})

test('copies: holders are counted over authorities that are honest', () => {
  const checker = createCopies(4)
  const kept: Seen = { type: 'durable', records: [], blocks: [hash('x')] }
  expect(judge(checker, [kept])).toEqual([])
  expect(judge(checker, [kept], LIAR)).toEqual([])
})
