import type { OutboxEnd } from '#node/outbox/outbox.ts'
import { ADVERSARIES } from './adversaries.ts'
import { compareSeats, createVoters } from './changes.ts'
import { createCircuit } from './circuit.ts'
import { beStill, compareBooks, converge } from './convergence.ts'
import { compareCopies } from './copies-at-the-end.ts'
import { LATE_MARKS, REQUIRED_MARKS } from './coverage.ts'
import { createViews } from './effort.ts'
import { createEpochBook } from './epoch-book.ts'
import { FAULTS } from './faults.ts'
import { createFederation, type Federation } from './federation.ts'
import { createJudges } from './judges.ts'
import { createRealKeys, createStandInKeys } from './keys.ts'
import { CODE_NAMES, createLedgerCodes } from './ledger-codes.ts'
import { isReliable, type Observation, Violation } from './observation.ts'
import { openRun } from './open-run.ts'
import { createChains, runOverFault } from './over-fault.ts'
import { createPromises } from './promises.ts'
import { createRareEpochs } from './rare-epochs.ts'
import { createRarePaths } from './rare-paths.ts'
import { highestOf, type Run } from './run.ts'
import type { Swarm } from './swarm.ts'
import { createCounter, type Tally } from './tally.ts'
import { createTrace } from './trace.ts'
import { runTrouble } from './trouble.ts'

/** What became of one simulation. */
export type Outcome = {
  readonly seed: number
  readonly failure: { readonly checker: string; readonly message: string } | undefined
  readonly trace: string
  readonly faults: Tally
  readonly byzantine: Tally
  /** Things that happened, to see that rare paths are taken; those of a copied opening too. */
  readonly marks: Tally
  /** How transactions ended: by refusal code, and by kind. */
  readonly codes: Tally
  readonly blocks: number
  readonly transactions: number
  readonly virtualMs: number
}

/** Who follows a simulation: every line of its trace, and everything that the checkers see. */
export type Audience = {
  readonly print?: (line: string) => void
  readonly watch?: (observation: Observation) => void
}

/** Runs one simulation to its end, or to the first thing that does not hold. */
export const simulate = (swarm: Swarm, { print, watch }: Audience = {}): Outcome => {
  const trace = createTrace(print)
  const keys = swarm.realSignatures ? createRealKeys() : createStandInKeys()
  const circuit = createCircuit(swarm, keys)
  const book = createEpochBook(circuit)
  const judges = createJudges(swarm, {
    circuit,
    book,
    keys,
    mayFail: (machine) => mayFail(federation, machine),
  })
  const promises = createPromises()
  const chains = createChains()
  const faults = createCounter(FAULTS.map(({ name }) => name))
  const byzantine = createCounter(ADVERSARIES.map(({ name }) => name))
  const marks = createCounter([...REQUIRED_MARKS, ...LATE_MARKS])
  const codes = createCounter(CODE_NAMES)
  const ledgerCodes = createLedgerCodes(codes)
  const rare = createRarePaths(swarm, (mark) => marks.count(mark))
  const rareEpochs = createRareEpochs(book, (mark) => marks.count(mark))
  const voters = createVoters()
  const views = createViews()
  marks.count(`${swarm.authorities} authorities`)
  if (swarm.realSignatures) marks.count('real signatures')
  const show = (observation: Observation): void => {
    book.see(observation)
    marks.count(markOf(observation))
    rare.see(observation)
    rareEpochs.see(observation)
    voters.see(observation)
    views.see(observation)
    ledgerCodes.see(observation)
    watch?.(observation)
    chains.see(observation)
    judges.see(observation)
    promises.see(observation)
  }
  const federation = createFederation({
    swarm,
    circuit,
    book,
    keys,
    trace,
    byzantine,
    marks,
    observe: show,
  })
  const failure = failureOf(() =>
    runPhases({
      swarm,
      federation,
      promises,
      judges,
      chains,
      voters,
      views,
      faults,
      marks,
      trace,
      show,
    }),
  )
  const final = highestOf(federation)
  return {
    seed: swarm.seed,
    failure,
    trace: trace.hash(),
    faults: faults.tally(),
    byzantine: byzantine.tally(),
    marks: marks.tally(),
    codes: codes.tally(),
    blocks: final,
    transactions: promises.count('recorded'),
    virtualMs: federation.agenda.nowMs(),
  }
}

/** A machine that lies, or whose memory came to harm: one of the f. */
const mayFail = (federation: Federation, machine: number): boolean => {
  const { who } = federation.machine(machine)
  return !isReliable(who) || who.harm !== undefined
}

const markOf = (observation: Observation): string => {
  const { type } = observation
  if (type === 'stopped' || type === 'report') return `${type} ${observation.code}`
  return type === 'answer' ? endOf(observation.end) : type
}

const endOf = (end: OutboxEnd): string => {
  if (end.kind === 'expired') return 'ended expired'
  return end.event.outcome === 'applied' ? 'ended applied' : 'ended refused'
}

const failureOf = (run: () => void): Outcome['failure'] => {
  try {
    run()
    return undefined
  } catch (error) {
    if (error instanceof Violation) return { checker: error.checker, message: error.message }
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error)
    return { checker: 'exception', message }
  }
}

const runPhases = (run: Run): void => {
  openRun(run)
  if (run.swarm.overFault) {
    runOverFault(run)
    return
  }
  runTrouble(run)
  converge(run)
  compareBooks(run)
  compareSeats(run)
  beStill(run)
  compareCopies(run)
}
