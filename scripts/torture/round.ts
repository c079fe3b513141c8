import { setTimeout as pause } from 'node:timers/promises'
import { logTail } from '../federation/child-node.ts'
import { highestOf, type Place, placesOf } from '../festival/heights.ts'
import type { Round } from './blow.ts'
import type { Stage } from './stage.ts'
import { strike } from './strike.ts'
import { ANSWER_MS } from './watch-cut.ts'

/** What one round came to, one line of a results file. */
export type RoundResult = Round & {
  readonly beganMs: number
  readonly seconds: number
  /** Blocks that became final from its beginning until all went on after it. */
  readonly blocks: number
  readonly faults: readonly string[]
}

const GOES_ON_WITHIN_MS = 90_000
const POLL_MS = 250

/** Plays one round to its end: all of it healed, every node up, and blocks final again; or it has a fault. */
export const playRound = async (
  stage: Stage,
  round: Round,
  beganMs: number,
): Promise<RoundResult> => {
  const { tally, federation } = stage
  const startMs = performance.now()
  const faultsBefore = tally.faults.length
  const heightBefore = highestOf(await placesOf(federation, ANSWER_MS))
  const { blow, beside } = round
  const second = async (): Promise<void> => {
    if (beside === undefined) return
    await pause(beside.afterMs)
    await strike(stage, beside.blow)
  }
  const dealt = await Promise.allSettled([strike(stage, blow), second()])
  for (const each of dealt) if (each.status === 'rejected') tally.fault(messageOf(each.reason))
  tally.count(blow.tag)
  if (beside !== undefined) tally.count(beside.blow.tag)
  const height = await goesOn(stage)
  return {
    ...round,
    beganMs: Math.round(beganMs),
    seconds: Math.round(performance.now() - startMs) / 1_000,
    blocks: Math.max(0, height - heightBefore),
    faults: tally.faults.slice(faultsBefore),
  }
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error)

/** Gives the height that was reached. */
const goesOn = async ({ federation, tally }: Stage): Promise<number> => {
  const from = highestOf(await placesOf(federation, ANSWER_MS))
  const endMs = performance.now() + GOES_ON_WITHIN_MS
  for (;;) {
    const places = await placesOf(federation, ANSWER_MS)
    const height = highestOf(places)
    if (height > from) return height
    if (performance.now() > endMs) {
      tally.fault(stuck(places))
      return height
    }
    await pause(POLL_MS)
  }
}

const stuck = (places: readonly Place[]): string => {
  const [last] = [...places].sort((a, b) => (a.at ?? -1) - (b.at ?? -1))
  const where = places.map(({ name, at }) => `${name} at ${at ?? 'no height'}`).join(', ')
  const log = last === undefined ? '' : logTail(last.directory)
  return `nothing became final within ${GOES_ON_WITHIN_MS / 1_000} s: ${where}\n${log}`
}
