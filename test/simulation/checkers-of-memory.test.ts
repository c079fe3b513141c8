import { describe, expect, test } from 'vitest'
import type { JournalRecord } from '#consensus/journal-record.ts'
import { utf8 } from '#protocol/bytes.ts'
import { FLAG_SEALING } from '#protocol/chain/header.ts'
import type { Vote } from '#protocol/chain/vote.ts'
import { hashOf } from '#protocol/hash.ts'
import { calm } from './calm.ts'
import { createHonest } from './checkers/honest.ts'
import { createLosses } from './checkers/losses.ts'
import { createMonotone } from './checkers/monotone.ts'
import { createVotes } from './checkers/votes.ts'
import { isOverWithAmnesia, worse } from './harm.ts'
import type { Seen } from './machine-parts.ts'
import {
  type Checker,
  isReliable,
  type Observation,
  type ObservationOf,
  type Who,
} from './observation.ts'
import { simulate } from './simulate.ts'

/** One node before it comes to harm, while it is impaired, and after its amnesia. */
const WHOLE: Who = { name: 'a0', index: 0, honest: true, impaired: false }
const LAME: Who = { ...WHOLE, impaired: true, harm: 'journal' }
const AGAIN: Who = { ...WHOLE, harm: 'journal' }

const nullify = (view: number): Vote => ({
  kind: 'nullify',
  epoch: 1,
  view,
  signer: 0,
  signature: new Uint8Array(64),
})
const says = (view: number): Seen => ({ type: 'vote', vote: nullify(view), inProposal: false })
const keeps = (view: number): Seen => ({
  type: 'durable',
  records: [
    {
      type: 'certificate',
      certificate: { kind: 'nullify', epoch: 1, view: view - 1, signers: [], signatures: [] },
    },
    { type: 'vote', vote: nullify(view) },
  ],
  blocks: [hashOf(utf8('x'))],
})
const BOOT: Seen = { type: 'boot', records: [], height: 0 }
const KILLED: Seen = { type: 'killed' }
const FORGETS: Seen = {
  type: 'durable',
  records: [{ type: 'amnesia', cause: 'journal_missing' }],
  blocks: [],
}
const refuses = (view: number, epoch = 1): Seen => ({
  type: 'durable',
  records: [{ type: 'refusal', epoch, view }],
  blocks: [],
})
const FINAL: ObservationOf<'final'> = (() => {
  const seen: Observation[] = []
  simulate(calm({}), { watch: (observation) => seen.push(observation) })
  const final = seen.find((one) => one.type === 'final')
  if (final === undefined) throw new Error('nothing became final')
  return final
})()
/** The last block of an epoch is final here, first proposed in this view. */
const seals = (epoch: number, view: number): Seen => {
  const { block } = FINAL.block
  const header = { ...block.header, epoch, view, flags: FLAG_SEALING }
  return { ...FINAL, block: { ...FINAL.block, block: { ...block, header } } }
}
const stops = (code: string): Seen => ({ type: 'stopped', code, detail: '', excused: false })
const tells = (code: string): Seen => ({ type: 'report', code })

type Step = readonly [Who, Seen]
const judge = (checker: Checker, steps: readonly Step[]): string =>
  steps.flatMap(([who, seen]) => checker.see({ ...seen, who, atMs: 0 }) ?? []).join()

const whole = (...seen: readonly Seen[]): readonly Step[] => seen.map((one) => [WHOLE, one])
const lame = (...seen: readonly Seen[]): readonly Step[] => seen.map((one) => [LAME, one])
const again = (...seen: readonly Seen[]): readonly Step[] => seen.map((one) => [AGAIN, one])

/** It refused what it had said, and then said more. */
const REFUSED_ONCE: readonly Step[] = [
  ...whole(keeps(5), says(5)),
  ...lame(BOOT, FORGETS, refuses(8)),
  ...again(keeps(9), says(9), KILLED),
]

test('who gets over its harm with amnesia has lost votes alone', () => {
  expect((['journal', 'directory', 'bits', 'key'] as const).map(isOverWithAmnesia)).toEqual([
    true,
    true,
    false,
    false,
  ])
  expect(worse('bits', 'journal')).toBe('bits')
  expect(worse('directory', 'bits')).toBe('bits')
})

test('a node counts as reliable before a loss and after its amnesia, not between', () => {
  expect([WHOLE, LAME, AGAIN].map(isReliable)).toEqual([true, false, true])
})

describe('votes of a node that lost some', () => {
  test.each<[string, readonly Step[], string]>([
    [
      'above all it ever said',
      [
        ...whole(keeps(5), says(5)),
        ...lame(BOOT, FORGETS, refuses(6)),
        ...again(keeps(7), says(7)),
      ],
      '',
    ],
    ['are not judged before its amnesia is over', lame(BOOT, says(3), says(2)), ''],
    [
      'where it spoke before its loss',
      [...whole(keeps(5), says(5)), ...lame(BOOT, FORGETS), ...again(keeps(5), says(5))],
      'it voted up to 5 before',
    ],
    [
      'where it spoke before its amnesia',
      [...lame(BOOT, says(9), FORGETS), ...again(keeps(9), says(9))],
      'it voted up to 9 before',
    ],
    [
      'where it refuses to',
      [...lame(BOOT, FORGETS, refuses(6)), ...again(keeps(6), says(6))],
      'below the floor',
    ],
    ['that it does not refuse', lame(BOOT, says(9), FORGETS, refuses(8)), 'ends at view 8'],
    [
      'that it does not refuse, though its start says again what it once refused',
      [...REFUSED_ONCE, ...lame(refuses(8), BOOT)],
      '',
    ],
    [
      'that it does not refuse, as it says again once it has read its disk',
      [...REFUSED_ONCE, ...lame(BOOT, refuses(8))],
      'ends at view 8',
    ],
    [
      'that it does not refuse, by a word that a loss of power left',
      [...whole(keeps(5), says(5)), ...lame(BOOT, FORGETS, KILLED, refuses(4), BOOT)],
      'ends at view 4',
    ],
    [
      'that only the lost journal held',
      [...lame(BOOT, keeps(8), FORGETS, refuses(6)), ...again(says(8))],
      'is not on disk',
    ],
  ])('%s', (_, steps, complaint) => {
    const complaints = judge(createVotes(), steps)
    if (complaint === '') expect(complaints).toBe('')
    else expect(complaints).toContain(complaint)
  })
})

describe('a start without a journal', () => {
  const begins = (height: number): Seen => ({ type: 'boot', records: [], height })
  const lost: JournalRecord = { type: 'amnesia', cause: 'journal_missing' }
  const over: JournalRecord = { type: 'refusal', epoch: 1, view: 8 }
  const OVER = tells('consensus_amnesiaOver')
  const FORGOT_TOO: Seen = { type: 'told', from: 'd', epoch: 1, remembers: false }
  const told = (...peers: readonly string[]): readonly Seen[] =>
    peers.map((from) => ({ type: 'told', from, epoch: 1, remembers: true }))
  const digest = hashOf(utf8('origin'))
  const EPOCH: JournalRecord = { type: 'epoch', epoch: 1, setHash: digest, genesisDigest: digest }
  const SAID: JournalRecord = { type: 'vote', vote: nullify(1) }
  const finds = (...records: readonly JournalRecord[]): Seen => ({
    type: 'boot',
    records,
    height: 3,
  })
  test.each<[string, readonly Step[], string]>([
    ['of a network that begins', whole(begins(0), ...told('b', 'c'), says(1)), ''],
    ['where the epoch begins', whole(begins(2), ...told('b', 'c'), says(1)), ''],
    [
      'and a vote that is said too soon',
      whole(begins(2), ...told('b', 'b'), says(1)),
      '1 said where',
    ],
    ['and one that it said before its start', whole(finds(EPOCH, SAID), says(1)), ''],
    [
      'and one after what was said before it',
      whole(...told('b', 'c'), begins(2), says(1)),
      '0 said',
    ],
    [
      'and one after what who forgot said',
      whole(begins(2), ...told('b'), FORGOT_TOO, says(1)),
      '1 said',
    ],
    ['above that, and no amnesia', lame(begins(3), says(9)), 'without a journal'],
    [
      'above that, and amnesia',
      lame(begins(3), FORGETS, ...told('b', 'c', 'd'), refuses(8), says(9)),
      '',
    ],
    ['above that, in amnesia', lame(begins(3), FORGETS, says(9)), 'without a journal'],
    ['and another soon after', lame(begins(3), finds(EPOCH), says(9)), 'without a journal'],
    ['that a quorum of others ends', lame(begins(3), ...told('b', 'c', 'd'), OVER), ''],
    ['that fewer end', lame(begins(3), ...told('b', 'c', 'c'), OVER), 'too few'],
    [
      'that some end who forgot too',
      lame(begins(3), ...told('b', 'c'), FORGOT_TOO, OVER),
      'too few',
    ],
    ['that those end who spoke before', lame(...told('b', 'c', 'd'), begins(3), OVER), 'too few'],
    ['of who joins later', whole(begins(1), finds(EPOCH), ...told('b', 'c'), says(1)), ''],
    ['whose end alone is on disk', lame(begins(3), refuses(8)), 'its begin is not on disk'],
    ['whose end is on disk again', again(finds(lost, over), refuses(8)), ''],
    ['that a journal says is lost', lame(finds(lost), says(9)), 'without a journal'],
    ['with one that says it is over', again(finds(lost, over), ...told('b', 'c'), says(9)), ''],
  ])('%s', (_, steps, complaint) => {
    const complaints = judge(
      createLosses(() => ({ originHeight: 2, quorum: 3 })),
      steps,
    )
    if (complaint === '') expect(complaints).toBe('')
    else expect(complaints).toContain(complaint)
  })
})

describe('what a loss may come to', () => {
  test.each<[string, readonly Step[], string]>([
    ['amnesia', lame(tells('consensus_amnesia')), ''],
    ['a stop, when a block is gone', lame(stops('block_log_corrupt')), ''],
    ['no stop, when votes are', lame(stops('journal_missing')), 'journal_missing'],
    ['no stop after amnesia', again(stops('block_log_corrupt')), 'block_log_corrupt'],
    ['no amnesia without a loss', whole(tells('consensus_amnesia')), 'without a loss'],
    ['no amnesia a second time', again(tells('consensus_amnesia')), 'without a loss'],
    [
      'amnesia in the next epoch, of which votes may be lost too',
      [...lame(refuses(6)), ...again(seals(1, 6), tells('consensus_amnesia'))],
      '',
    ],
    [
      'none there when its origin was proposed above all that is refused',
      [...lame(refuses(6)), ...again(seals(1, 7), tells('consensus_amnesia'))],
      'without a loss',
    ],
    [
      'none in the epoch in which it ended',
      [...lame(seals(1, 9), refuses(6, 2)), ...again(tells('consensus_amnesia'))],
      'without a loss',
    ],
  ])('%s', (_, steps, complaint) => {
    const complaints = judge(
      createHonest(() => false),
      steps,
    )
    if (complaint === '') expect(complaints).toBe('')
    else expect(complaints).toContain(complaint)
  })
})

test('a store that was put back begins anew, and never falls again', () => {
  const boot = (height: number): Seen => ({ type: 'boot', records: [], height })
  const stored = (height: number): Seen => ({ type: 'stored', height })
  const back = lame(boot(3))
  expect(judge(createMonotone(), [...whole(boot(9)), ...back, ...again(boot(3))])).toBe('')
  const fallen = [...whole(boot(9)), ...back, ...again(boot(3), stored(3), boot(2))]
  expect(judge(createMonotone(), fallen)).toContain('height 2 after 3')
})
