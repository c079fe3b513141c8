import type { Mutant } from './mutant.ts'

const AMNESIA = 'consensus/amnesia.ts'
const STATE = 'consensus/state.ts'
const RECOVER = 'consensus/recover.ts'

/** A start and amnesia (R5, R6 and the end of consensus.md §10): what was forgotten is not said anew. */
export const FORGETTING: readonly Mutant[] = [
  {
    name: 'votes-where-refused',
    breaks: 'R6: after amnesia no vote in views up to V + 1',
    seeds: 40,
    fit: { fault: 'lostJournal' },
    patches: [{ file: STATE, find: '&& view > core.memory.refusedView', replace: '' }],
  },
  {
    name: 'refuses-one-view-less',
    breaks: 'R6: the refusal is up to V + 1, not V',
    seeds: 40,
    fit: { fault: 'lostJournal', load: 'bursts', syncMs: { min: 0, max: 60 } },
    patches: [
      {
        file: AMNESIA,
        find: 'Math.max(memory.refusedView, core.view + 1)',
        replace: 'core.view',
      },
    ],
  },
  {
    name: 'refusal-not-recovered',
    breaks: '§10: a restart after amnesia refuses what it refused before',
    seeds: 40,
    fit: { fault: 'lostJournal' },
    patches: [
      {
        file: RECOVER,
        find: 'memory.refusedView = Math.max(memory.refusedView, record.view)',
        replace: '',
      },
    ],
  },
  {
    name: 'losses-go-unnoticed',
    breaks: '§10: votes that are lost, in whatever way it shows, are no votes any more',
    seeds: 40,
    fit: { fault: 'lostJournal' },
    patches: [
      {
        file: AMNESIA,
        find: 'if (core.chain.fatal !== undefined || core.loss !== undefined) return',
        replace: 'if (core.size > 0) return',
      },
    ],
  },
  {
    name: 'votes-before-statuses',
    breaks: '§10: no vote before q − 1 others said where they stand',
    seeds: 15,
    fit: { fault: 'rolledBackDirectory' },
    patches: [{ file: STATE, find: 'voting: size === 1,', replace: 'voting: true,' }],
  },
  {
    name: 'loss-unwritten',
    breaks: '§10: that votes are lost is on disk before anything is learned of them',
    seeds: 40,
    fit: { fault: 'rolledBackDirectory' },
    patches: [
      {
        file: AMNESIA,
        find: "emit(core, { type: 'persist', record: { type: 'amnesia', cause: core.loss.code } })",
        replace: '',
      },
    ],
  },
  {
    name: 'amnesia-ends-early',
    breaks: '§10: amnesia lasts until q others said where they are',
    seeds: 40,
    fit: { fault: 'lostJournal' },
    patches: [
      {
        file: 'consensus/status-exchange.ts',
        find: 'loss === undefined ? quorum - 1 : quorum',
        replace: 'quorum - 1',
      },
    ],
  },
  {
    name: 'amnesics-counted',
    breaks: '§10: amnesia builds on nobody who is in amnesia too',
    seeds: 40,
    fit: { fault: 'lostJournal', together: true },
    patches: [
      {
        file: 'consensus/status-exchange.ts',
        find: 'if (status.remembers) peer.statusSeen = true',
        replace: 'peer.statusSeen = true',
      },
    ],
  },
]
