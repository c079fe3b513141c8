import type { Mutant } from './mutant.ts'

const ADMISSIBLE = 'consensus/admissible.ts'
const CHAIN = 'consensus/chain.ts'
const EXECUTOR = 'node/pipeline/executor.ts'
const EXECUTED_HEADER = 'node/pipeline/executed-header.ts'

/** What else a header must be on its parent (consensus.md §3, §8 and §13), and what justifies it. */
export const PROPOSED: readonly Mutant[] = [
  {
    name: 'time-ahead',
    breaks: '§13: a block is half a second ahead of the clock at most',
    seeds: 40,
    fit: { liar: 'wrongTime', steady: true },
    patches: [
      { file: ADMISSIBLE, find: 'header.timestampMs <= wallMs + CLOCK_AHEAD_MS &&', replace: '' },
    ],
  },
  {
    name: 'time-stands-still',
    breaks: '§13: the time of blocks rises',
    seeds: 40,
    fit: { liar: 'wrongTime', load: 'bursts' },
    patches: [
      { file: ADMISSIBLE, find: '&& header.timestampMs >= wallMs - behindMs', replace: '' },
      { file: CHAIN, find: '  header.timestampMs > parent.timestampMs &&\n', replace: '' },
    ],
  },
  {
    name: 'leader-skips-views',
    breaks: '§3.2: a leader builds on what is proven up to its view',
    seeds: 40,
    fit: { syncMs: { min: 0, max: 120 } },
    patches: [
      {
        file: ADMISSIBLE,
        find: "if (core.rounds.get(view)?.nullification === undefined) return { is: 'gap', fromView: view }",
        replace: '',
      },
      {
        file: 'consensus/propose.ts',
        find: 'if (core.rounds.get(view)?.nullification === undefined) {',
        replace: 'if (false) {',
      },
    ],
  },
  {
    name: 'gap-unproven',
    breaks: '§3.2: every view between a block and its parent is nullified',
    seeds: 40,
    fit: { liar: 'wrongHeader', way: 'gap', load: 'bursts' },
    patches: [
      {
        file: ADMISSIBLE,
        find: "if (core.rounds.get(view)?.nullification === undefined) return { is: 'gap', fromView: view }",
        replace: '',
      },
    ],
  },
  {
    name: 'rules-unknown',
    breaks: '§3.6: a block follows the rules of its epoch',
    seeds: 40,
    fit: { liar: 'wrongHeader', way: 'version' },
    patches: [
      { file: ADMISSIBLE, find: 'header.version === core.config.rulesVersion &&', replace: '' },
      { file: CHAIN, find: 'header.version === parent.version &&', replace: '' },
      { file: EXECUTOR, find: '|| header.version !== place.version', replace: '' },
    ],
  },
  {
    name: 'next-set-of-any-block',
    breaks: '§2: only a sealing block names another set to come',
    seeds: 40,
    fit: { liar: 'wrongHeader', way: 'nextSet' },
    patches: [
      {
        file: ADMISSIBLE,
        find: '(isSealing(header) || header.nextSetHash === header.authoritySetHash) &&',
        replace: '',
      },
      { file: CHAIN, find: '|| header.nextSetHash !== nextSetHash', replace: '' },
      { file: EXECUTED_HEADER, find: "    'nextSetHash',\n", replace: '' },
    ],
  },
  {
    name: 'seals-without-change',
    breaks: '§12: a block ends its epoch when it changes the authorities, and only then',
    seeds: 40,
    fit: { liar: 'wrongHeader', way: 'seals' },
    patches: [
      {
        file: CHAIN,
        find: 'if (isSealing(header) !== (next !== undefined) || header.nextSetHash !== nextSetHash) {',
        replace: 'if (false) {',
      },
      { file: EXECUTED_HEADER, find: "    'nextSetHash',\n    'flags',\n", replace: '' },
    ],
  },
  {
    name: 'empty-by-name-only',
    breaks: '§2: a block is empty when its header says so, and only then',
    seeds: 40,
    fit: { liar: 'wrongHeader', way: 'flags' },
    patches: [
      {
        file: ADMISSIBLE,
        find: 'header.version === core.config.rulesVersion &&\n  (header.transactionCount === 0 || !isEmpty(header))',
        replace: 'header.version === core.config.rulesVersion',
      },
      { file: EXECUTED_HEADER, find: "    'flags',\n", replace: '' },
    ],
  },
  {
    name: 'empty-without-end',
    breaks: '§8: few blocks in a row are empty',
    seeds: 40,
    fit: { liar: 'emptyBlockSpam', way: 'restless', load: 'idle' },
    patches: [
      {
        file: 'consensus/empty-blocks.ts',
        find: 'parent.emptyRun < EMPTY_RUN_MAX ||',
        replace: 'true ||',
      },
      {
        file: 'node/loop/node-core.ts',
        find: 'if (nowMs - this.#blockTimeAskedAtMs < BLOCK_TIME_PAUSE_MS) return',
        replace: '',
      },
    ],
  },
  {
    name: 'time-behind',
    breaks: '§13: a block is not further behind the clock than failed views explain',
    seeds: 40,
    fit: { liar: 'wrongTime', way: 'late', load: 'idle', steady: true },
    patches: [
      { file: ADMISSIBLE, find: '&& header.timestampMs >= wallMs - behindMs', replace: '' },
    ],
  },
  {
    name: 'history-root-unchecked',
    breaks: '§3.6: a header commits to all blocks below it',
    seeds: 40,
    fit: { liar: 'wrongRoot' },
    patches: [{ file: EXECUTED_HEADER, find: "    'historyRoot',\n", replace: '' }],
  },
]
