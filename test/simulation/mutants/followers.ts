import type { Mutant } from './mutant.ts'

const VOTES = 'consensus/follower-votes.ts'

/** What a follower believes (consensus.md §15), and whoever catches up (§11). */
export const FOLLOWED: readonly Mutant[] = [
  {
    name: 'follower-counts-notarize',
    breaks: '§15: final by finalize votes only',
    seeds: 40,
    patches: [
      {
        file: VOTES,
        find: "if (vote.kind !== 'finalize' || vote.epoch",
        replace: 'if (vote.epoch',
      },
      {
        file: VOTES,
        find: 'if (isFinalization(certificate)) settle',
        replace: "if (certificate.kind !== 'nullify') settle",
      },
      {
        file: 'consensus/cast-vote.ts',
        find: "if (vote.kind === 'finalize') emit(core, {",
        replace: 'if (vote.kind.length > 0) emit(core, {',
      },
    ],
  },
  {
    name: 'follower-of-any-epoch',
    breaks: '§15: votes of its own epoch only',
    seeds: 40,
    fit: { changes: true, liar: 'wrongEpoch' },
    patches: [
      { file: VOTES, find: '|| vote.epoch !== config.epoch) return', replace: ') return' },
      {
        file: VOTES,
        find: '|| certificate.epoch !== core.config.epoch) return',
        replace: ') return',
      },
    ],
  },
  {
    name: 'segments-unverified',
    breaks: '§11: certificates of fetched blocks are verified',
    seeds: 60,
    fit: { liar: 'garbageSync' },
    patches: [
      {
        file: 'consensus/chain-events.ts',
        find: 'verifyCertificate(certificate, judge.domain, judge.verify),',
        replace: 'true || certificate,',
      },
      {
        file: 'node/sync/catch-up.ts',
        find: '!parts.isFinal(newest)',
        replace: '!(true || parts.isFinal(newest))',
      },
    ],
  },
  {
    name: 'roots-of-final-unchecked',
    breaks: '§15: execution gives the roots of a final block',
    seeds: 20,
    patches: [
      {
        file: 'node/pipeline/executor.ts',
        find: 'if (difference === undefined) {',
        replace: 'if (true) {',
      },
      {
        file: 'protocol/ledger/execute-block.ts',
        find: 'outcomes[index] ?? ',
        replace:
          '(globalThis.odd = ((globalThis.odd ?? 0) + 1)) % 50 === 0 ? "" : outcomes[index] ?? ',
      },
    ],
  },
  {
    name: 'follower-trusts-certificates',
    breaks: '§15: a finalization is verified',
    seeds: 40,
    fit: { liar: 'falseFinality', way: 'certificate' },
    patches: [
      {
        file: VOTES,
        find: 'if (!verifyCertificate(certificate, core.domain, core.config.verify)) {',
        replace: 'if (false) {',
      },
    ],
  },
  {
    name: 'follower-counts-unsigned',
    breaks: '§15: votes are verified, whoever passes them on',
    seeds: 40,
    fit: { liar: 'falseFinality', way: 'votes' },
    patches: [
      {
        file: VOTES,
        find: 'if (!verifyVote(vote, core.domain, config.verify)) {',
        replace: 'if (false) {',
      },
    ],
  },
  {
    name: 'follower-takes-notarizations',
    breaks: '§15: final by finalizations only',
    seeds: 40,
    fit: { liar: 'falseFinality', way: 'notarization' },
    patches: [
      {
        file: VOTES,
        find: 'if (!isFinalization(certificate) || certificate.epoch',
        replace: "if (certificate.kind === 'nullify' || certificate.epoch",
      },
    ],
  },
]
