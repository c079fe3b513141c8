import type { Mutant } from './mutant.ts'

const BALLOT_BOX = 'consensus/ballot-box.ts'
const CERTIFICATES = 'consensus/certificates.ts'
const PROTOCOL = 'protocol/chain/certificate.ts'
const FOLLOWER = 'consensus/follower-votes.ts'

/** How votes become certificates (consensus.md §4), what ends a fork (§16), and followers (§15). */
export const AGREEMENT: readonly Mutant[] = [
  {
    name: 'quorum-too-small',
    breaks: '§2: a quorum is n − f',
    seeds: 20,
    patches: [
      {
        file: 'protocol/chain/authority-set.ts',
        find: 'size - faultsOf(size)',
        replace: 'Math.max(1, size - faultsOf(size) - 1)',
      },
    ],
  },
  {
    name: 'quorum-unverified',
    breaks: '§4: the signatures of a quorum are verified',
    seeds: 60,
    fit: { liar: 'badSignatureInQuorum' },
    patches: [
      {
        file: BALLOT_BOX,
        find: 'slot.verified ||= key !== undefined && core.config.verify(signature, message, key)',
        replace: 'slot.verified = true',
      },
    ],
  },
  {
    name: 'quorum-of-leftovers',
    breaks: '§4: what is left without the bad votes must be a quorum',
    seeds: 60,
    fit: { liar: 'badSignatureInQuorum' },
    patches: [{ file: BALLOT_BOX, find: 'if (verified.length < core.quorum) return', replace: '' }],
  },
  {
    name: 'quorum-of-anything',
    breaks: '§4: a quorum says the same',
    seeds: 60,
    fit: { liar: 'equivocatingLeader' },
    patches: [
      {
        file: BALLOT_BOX,
        find: '[...round.votes[vote.kind].values()].filter((slot) => sameBallot(slot.vote, vote))',
        replace: '[...round.votes[vote.kind].values()]',
      },
    ],
  },
  {
    name: 'certificate-too-few',
    breaks: '§2: a certificate has a quorum of signers',
    seeds: 60,
    fit: { liar: 'farFutureViews' },
    patches: [
      {
        file: PROTOCOL,
        find: 'if (signers.length < quorumOf(domain.set.keys.length)) return false',
        replace: '',
      },
    ],
  },
  {
    name: 'certificate-badly-signed',
    breaks: '§2: each signature of a certificate is good',
    seeds: 60,
    fit: { liar: 'badSignatureInQuorum' },
    patches: [
      {
        file: PROTOCOL,
        find: 'signature !== undefined && verify(signature, message, key)',
        replace: 'signature !== undefined && (verify(signature, message, key) || true)',
      },
    ],
  },
  {
    name: 'votes-of-others',
    breaks: '§4: a vote comes from its signer',
    seeds: 60,
    fit: { liar: 'usurper' },
    patches: [
      {
        file: 'consensus/votes.ts',
        find: '  if (vote.signer !== from) {',
        replace: '  if (false) {',
      },
    ],
  },
  {
    name: 'evidence-unverified',
    breaks: 'evidence: both votes are well signed',
    seeds: 60,
    fit: { liar: 'usurper' },
    patches: [
      {
        file: 'consensus/votes.ts',
        find: '  if (vote.signer !== from) {',
        replace: '  if (false) {',
      },
      {
        file: 'consensus/evidence.ts',
        find: 'fresh.verified ||= verifyVote(fresh.vote, core.domain, core.config.verify)',
        replace: 'fresh.verified = true',
      },
    ],
  },
  {
    name: 'evidence-of-bytes',
    breaks: 'evidence: contents are compared, nullify beside notarize is no offence',
    seeds: 20,
    patches: [
      {
        file: 'consensus/evidence.ts',
        find: "if (a.kind === 'nullify') return b.kind === 'finalize'",
        replace: "if (a.kind === 'nullify') return true",
      },
    ],
  },
  {
    name: 'view-falls',
    breaks: '§4: a view is entered once, forwards',
    seeds: 20,
    patches: [
      {
        file: 'consensus/view-change.ts',
        find: 'if (certificate.view < core.view) return',
        replace: 'if (certificate.view + 3 < core.view) return',
      },
    ],
  },
  {
    name: 'view-by-any-nullify',
    breaks: '§4: only a certificate ends a view',
    seeds: 20,
    patches: [
      {
        file: 'consensus/view-timers.ts',
        find: "  cancelTimer(core, 'leader')\n  cancelTimer(core, 'advance')\n  startRetry(core)\n}",
        replace:
          "  cancelTimer(core, 'leader')\n  cancelTimer(core, 'advance')\n  startRetry(core)\n  core.view += 1\n}",
      },
    ],
  },
  {
    name: 'finalise-notarized',
    breaks: '§4: final by finalize votes only',
    seeds: 20,
    patches: [
      {
        file: CERTIFICATES,
        find: '    round.notarization = certificate\n',
        replace: '    round.notarization = certificate\n    addTarget(core.chain, certificate)\n',
      },
    ],
  },
  {
    name: 'fork-goes-on',
    breaks: '§16: two certificates that exclude each other halt the node',
    seeds: 20,
    fit: { overFault: true },
    patches: [
      {
        file: CERTIFICATES,
        find: '  if (opposed !== undefined) {',
        replace: '  if (false) {',
      },
    ],
  },
  {
    name: 'proof-lost',
    breaks: '§16: whoever halts on a fork keeps both certificates',
    seeds: 20,
    fit: { overFault: true },
    patches: [{ file: CERTIFICATES, find: '    proof: [a, b],', replace: '    proof: [a],' }],
  },
  {
    name: 'follower-counts-too-few',
    breaks: '§15: a follower counts a quorum',
    seeds: 30,
    patches: [
      {
        file: FOLLOWER,
        find: 'if (alike.length < core.quorum) return',
        replace: 'if (alike.length < core.quorum - 1) return',
      },
    ],
  },
]
