import { medianOf } from '#scripts/bench/median.ts'
import { atStage, type Measuring } from '#scripts/bench/rounds/measure-stage.ts'
import { FULL } from '#scripts/bench/rounds/sizes.ts'
import type { ClaimContext } from '#test/claims/claim.ts'

/** Authorities of the federation that speed is claimed of. */
const AUTHORITIES = 4

/** Longer than the rounds of one claim take where the machine has other things to do as well. */
export const SPEED_TIMEOUT_MS = 1_200_000

/** Five rounds of a measurement as `npm run bench` makes it, at four authorities and one venue. */
export const inRounds = async <T>(
  { progress }: ClaimContext,
  measure: (at: Measuring) => Promise<T>,
): Promise<readonly T[]> =>
  await atStage({ authorities: AUTHORITIES, sizes: FULL, tell: progress }, async (at) => {
    const measured: T[] = []
    for (let round = 1; round <= FULL.rounds; round += 1) {
      progress(`round ${round} of ${FULL.rounds}`)
      measured.push(await measure(at))
    }
    return measured
  })

/** The median of one figure of the rounds. */
export const medianIn = <T>(rounds: readonly T[], figure: (round: T) => number): number =>
  medianOf(rounds.map(figure))
