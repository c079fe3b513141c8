import type { Latency } from '../../festival/latency.ts'
import { medianBy, medianOf } from '../median.ts'
import { atStage, type StageRun } from './measure-stage.ts'
import type { Saturation } from './round.ts'

/** A federation of so many authorities and one venue, on this machine. */
export type ByAuthorities = {
  readonly n: number
  readonly finalisedPerSecond: number
  /** Of an idle tap. */
  readonly p50Ms: number
  /** Payments a second if the n + 1 processes did nothing but check signatures. */
  readonly bound: number
}

type AuthoritiesRound = { readonly batches: Saturation; readonly idle: Latency }

/** The middle one of the rounds, by how near it came to its own bound. */
export const byAuthorities = (n: number, rounds: readonly AuthoritiesRound[]): ByAuthorities => {
  const { batches } = medianBy(rounds, (round) => round.batches.efficiency)
  const { finalisedPerSecond, bound } = batches
  return { n, finalisedPerSecond, p50Ms: medianOf(rounds.map(({ idle }) => idle.p50Ms)), bound }
}

/** Rounds of idle taps and of the headline load at a federation of its own. */
export const measureAuthorities = async (run: StageRun): Promise<ByAuthorities> => {
  const rounds = await atStage(run, async (at) => {
    const measured: AuthoritiesRound[] = []
    for (let round = 1; round <= run.sizes.rounds; round += 1) {
      run.tell(`${run.authorities} authorities, round ${round} of ${run.sizes.rounds}`)
      const idle = await at.rounds.idle()
      measured.push({ idle, batches: await at.rounds.saturation('weak', 'batches') })
    }
    return measured
  })
  return byAuthorities(run.authorities, rounds)
}
