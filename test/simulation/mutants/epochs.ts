import type { Mutant } from './mutant.ts'

const PAST = 'consensus/past-epochs.ts'
const NEXT = 'consensus/next-epoch.ts'
const THRESHOLD = 'protocol/ledger/threshold.ts'
const AUTHORITY = 'protocol/ledger/rules/authority.ts'
const LEDGER_EPOCH = 'protocol/ledger/epoch.ts'
const END = 'consensus/epochs.ts'
const CHAIN = 'consensus/chain.ts'

/** The boundary of epochs (consensus.md §12): who votes next, by which rules, and from when on. */
export const EPOCH_ENDS: readonly Mutant[] = [
  {
    name: 'later-epoch-unrecorded',
    breaks: '§10: the record of an epoch before the first vote in it',
    seeds: 40,
    fit: { changes: true },
    patches: [
      {
        file: 'consensus/replica.ts',
        find: "if (core.fresh) emit(core, { type: 'persist', record: origin })",
        replace: "if (core.fresh && epoch === 1) emit(core, { type: 'persist', record: origin })",
      },
    ],
  },
  {
    name: 'crossing-before-store',
    breaks: '§12: nobody is in an epoch before its store holds the sealing block',
    seeds: 40,
    fit: { changes: true },
    patches: [
      {
        file: END,
        find: 'if (end === undefined || core.durable.height < end.header.height) return',
        replace: 'if (end === undefined) return',
      },
    ],
  },
  {
    name: 'follower-crosses-before-store',
    breaks: '§12: nor a follower',
    seeds: 40,
    fit: { changes: true },
    patches: [
      {
        file: 'node/loop/follower.ts',
        find: 'if (this.#end === undefined || this.#storedHeight < this.#end.header.height) return',
        replace: 'if (this.#end === undefined) return',
      },
    ],
  },
  {
    name: 'votes-of-any-epoch',
    breaks: '§12: no vote of another epoch counts',
    seeds: 40,
    fit: { changes: true, liar: 'wrongEpoch' },
    patches: [
      {
        file: 'consensus/replica.ts',
        find: 'if (epoch !== core.config.epoch) {',
        replace: 'if (false) {',
      },
      {
        file: 'consensus/certificates.ts',
        find: 'if (certificate.epoch !== core.config.epoch) return false',
        replace: '',
      },
    ],
  },
  {
    name: 'child-of-a-sealing-block',
    breaks: '§12: nothing follows a sealing block in its epoch',
    seeds: 40,
    fit: { changes: true },
    patches: [
      {
        file: 'consensus/propose.ts',
        find: 'isSealing(header) && header.epoch === core.config.epoch',
        replace: 'false',
      },
      {
        file: CHAIN,
        find: '(isSealing(parent) ? opensEpoch(header, parent) : continuesEpoch(header, parent))',
        replace: 'header.view >= 0',
      },
      {
        file: 'node/pipeline/executor.ts',
        find: 'if (header.epoch !== place.epoch || header.version !== place.version) {',
        replace: 'if (false) {',
      },
    ],
  },
  {
    name: 'sealing-block-proposed-once',
    breaks: '§12: a sealing block is proposed again until it is final',
    seeds: 40,
    fit: { changes: true },
    patches: [
      {
        file: 'consensus/propose.ts',
        find: 'if (isTipDue(core)) proposeAgain(core, parent)',
        replace: '',
      },
    ],
  },
  {
    name: 'next-set-unchanged',
    breaks: '§12: a sealing block names the set to come',
    seeds: 20,
    fit: { changes: true },
    patches: [
      {
        file: 'node/pipeline/executed-header.ts',
        find: 'nextSetHash: next?.set.hash ?? template.authoritySetHash',
        replace: 'nextSetHash: template.authoritySetHash',
      },
    ],
  },
  {
    name: 'another-set-seated',
    breaks: '§12: those vote next whom the change named',
    seeds: 20,
    fit: { changes: true },
    patches: [
      {
        file: AUTHORITY,
        find: 'members: inSetOrder(body.members),',
        replace:
          'members: inSetOrder(body.members.length > 4 ? body.members.slice(1) : body.members),',
      },
    ],
  },
  {
    name: 'change-without-consents',
    breaks: '§12: a quorum of the operators consents to a change',
    seeds: 40,
    fit: { changes: true },
    patches: [
      {
        file: THRESHOLD,
        find: "if (signersOf(own).size < quorum) return 'consent_missing'",
        replace: '',
      },
      {
        file: THRESHOLD,
        find: "signersOf(agreeing).size < quorum ? 'consent_mismatch' : undefined",
        replace: 'undefined',
      },
    ],
  },
  {
    name: 'second-change-in-flight',
    breaks: '§12: one change at a time',
    seeds: 40,
    fit: { changes: true },
    patches: [
      {
        file: AUTHORITY,
        find: "if (authorities.change !== undefined) return 'change_in_flight'",
        replace: '',
      },
    ],
  },
  {
    name: 'rules-of-before',
    breaks: '§12: the first block of an epoch names the rules of that epoch',
    seeds: 40,
    fit: { changes: true },
    patches: [
      {
        file: LEDGER_EPOCH,
        find: ': { epoch: epoch + 1, version: change.version }',
        replace: ': { epoch: epoch + 1, version: networkOf(view).ver }',
      },
    ],
  },
  {
    name: 'rules-never',
    breaks: '§12: the network follows the rules that it chose',
    seeds: 40,
    fit: { changes: true },
    patches: [
      {
        file: LEDGER_EPOCH,
        find: "draft.put('network', 'network', { ...network, ver: version })",
        replace: '',
      },
    ],
  },
  {
    name: 'rules-one-block-late',
    breaks: '§12: the first block of an epoch follows its rules',
    seeds: 40,
    fit: { changes: true },
    patches: [
      {
        file: 'protocol/ledger/block-work.ts',
        find: 'rulesOf(book, placeAfter(state).version)',
        replace: "rulesOf(book, state.get('network', 'network').ver)",
      },
    ],
  },
  {
    name: 'leader-offset-zero',
    breaks: '§6: the sealing digest says who leads first',
    seeds: 20,
    fit: { changes: true },
    patches: [{ file: NEXT, find: '.getUint32(0) % size', replace: '.getUint32(0) * 0' }],
  },
  {
    name: 'end-not-told',
    breaks: '§12: who is still in an epoch that is over is told how it ended',
    seeds: 40,
    fit: { changes: true },
    patches: [{ file: PAST, find: 'return certificate && {', replace: 'return undefined && {' }],
  },
  {
    name: 'change-unready',
    breaks: '§12: those who come, and a quorum of the new set, are ready',
    seeds: 40,
    fit: { changes: true, flaw: 'unready' },
    patches: [
      {
        file: AUTHORITY,
        find: 'judgeChange(view, body) ?? judgeReadiness(view, body)',
        replace: 'judgeChange(view, body)',
      },
    ],
  },
  {
    name: 'change-of-any-epoch',
    breaks: '§12: a change is of the next epoch',
    seeds: 40,
    fit: { changes: true, flaw: 'epoch' },
    patches: [
      {
        file: AUTHORITY,
        find: "if (epoch !== authorities.epoch + 1) return 'epoch_mismatch'",
        replace: '',
      },
    ],
  },
  {
    name: 'nullify-after-the-end',
    breaks: '§12: nothing is signed in an epoch that is over',
    seeds: 40,
    fit: { changes: true, liar: 'nullifySpam', syncMs: { min: 0, max: 120 } },
    patches: [
      {
        file: 'consensus/view-timers.ts',
        find: ' || core.chain.end !== undefined',
        replace: '',
      },
      {
        file: END,
        find: 'for (const timer of [...core.timers.keys()]) cancelTimer(core, timer)',
        replace: '',
      },
    ],
  },
]
