import type { Latency } from '../../festival/latency.ts'
import { usageOf } from '../machine/process-usage.ts'
import type { Measuring } from './measure-stage.ts'
import type { Overload, Saturation } from './round.ts'
import { HALF } from './sizes.ts'

/** One round of everything that is measured at four authorities and one venue. */
export type HeadlineRound = {
  /** Sales of weak cards by batch requests: the headline. */
  readonly batches: Saturation
  readonly singles: Saturation
  /** Two signatures a sale, by batch requests. */
  readonly secretCards: Saturation
  readonly idle: Latency
  /** Single taps at half of what the headline load comes to. */
  readonly half: Latency
  readonly overload: Overload
  readonly roundTripMs: number
  readonly syncMs: number
  /** Bytes of the largest process. */
  readonly resident: number
}

export const headlineRound = async ({ rounds, stage }: Measuring): Promise<HeadlineRound> => {
  const roundTripMs = await rounds.roundTrip()
  const syncMs = await rounds.syncTime()
  const idle = await rounds.idle()
  const batches = await rounds.saturation('weak', 'batches')
  const singles = await rounds.saturation('weak', 'singles')
  const secretCards = await rounds.saturation('secret', 'batches')
  const half = await rounds.steady(HALF * batches.finalisedPerSecond)
  const overload = await rounds.overload(batches.finalisedPerSecond)
  const nodes = [...stage.federation.authorities(), ...stage.federation.venues()]
  const resident = Math.max(...nodes.map(({ pid }) => usageOf(pid).resident))
  return { batches, singles, secretCards, idle, half, overload, roundTripMs, syncMs, resident }
}
