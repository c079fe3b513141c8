import { beginWith, openingOf } from './opening.ts'
import { bringIn, OPENING_MS, opensAtOnce, type Run, WAVE_MS } from './run.ts'

/** Everybody starts, and what payments need is in the ledger or brought into it, with nothing wrong yet. */
export const openRun = (run: Run): void => {
  const { swarm, federation } = run
  if (swarm.opening !== null) beginWith(run, openingOf(swarm))
  for (const machine of federation.machines) machine.boot()
  federation.agenda.advance(federation.agenda.nowMs() + OPENING_MS)
  if (swarm.opening === null && opensAtOnce(swarm)) bringIn(run, WAVE_MS)
}
