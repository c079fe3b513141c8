import type { Mutant } from './mutant.ts'

const CAST = 'consensus/cast-vote.ts'
const EVALUATE = 'consensus/evaluate.ts'
const FINALIZE = 'consensus/finalize-votes.ts'
const PROPOSALS = 'consensus/proposals.ts'

/**
 * The safety rules R1–R6 of consensus.md §5. `castVote` checks each once more before it signs, and
 * would stop the node: a rule is broken here at both places, or only the first is to be noticed.
 */
export const RULES: readonly Mutant[] = [
  {
    name: 'notarize-after-nullify',
    breaks: 'R1: no notarize after nullify of the view',
    seeds: 20,
    patches: [
      {
        file: CAST,
        find: "if (round.mine.nullify !== undefined) return 'R1: notar",
        replace: "if (false) return 'R1: notar",
      },
      {
        file: EVALUATE,
        find: 'round.mine.notarize !== undefined || round.mine.nullify !== undefined',
        replace: 'round.mine.notarize !== undefined',
      },
    ],
  },
  {
    name: 'notarize-after-nullify-asserted',
    breaks: 'R1: the assertion of the one place that signs is what notices',
    seeds: 20,
    patches: [
      {
        file: EVALUATE,
        find: 'round.mine.notarize !== undefined || round.mine.nullify !== undefined',
        replace: 'round.mine.notarize !== undefined',
      },
    ],
  },
  {
    name: 'notarize-two-blocks',
    breaks: 'R1: one digest notarized per view',
    seeds: 40,
    fit: { liar: 'equivocatingLeader' },
    patches: [
      {
        file: CAST,
        find: "if (round.mine.notarize !== undefined) return 'R1",
        replace: "if (false) return 'R1",
      },
      {
        file: EVALUATE,
        find: 'round.mine.notarize !== undefined || round.mine.nullify !== undefined',
        replace:
          '(round.mine.notarize?.kind === "notarize" && round.mine.notarize.digest === proposal.digest) || round.mine.nullify !== undefined',
      },
      { file: EVALUATE, find: '|| round.leaderEquivocated) return', replace: ') return' },
      {
        file: PROPOSALS,
        find: 'if (round.proposal !== undefined) {',
        replace: 'if (round.proposal?.digest === digest) {',
      },
    ],
  },
  {
    name: 'leader-proposes-twice',
    breaks: 'R1: a leader builds once per view, ever',
    seeds: 40,
    patches: [
      {
        file: CAST,
        find: "if (round.mine.notarize !== undefined) return 'R1",
        replace: "if (false) return 'R1",
      },
      {
        file: 'consensus/propose.ts',
        find: 'if (mine.notarize !== undefined || mine.nullify !== undefined || !hasWork(core)) return',
        // Once more only, or it would have no end.
        replace:
          'if ((mine.notarize !== undefined && (mine.again = (mine.again ?? 0) + 1) > 1) || mine.nullify !== undefined || !hasWork(core)) return',
      },
      {
        file: 'consensus/built.ts',
        find: 'if (mine.notarize !== undefined || mine.nullify !== undefined) return',
        replace: 'if (mine.nullify !== undefined) return',
      },
    ],
  },
  {
    name: 'notarize-unexecuted',
    breaks: 'R2: notarize only what was executed here',
    seeds: 40,
    fit: { liar: 'wrongRoot' },
    throws: 'a block to be written is not held',
    patches: [
      {
        file: CAST,
        find: "? undefined : 'R2: block not executed'",
        replace: '? undefined : undefined',
      },
      {
        file: EVALUATE,
        find: "if (node.stage === 'known') pursueBlock(core.chain, digest, { view, peers })\n  else if",
        replace:
          "if (node.stage === 'known') pursueBlock(core.chain, digest, { view, peers })\n  if",
      },
    ],
  },
  {
    name: 'finalize-after-nullify',
    breaks: 'R3: no finalize after nullify of the view',
    seeds: 40,
    patches: [
      {
        file: CAST,
        find: "if (mine.nullify !== undefined) return 'R3",
        replace: "if (false) return 'R3",
      },
      {
        file: FINALIZE,
        find: 'if (mine.finalize !== undefined || mine.nullify !== undefined) return false',
        replace: 'if (mine.finalize !== undefined) return false',
      },
    ],
  },
  {
    name: 'finalize-after-nullify-asserted',
    breaks: 'R3: the assertion of the one place that signs is what notices',
    seeds: 40,
    patches: [
      {
        file: FINALIZE,
        find: 'if (mine.finalize !== undefined || mine.nullify !== undefined) return false',
        replace: 'if (mine.finalize !== undefined) return false',
      },
    ],
  },
  {
    name: 'finalize-unnotarized',
    breaks: 'R4: finalize only what is notarized',
    seeds: 40,
    patches: [
      {
        file: CAST,
        find: "if (notarization?.digest !== ballot.digest) return 'R4",
        replace: "if (false) return 'R4",
      },
      {
        file: FINALIZE,
        find: '  for (const view of core.notarized) {\n    const round',
        replace:
          '  for (const view of core.rounds.keys()) {\n    if (view <= core.settled.view) continue\n    const round',
      },
      {
        file: FINALIZE,
        find: 'const { mine, notarization } = round',
        replace:
          'const { mine } = round\n  const notarization = round.notarization ?? mine.notarize',
      },
      {
        file: FINALIZE,
        find: '  if (round.notarization === undefined) return\n  const { epoch, view, parentView, digest } = round.notarization',
        replace:
          '  const { epoch, view, parentView, digest } = round.notarization ?? round.mine.notarize',
      },
    ],
  },
  {
    name: 'finalize-beside-own-notarize',
    breaks: 'R4: finalize nothing beside another block notarized in the view',
    seeds: 60,
    fit: { liar: 'equivocatingLeader' },
    patches: [
      {
        file: CAST,
        find: "if (mine.notarize?.kind === 'notarize' && mine.notarize.digest !== ballot.digest) {",
        replace: 'if (false) {',
      },
      {
        file: FINALIZE,
        find: "own.kind !== 'nullify' && own.digest !== notarization.digest)",
        replace: 'false)',
      },
      {
        file: FINALIZE,
        find: ' || round.leaderEquivocated) return false',
        replace: ') return false',
      },
    ],
  },
  {
    name: 'finalize-unexecuted',
    breaks: 'R4: finalize only what was executed here',
    seeds: 40,
    throws: 'a block to be written is not held',
    patches: [
      {
        file: CAST,
        find: "? undefined : 'R4: block not executed'",
        replace: '? undefined : undefined',
      },
      {
        file: FINALIZE,
        find: 'return isExecuted(core.chain, notarization.digest)',
        replace: 'return core.chain.blocks.has(notarization.digest)',
      },
    ],
  },
  {
    name: 'own-votes-forgotten',
    breaks: 'R5: after a restart the journal is the truth',
    seeds: 40,
    patches: [
      { file: 'consensus/recover.ts', find: 'mine[vote.kind] = vote', replace: '' },
      {
        file: 'consensus/recover.ts',
        find: 'recordVote(core, round, { vote, verified: true })',
        replace: '',
      },
    ],
  },
  {
    name: 'nullify-after-finalize',
    breaks: 'R3: no nullify after finalize of the view',
    seeds: 20,
    // The view after the one we finalised has begun by then: only a late nullify can break this.
    patches: [
      {
        file: CAST,
        find: "if (ballot.view !== core.view) return 'R3",
        replace: "if (false) return 'R3",
      },
      {
        file: CAST,
        find: "return round.mine.finalize === undefined ? undefined : 'R3",
        replace: "return true ? undefined : 'R3",
      },
      {
        file: 'consensus/view-timers.ts',
        find: 'nullifyView = (core: Core): void => {\n  const { mine } = roundAt(core, core.view)',
        replace:
          'nullifyView = (core: Core): void => {\n  const lastView = Math.max(1, core.view - 1)\n  const { mine } = roundAt(core, lastView)',
      },
      {
        file: 'consensus/view-timers.ts',
        find: 'if (mine.finalize !== undefined || mine.nullify !== undefined) return',
        replace: 'if (mine.nullify !== undefined) return',
      },
      {
        file: 'consensus/view-timers.ts',
        find: 'epoch: core.config.epoch, view: core.view }) === undefined',
        replace: 'epoch: core.config.epoch, view: lastView }) === undefined',
      },
    ],
  },
]
