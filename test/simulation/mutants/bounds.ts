import type { Mutant } from './mutant.ts'

const VOTES = 'consensus/votes.ts'
const CERTIFICATES = 'consensus/certificates.ts'

/** Payments wait, and a member floods all others. */
const FLOODED = { liar: 'floodingMember', smallBlocks: true } as const

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
  {
    name: 'answers-without-limit',
    breaks: '§14: a peer has few questions answered in a second',
    seeds: 20,
    fit: FLOODED,
    patches: [
      {
        file: 'node/sync/serve.ts',
        find: 'return budget.used <= SERVED_PER_SECOND',
        replace: 'return true',
      },
    ],
  },
  {
    name: 'statuses-without-limit',
    breaks: '§14: a peer is told few statuses in a second',
    seeds: 20,
    fit: FLOODED,
    patches: [
      {
        file: 'consensus/status-exchange.ts',
        find: 'nowMs - peer.statusSentAtMs < retryMs(core)',
        replace: 'false',
      },
    ],
  },
  {
    name: 'help-without-limit',
    breaks: '§7, §14: a peer is helped once in a while',
    seeds: 20,
    fit: FLOODED,
    patches: [
      {
        file: 'consensus/help.ts',
        find: 'nowMs - peer.helpedAtMs < retryMs(core) / 2',
        replace: 'false',
      },
    ],
  },
  {
    name: 'mempool-of-one-signer',
    breaks: '§14: of one signer only so many wait',
    seeds: 20,
    fit: FLOODED,
    patches: [
      {
        file: 'node/pipeline/mempool.ts',
        find: 'if (share.waiting >= limits.perScopeMax)',
        replace: 'if (false)',
      },
    ],
  },
  {
    name: 'never-idle',
    breaks: '§8: without work nothing is armed and nothing said',
    seeds: 30,
    patches: [
      {
        file: 'consensus/work.ts',
        find: '    transactions > 0 ||\n',
        replace: '    transactions >= 0 ||\n',
      },
    ],
  },
  {
    name: 'waits-for-finality',
    breaks: '§9: the next block is proposed on a notarized one',
    seeds: 60,
    patches: [
      {
        file: 'consensus/propose.ts',
        find: '  const parent = findParent(core)\n',
        replace:
          '  const found = findParent(core)\n  const parent = found?.final === true ? found : undefined\n',
      },
    ],
  },
]
