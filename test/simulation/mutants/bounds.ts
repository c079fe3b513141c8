import type { Mutant } from './mutant.ts'

const VOTES = 'consensus/votes.ts'
const CERTIFICATES = 'consensus/certificates.ts'

/** What is bounded (consensus.md §14), and what must come to rest (§8). */
export const BOUNDS: readonly Mutant[] = [
  {
    name: 'votes-of-any-view',
    breaks: '§14: votes of views up to the next one only',
    seeds: 60,
    fit: { liar: 'farFutureViews' },
    patches: [
      { file: VOTES, find: '  if (vote.view > core.view + 1) {', replace: '  if (false) {' },
    ],
  },
  {
    name: 'rounds-kept-for-ever',
    breaks: '§14: rounds from 16 below the final view',
    seeds: 60,
    patches: [
      { file: CERTIFICATES, find: '  prune(core, certificate.view - RETAIN_VIEWS)\n', replace: '' },
    ],
  },
  {
    name: 'status-with-all-votes',
    breaks: '§14: a status returns few votes',
    seeds: 20,
    patches: [
      {
        file: 'consensus/status-exchange.ts',
        find: 'if (votes.length > STATUS_VOTES_MAX - 3) break',
        replace: '',
      },
    ],
  },
]
