import { setTimeout as sleep } from 'node:timers/promises'
import type { LocalFederation } from '#scripts/federation/local-federation.ts'
import { accountFor } from '#scripts/festival/account.ts'
import type { Counter } from '#scripts/festival/counter.ts'
import { servedUntil } from '#scripts/festival/evening.ts'
import { allLevel } from '#scripts/festival/heights.ts'
import { prepareEvening } from '#scripts/festival/prepare.ts'
import { type Traffic, trafficOf } from '#scripts/festival/verdict.ts'
import type { ClaimOutcome } from '#test/claims/claim.ts'
import { withFederation } from './federation.ts'

/** What a disturbance may do to the federation, and how it sees what payments make of it. */
export type Disturbed = {
  readonly federation: LocalFederation
  /** Requests of all tills, now. */
  readonly traffic: () => Traffic
  /** Payments applied in the next so many milliseconds. */
  readonly appliedDuring: (ms: number) => Promise<number>
}

/** What was seen of the disturbance, and whether it was as it should be. */
export type Seen = { readonly ok: boolean } & { readonly [what: string]: number | boolean }

const SIZES = { wallets: 80, tills: 4, inFlight: 4 } as const
const CALM_MS = 2_000

/** Runs a small evening, disturbs it in its midst, and accounts for every answer afterwards. */
export const underLoad = async (
  directory: string,
  progress: (text: string) => void,
  disturb: (disturbed: Disturbed) => Promise<Seen>,
): Promise<ClaimOutcome> =>
  await withFederation(directory, async (federation) => {
    const evening = await prepareEvening(federation, SIZES, progress)
    const { book, counters } = evening
    const appliedDuring = async (ms: number): Promise<number> => {
      const before = book.applied().length
      await sleep(ms)
      return book.applied().length - before
    }
    let isOver = false
    const load = servedUntil({ counters, inFlight: SIZES.inFlight }, () => isOver)
    const disturbance = async (): Promise<Seen> => {
      try {
        await sleep(CALM_MS)
        progress('disturbed')
        return await disturb({ federation, traffic: () => trafficIn(counters), appliedDuring })
      } finally {
        isOver = true
      }
    }
    const [seen] = await Promise.all([disturbance(), load])
    progress('accounting')
    const height = await allLevel(federation, book.height())
    const { lost, twice, broken } = await accountFor(federation, evening)
    const { ok, ...figures } = seen
    const isClean = lost.length + twice.length + broken.length === 0
    return {
      ok: ok && isClean,
      figure: {
        ...{ payments: book.applied().length, height, ...figures },
        ...{ lost: lost.length, twice: twice.length, conserved: broken.length === 0 },
        ...(isClean ? {} : { first: [...lost, ...twice, ...broken].slice(0, 3) }),
      },
    }
  })

const trafficIn = (counters: readonly Counter[]): Traffic => {
  const all = counters.map(({ till }) => trafficOf(till.client))
  return {
    inFlight: all.reduce((sum, { inFlight }) => sum + inFlight, 0),
    cut: all.reduce((sum, { cut }) => sum + cut, 0),
  }
}
