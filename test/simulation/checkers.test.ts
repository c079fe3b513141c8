import { describe, expect, test } from 'vitest'
import { utf8 } from '#protocol/bytes.ts'
import type { Certificate } from '#protocol/chain/certificate.ts'
import type { BlockBallot, Vote } from '#protocol/chain/vote.ts'
import { type Hash, hashOf } from '#protocol/hash.ts'
import { calm } from './calm.ts'
import { createBounds } from './checkers/bounds.ts'
import { createCopies } from './checkers/copies.ts'
import { createFailedDisk } from './checkers/failed-disk.ts'
import { createHonest } from './checkers/honest.ts'
import { createMonotone } from './checkers/monotone.ts'
import { createQuorums } from './checkers/quorums.ts'
import { createUndo } from './checkers/undo.ts'
import { createVotes } from './checkers/votes.ts'
import { createCircuit } from './circuit.ts'
import { createEpochBook } from './epoch-book.ts'
import { createStandInKeys } from './keys.ts'
import type { Seen } from './machine-parts.ts'
import type { Checker, Who } from './observation.ts'

const A: Who = { name: 'a0', index: 0, honest: true, impaired: false }
const LIAR: Who = { name: 'a1', index: 1, honest: false, impaired: false }

const LAME: Who = { name: 'a2', index: 2, honest: true, impaired: true }

const HELD = { settledView: 0, rounds: 0, blocks: 0, open: 0, waiting: 0 }

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
      { type: 'standing', epoch: 1, view: 4, height: 2, held: HELD },
      { type: 'standing', epoch: 1, view: 3, height: 2, held: HELD },
    ]
    expect(judge(createMonotone(), seen)).toHaveLength(1)
  })

  test('a store that lost what it acknowledged is noticed', () => {
    const seen: readonly Seen[] = [
      { type: 'boot', records: [], height: 5 },
      { type: 'stored', height: 5 },
      { type: 'boot', records: [], height: 4 },
    ]
    expect(judge(createMonotone(), seen)).toHaveLength(1)
  })

  test('a restart before a view voted in is noticed', () => {
    const seen: readonly Seen[] = [
      says(nullify(7)),
      { type: 'boot', records: [], height: 0 },
      { type: 'standing', epoch: 1, view: 6, height: 0, held: HELD },
    ]
    expect(judge(createMonotone(), seen)).toHaveLength(1)
  })
})

describe('monotone: what falls, and what is stored too early, is noticed', () => {
  const floor = (view: number): Seen => ({
    type: 'durable',
    records: [{ type: 'floor', epoch: 1, view, height: view, digest: hash('x') }],
    blocks: [],
  })
  const cases: readonly (readonly [string, readonly Seen[], string | undefined])[] = [
    ['floors that rise', [floor(64), floor(64), floor(128)], undefined],
    ['a floor that falls', [floor(128), floor(64)], 'floor 64 after 128'],
    ['a store ahead of finality', [{ type: 'stored', height: 3 }], 'stored 3, final is 0'],
  ]
  test.each(cases)('%s', (_, seen, complaint) => {
    const complaints = judge(createMonotone(), seen)
    if (complaint === undefined) expect(complaints).toEqual([])
    else expect(complaints.join()).toContain(complaint)
  })
})

describe('undo: a state that is not what its block says is noticed', () => {
  const at = (name: string, changes: Partial<Extract<Seen, { type: 'tip' }>> = {}): Seen => ({
    type: 'tip',
    height: 1,
    digest: hash(name),
    root: hash('root'),
    claimed: hash('root'),
    undone: false,
    records: () => 'records',
    ...changes,
  })
  const cases: readonly (readonly [string, readonly Seen[], string | undefined])[] = [
    ['the same records again', [at('x'), at('y'), at('x', { undone: true })], undefined],
    ['another root', [at('x', { root: hash('other') })], 'its header says'],
    [
      'other records after blocks were taken back',
      [at('x'), at('y'), at('x', { undone: true, records: () => 'others' })],
      'other records',
    ],
  ]
  test.each(cases)('%s', (_, seen, complaint) => {
    const complaints = judge(createUndo(), seen)
    if (complaint === undefined) expect(complaints).toEqual([])
    else expect(complaints.join()).toContain(complaint)
  })
})

describe('bounds: what grows past its limit is noticed', () => {
  const stands = (held: Partial<typeof HELD>): Seen => ({
    type: 'standing',
    epoch: 1,
    view: 20,
    height: 1,
    held: { ...HELD, ...held },
  })
  const cases: readonly (readonly [string, Seen, string | undefined])[] = [
    ['a long answer', { type: 'sent', to: 'b', kind: 'segments', length: 4_000_000 }, undefined],
    [
      'too long an answer',
      { type: 'sent', to: 'b', kind: 'segments', length: 9_000_000 },
      'a segments of',
    ],
    [
      'too long a vote',
      { type: 'sent', to: 'b', kind: 'vote', length: 300_000 },
      'a vote of 300000 bytes',
    ],
    ['rounds of the last views', stands({ settledView: 18, rounds: 19 }), undefined],
    ['rounds of views long settled', stands({ settledView: 18, rounds: 21 }), '21 rounds'],
    ['blocks without end', stands({ blocks: 2_000 }), '2000 blocks'],
    ['undo without end', stands({ open: 2_000 }), '2000 open'],
    ['a mempool without end', stands({ waiting: 2_049 }), '2049 transactions wait'],
  ]
  test.each(cases)('%s', (_, seen, complaint) => {
    const complaints = judge(createBounds(), [seen])
    if (complaint === undefined) expect(complaints).toEqual([])
    else expect(complaints.join()).toContain(complaint)
  })

  /** So many answers, to peers in turn, evenly over so long. */
  const answers = (count: number, forMs: number, peers = 1, who = A): readonly string[] => {
    const { see } = createBounds()
    return Array.from({ length: count }, (_, nth) => {
      const atMs = (nth * forMs) / count
      return see({ type: 'sent', to: `b${nth % peers}`, kind: 'absent', length: 9, who, atMs })
    }).flatMap((complaint) => complaint ?? [])
  }
  test('answers to one peer without end are noticed, and not those that it may have', () => {
    expect(answers(100, 1_000)).toContain('33 answers to b0 in a second')
    expect(answers(100, 4_000)).toEqual([])
    expect(answers(100, 1_000, 4)).toEqual([])
    expect(answers(100, 1_000, 1, LIAR)).toEqual([])
  })
})

describe('failedDisk: who goes on without a disk is noticed', () => {
  const failed: Seen = { type: 'diskFailed' }
  const stopped: Seen = { type: 'stopped', code: 'io_failed', detail: '', excused: true }
  const sent: Seen = { type: 'sent', to: 'b', kind: 'vote', length: 1 }
  const cases: readonly (readonly [string, readonly Seen[], string | undefined])[] = [
    ['a process that stops at once', [sent, failed, stopped], undefined],
    ['its next life', [failed, stopped, { type: 'boot', records: [], height: 0 }, sent], undefined],
    ['one that still speaks', [failed, sent], 'sent after its disk failed'],
    ['one that still lives', [failed, { type: 'alarm', timer: 'x', late: false }], 'alarm after'],
  ]
  test.each(cases)('%s', (_, seen, complaint) => {
    const complaints = judge(createFailedDisk(), seen)
    if (complaint === undefined) expect(complaints).toEqual([])
    else expect(complaints.join()).toContain(complaint)
  })
})

describe('honest', () => {
  const honest = () => createHonest((member) => member === 1)
  const stopped = { type: 'stopped', code: 'x', detail: 'y' } as const
  const cases: readonly (readonly [string, Seen, Who, string | undefined])[] = [
    ['evidence against a liar', { type: 'evidence', epoch: 1, member: 1 }, A, undefined],
    [
      'evidence against anybody else',
      { type: 'evidence', epoch: 1, member: 2 },
      A,
      'honest member 2',
    ],
    ['what a liar calls evidence', { type: 'evidence', epoch: 1, member: 2 }, LIAR, undefined],
    ['a node that stops by itself', { ...stopped, excused: false }, A, 'x: y'],
    ['a node that stops since its disk failed', { ...stopped, excused: true }, A, undefined],
    [
      'a node that stops since it lost a block',
      { ...stopped, code: 'block_log_corrupt', excused: false },
      LAME,
      undefined,
    ],
    ['blame for a liar', { type: 'blamed', peer: LIAR, reason: 'lies' }, A, undefined],
    ['blame for an honest node', { type: 'blamed', peer: A, reason: 'lies' }, A, 'a0 is blamed'],
  ]
  test.each(cases)('%s', (_, seen, who, complaint) => {
    const complaints = judge(honest(), [seen], who)
    if (complaint === undefined) expect(complaints).toEqual([])
    else expect(complaints.join()).toContain(complaint)
  })
})

test('copies: holders are counted over authorities that are honest', () => {
  const checker = createCopies(createEpochBook(createCircuit(calm({}), createStandInKeys())))
  const kept: Seen = { type: 'durable', records: [], blocks: [hash('x')] }
  expect(judge(checker, [kept])).toEqual([])
  expect(judge(checker, [kept], LIAR)).toEqual([])
})
