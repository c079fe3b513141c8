import type { Voters } from './changes.ts'
import type { Views } from './effort.ts'
import type { Federation } from './federation.ts'
import type { Judges } from './judges.ts'
import type { Machine } from './machine.ts'
import { isReliable, type Observation, Violation } from './observation.ts'
import type { Chains } from './over-fault.ts'
import type { Promises } from './promises.ts'
import type { Swarm } from './swarm.ts'
import type { Counter } from './tally.ts'
import type { Trace } from './trace.ts'

/** One simulation under way. */
export type Run = {
  readonly swarm: Swarm
  readonly federation: Federation
  readonly promises: Promises
  readonly judges: Judges
  readonly chains: Chains
  readonly voters: Voters
  readonly views: Views
  readonly faults: Counter
  readonly marks: Counter
  readonly trace: Trace
  /** To all who judge and count. */
  readonly show: (observation: Observation) => void
}

/** A node is up and votes after so long, in a network that works. */
export const OPENING_MS = 1_500
/** A wave of the opening is final after so long, in a network that works. */
export const WAVE_MS = 4_000

/** Who registers the venue is an operator at first only: it is brought in before the first change. */
export const opensAtOnce = ({ load, changes, opening }: Swarm): boolean =>
  opening !== null || load !== 'idle' || changes.length > 0

/** Brings in the venue, its cards and its customers, each wave within the bound. */
export const bringIn = (
  { federation, promises }: Pick<Run, 'federation' | 'promises'>,
  boundMs: number,
): void => {
  const { agenda } = federation
  for (const wave of federation.payments.opening(federation.machine(0).wallMs())) {
    const entries = wave()
    const machine = reliable(federation)[entries.length % reliable(federation).length]
    for (const entry of entries) if (machine !== undefined) promises.submit(machine, entry)
    const done = () => entries.every((entry) => promises.hasEnded(entry))
    agenda.advance(agenda.nowMs() + boundMs, done)
    if (!done()) throw new Violation('liveness', `the opening stands still: ${entries[0]?.kind}`)
  }
}

/** Who must get there: the honest whose memory is whole. */
export const reliable = ({ machines }: Federation): readonly Machine[] =>
  machines.filter(({ who }) => isReliable(who))

/** How many members the largest set so far has. */
export const largestSet = ({ federation }: Run): number =>
  Math.max(...federation.book.all().map(({ set }) => set.members.length))

export const heightOf = (machine: Machine): number =>
  machine.process()?.core.executor.final().header.height ?? -1

export const highestOf = (federation: Federation): number =>
  Math.max(0, ...reliable(federation).map(heightOf))
