import type { Mutant } from './mutant.ts'

const ADMISSIBLE = 'consensus/admissible.ts'
const CHAIN = 'consensus/chain.ts'

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
]
