import { expect } from 'vitest'
import {
  decodeJournalRecord,
  encodeJournalRecord,
  type JournalRecord,
} from '#consensus/journal-record.ts'
import type { Vote } from '#protocol/chain/vote.ts'
import { createHarness, type Harness } from './harness.ts'
import type { Node } from './harness-node.ts'
import { decodedOrThrow } from './harness-parts.ts'

const DELTA = 10

export const nodeAt = (harness: Harness, index: number): Node => {
  const node = harness.nodes[index]
  if (node === undefined) throw new Error('no such node')
  return node
}

export const load = (harness: Harness, count: number, name: string): void => {
  for (let tick = 0; tick < count; tick++) {
    harness.submit(
      `${name} ${tick}`,
      harness.nodes.filter(({ alive }) => alive),
    )
    harness.advance(40)
  }
}

/** Every vote it said in any life, those inside its proposals too. */
export const votesOf = (node: Node): readonly Vote[] =>
  node.sent.flatMap(({ message }): readonly Vote[] => {
    if (message.type === 'vote') return [message.vote]
    if (message.type !== 'proposal') return []
    const { view, parentView, digest, signature } = message.proposal
    return [{ kind: 'notarize', epoch: 1, view, parentView, digest, signer: node.index, signature }]
  })

/** No two things that exclude each other, over all lives. */
const expectNoSecondVote = (node: Node): void => {
  const said = new Map<string, string>()
  for (const vote of votesOf(node)) {
    const content = vote.kind === 'nullify' ? '' : vote.digest
    const place = `${vote.kind} ${vote.view}`
    expect(`${place} ${said.get(place) ?? content}`).toBe(`${place} ${content}`)
    said.set(place, content)
  }
  for (const place of said.keys()) {
    if (place.startsWith('finalize'))
      expect(said.has(place.replace('finalize', 'nullify'))).toBe(false)
  }
}

export const kindsOf = (node: Node): readonly string[] => node.reports.map(({ kind }) => kind)
export const countOf = (node: Node, kind: string): number =>
  kindsOf(node).filter((each) => each === kind).length

export const refusalOf = (node: Node): number => {
  const over = node.reports.findLast(({ kind }) => kind === 'amnesiaOver')
  return over?.kind === 'amnesiaOver' ? over.refusedView : 0
}

export const lossOf = (node: Node): string => {
  const entered = node.reports.findLast(({ kind }) => kind === 'amnesia')
  return entered?.kind === 'amnesia' ? entered.code : 'none'
}

export const started = (size = 4): Harness => {
  const harness = createHarness({ size, latencyMs: DELTA })
  harness.start()
  return harness
}

/** All hold the same final block, no honest node stopped, and the victim votes again above its refusal. */
export const expectRecovered = (harness: Harness, victim: Node): void => {
  const said = Math.max(0, ...votesOf(victim).map(({ view }) => view))
  const before = victim.sent.length
  load(harness, 12, `after ${harness.nowMs()}`)
  harness.advance(20_000)
  expect(new Set(harness.nodes.map(({ finalAt }) => finalAt.at(-1)?.digest)).size).toBe(1)
  for (const node of harness.nodes) expect(kindsOf(node)).not.toContain('fatal')
  const later = votesOf({ ...victim, sent: victim.sent.slice(before) }).map(({ view }) => view)
  expect(later.length).toBeGreaterThan(3)
  expect(Math.max(...later)).toBeGreaterThan(said)
  expect(Math.min(...later)).toBeGreaterThan(refusalOf(victim))
  expectNoSecondVote(victim)
}

export const recordsOf = (node: Node): readonly JournalRecord[] =>
  node.disk.journal.map((bytes) => decodedOrThrow(decodeJournalRecord(bytes)))

/** Its last vote, once more in the name of another member. */
const withForeignVote = (node: Node): Uint8Array[] => {
  const last = recordsOf(node).findLast(({ type }) => type === 'vote')
  if (last?.type !== 'vote') throw new Error('it never voted')
  const foreign = { ...last.vote, signer: node.index === 0 ? 1 : 0 }
  return [...node.disk.journal, encodeJournalRecord({ type: 'vote', vote: foreign })]
}

type Early = { readonly journal: Uint8Array[]; readonly stored: number }
type Damage = (node: Node, early: Early) => Partial<Node['disk']>

export const DAMAGES: readonly [string, string, Damage][] = [
  ['its journal is missing', 'journal_missing', () => ({ journal: [] })],
  [
    'its journal contradicts itself',
    'journal_corrupt',
    (node) => ({ journal: withForeignVote(node) }),
  ],
  [
    'its journal alone is an old copy: the store knows its last vote',
    'journal_rolled_back',
    (_, { journal }) => ({ journal: [...journal] }),
  ],
  [
    'its whole directory is an old copy',
    'journal_rolled_back',
    ({ disk }, { journal, stored }) => ({
      journal: [...journal],
      store: disk.store.slice(0, stored),
      blockLog: [],
    }),
  ],
  ['its disk is new', 'journal_rolled_back', () => ({ journal: [], store: [], blockLog: [] })],
  [
    'its store is older than the floor of its journal',
    'store_rolled_back',
    ({ disk }, { stored }) => ({ store: disk.store.slice(0, stored) }),
  ],
]

/** A victim that has voted for long, with what its disk was after a few payments. */
export const broken = (
  size = 4,
): { readonly harness: Harness; readonly victim: Node; readonly early: Early } => {
  const harness = started(size)
  const victim = nodeAt(harness, 2)
  load(harness, 3, 'early')
  const early = { journal: [...victim.disk.journal], stored: victim.disk.store.length }
  load(harness, 70, 'later')
  harness.crash(victim)
  return { harness, victim, early }
}
