import type { Mutant } from './mutant.ts'

const CAST = 'consensus/cast-vote.ts'
const JOURNAL = 'node/storage/journal.ts'

/** What must be on disk before what leaves a node (consensus.md §10). */
export const PERSISTENCE: readonly Mutant[] = [
  {
    name: 'visible-before-durable',
    breaks: '§10: what is said waits for what was written',
    seeds: 10,
    patches: [
      {
        file: 'node/loop/durable-gate.ts',
        find: 'if (turn <= durable && acts.length === 0) visible()',
        replace: 'if (turn <= durable + 9) visible()',
      },
    ],
  },
  {
    name: 'journal-unsynced',
    breaks: '§10: the vote journal is synced',
    seeds: 10,
    patches: [
      {
        file: JOURNAL,
        find: 'file.writeDurably(at, bytes, done)',
        replace: 'file.write(at, bytes, done)',
      },
    ],
  },
  {
    name: 'block-log-unsynced',
    breaks: '§10: the block log is synced',
    seeds: 10,
    patches: [
      {
        file: 'node/storage/block-log.ts',
        find: 'file.writeDurably(\n      position.offset',
        replace: 'file.write(\n      position.offset',
      },
    ],
  },
  {
    name: 'store-unsynced',
    breaks: '§10: the store is synced before its word counts',
    seeds: 60,
    patches: [
      { file: 'node/storage/batch-queue.ts', find: '{ sync: true },', replace: '{ sync: false },' },
    ],
  },
  {
    name: 'last-frame-not-rewritten',
    breaks: '§10: what a start repeats is on disk, not only in the memory of the system',
    seeds: 100,
    patches: [
      {
        file: 'node/storage/rewrite.ts',
        find: '): void => file.writeDurably(offset, bytes, done)',
        replace: '): void => done()',
      },
    ],
  },
  {
    name: 'notarize-unrecorded',
    breaks: '§10: own notarize before notarize',
    seeds: 10,
    patches: [
      {
        file: CAST,
        find: "persist(core, { type: 'vote', vote })",
        replace: "if (vote.kind !== 'notarize') persist(core, { type: 'vote', vote })",
      },
    ],
  },
  {
    name: 'nullify-unrecorded',
    breaks: '§10: own nullify before nullify',
    seeds: 10,
    patches: [
      {
        file: CAST,
        find: "persist(core, { type: 'vote', vote })",
        replace: "if (vote.kind !== 'nullify') persist(core, { type: 'vote', vote })",
      },
    ],
  },
  {
    name: 'finalize-unrecorded',
    breaks: '§10: own finalize before finalize',
    seeds: 10,
    patches: [
      {
        file: CAST,
        find: "persist(core, { type: 'vote', vote })",
        replace: "if (vote.kind !== 'finalize') persist(core, { type: 'vote', vote })",
      },
    ],
  },
  {
    name: 'entry-unproven',
    breaks: '§10: a certificate of view v − 1 with the first vote of view v',
    seeds: 10,
    patches: [
      {
        file: CAST,
        find: 'if (!hasVoted(round) && ballot.view === core.view) persistCertificate(core, core.entry)',
        replace: '',
      },
    ],
  },
  {
    name: 'vote-without-block',
    breaks: '§10: the block whole with notarize and finalize',
    seeds: 10,
    patches: [{ file: CAST, find: '  persistBlocks(core, ballot)\n  if', replace: '  if' }],
  },
  {
    name: 'notarize-without-block',
    breaks: '§10: the block in the same write as notarize',
    seeds: 10,
    patches: [
      {
        file: CAST,
        find: '  persistBlocks(core, ballot)\n  if',
        replace: "  if (ballot.kind === 'finalize') persistBlocks(core, ballot)\n  if",
      },
    ],
  },
  {
    name: 'finalize-without-notarization',
    breaks: '§10: the notarization with finalize',
    seeds: 10,
    patches: [
      {
        file: CAST,
        find: "if (ballot.kind === 'finalize') persistCertificate(core, round.notarization ?? null)",
        replace: '',
      },
    ],
  },
  {
    name: 'finalize-without-ancestors',
    breaks: '§10: every ancestor that is not final, whole, with finalize',
    seeds: 100,
    patches: [
      {
        file: CAST,
        find: 'of pathTo(core.chain, ballot.digest).nodes) {',
        replace: 'of pathTo(core.chain, ballot.digest).nodes.slice(-1)) {',
      },
    ],
  },
  {
    name: 'epoch-unrecorded',
    breaks: '§10: the epoch record before the first vote',
    seeds: 40,
    patches: [
      {
        file: 'consensus/replica.ts',
        find: "if (core.fresh) emit(core, { type: 'persist', record: origin })",
        replace: '',
      },
    ],
  },
]
