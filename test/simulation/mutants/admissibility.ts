import type { Mutant } from './mutant.ts'

const ADMISSIBLE = 'consensus/admissible.ts'
const PROPOSALS = 'consensus/proposals.ts'
const CHAIN = 'consensus/chain.ts'
const EXECUTOR = 'node/pipeline/executor.ts'
const EXECUTED_HEADER = 'node/pipeline/executed-header.ts'
const DOOR = 'protocol/ledger/door.ts'

/** When a block may get our vote (consensus.md §3, §8 and §13), check by check. */
export const ADMISSIBILITY: readonly Mutant[] = [
  {
    name: 'another-network',
    breaks: '§3.1: chain and authority set of the header',
    seeds: 60,
    fit: { liar: 'wrongHeader' },
    patches: [
      {
        file: PROPOSALS,
        find: 'if (header.chainId !== core.config.chainId || header.authoritySetHash !== core.config.set.hash) {',
        replace: 'if (false) {',
      },
    ],
  },
  {
    name: 'any-leader',
    breaks: '§3.1: only the leader of a view proposes in it',
    seeds: 60,
    fit: { liar: 'usurper' },
    patches: [
      {
        file: PROPOSALS,
        find: 'if (from !== leaderAt(core, view) || header.proposerIndex !== leaderAt(core, header.view)) {',
        replace: 'if (false) {',
      },
    ],
  },
  {
    name: 'proposal-unsigned',
    breaks: '§3.1: the leader signed its block',
    seeds: 60,
    fit: { liar: 'wrongHeader' },
    patches: [
      {
        file: PROPOSALS,
        find: 'if (!verifyVote(proposalVote(proposal, from), core.domain, core.config.verify)) {',
        replace: 'if (false) {',
      },
    ],
  },
  {
    name: 'certificates-unverified',
    breaks: '§3.2: a certificate is verified, whoever brings it',
    seeds: 60,
    fit: { liar: 'farFutureViews' },
    patches: [
      {
        file: 'consensus/certificates.ts',
        find: "if (source === 'assembled' || source === 'segment') return true",
        replace: 'return true',
      },
    ],
  },
  {
    name: 'parent-unproven',
    breaks: '§3.2: the justification is about the parent of the block',
    seeds: 120,
    fit: { liar: 'wrongHeader', load: 'bursts' },
    patches: [
      {
        file: PROPOSALS,
        find: 'if (parent.digest !== justifiedDigest(proposal)) return false',
        replace: '',
      },
      {
        file: ADMISSIBLE,
        find: "if (digest !== justifiedDigest(proposal)) return { is: 'inadmissible' }",
        replace: '',
      },
      {
        file: ADMISSIBLE,
        find: 'if (viewIn(core.config.epoch, parent.header) !== parentView || !follows(header, parent.header)) {',
        replace: 'if (!follows(header, parent.header)) {',
      },
    ],
  },
  {
    name: 'height-skips',
    breaks: '§3.5: height is that of the parent and one',
    seeds: 60,
    fit: { liar: 'wrongHeader', load: 'bursts' },
    patches: [
      {
        file: CHAIN,
        find: 'header.height === parent.height + 1 &&\n  header.timestampMs >',
        replace: 'header.height > parent.height &&\n  header.timestampMs >',
      },
    ],
  },
  {
    name: 'state-root-unchecked',
    breaks: '§3.6: execution gives the state root',
    seeds: 40,
    fit: { liar: 'wrongRoot' },
    patches: [{ file: EXECUTED_HEADER, find: "    'stateRoot',\n", replace: '' }],
  },
  {
    name: 'transaction-root-unchecked',
    breaks: '§3.6: execution gives the transaction root',
    seeds: 40,
    fit: { liar: 'wrongRoot' },
    patches: [{ file: EXECUTED_HEADER, find: "    'transactionRoot',\n", replace: '' }],
  },
  {
    name: 'block-with-expired',
    breaks: '§3.6: no expired transaction in a block',
    seeds: 40,
    fit: { load: 'expiryBoundary' },
    patches: [{ file: DOOR, find: "if (blockTimeMs >= expMs) return 'expired'", replace: '' }],
  },
  {
    name: 'block-with-duplicate',
    breaks: '§3.6: no payment id twice',
    seeds: 40,
    fit: { load: 'doubleSpends' },
    patches: [
      {
        file: DOOR,
        find: 'if (known === undefined) return undefined',
        replace: 'return undefined',
      },
    ],
  },
  {
    name: 'bad-block-executed',
    breaks: '§3.6: an invalid block gets no vote',
    seeds: 40,
    fit: { liar: 'wrongRoot' },
    patches: [{ file: EXECUTOR, find: 'if (difference === undefined) {', replace: 'if (true) {' }],
  },
]
