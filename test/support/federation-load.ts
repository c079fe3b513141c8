import { setTimeout as sleep } from 'node:timers/promises'
import type { LocalFederation } from '#scripts/federation/local-federation.ts'
import { accountFor } from '#scripts/festival/account.ts'
import type { Counter } from '#scripts/festival/counter.ts'
import { loadedPhase } from '#scripts/festival/evening.ts'
import { prepareEvening } from '#scripts/festival/prepare.ts'
import { type Traffic, trafficOf } from '#scripts/festival/verdict.ts'
import type { ClaimOutcome } from '#test/claims/claim.ts'
import { heightsOf, until, withFederation } from './federation.ts'

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
/** How long each customer is served before somebody looks whether the disturbance is over. */
const TURN_MS = 500
const LEVEL_WITHIN_MS = 60_000

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
    const load = servedUntil(counters, () => isOver)
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
    const height = await until('one height on every node', LEVEL_WITHIN_MS, () =>
      levelOf(federation, book.height()),
    )
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

/** Customers at every till, one after the other in each queue, for as long as it takes. */
const servedUntil = async (
  counters: readonly Counter[],
  isOver: () => boolean,
): Promise<unknown> => {
  const queue = async (counter: Counter): Promise<void> => {
    while (!isOver()) await loadedPhase({ counters: [counter], inFlight: 1, durationMs: TURN_MS })
  }
  return await Promise.all(
    counters.flatMap((counter) => Array.from({ length: SIZES.inFlight }, () => queue(counter))),
  )
}

const trafficIn = (counters: readonly Counter[]): Traffic => {
  const all = counters.map(({ till }) => trafficOf(till.client))
  return {
    inFlight: all.reduce((sum, { inFlight }) => sum + inFlight, 0),
    cut: all.reduce((sum, { cut }) => sum + cut, 0),
  }
}

/** The height of every node, once it is one and not below what was answered. */
const levelOf = async (
  federation: LocalFederation,
  answered: number,
): Promise<number | undefined> => {
  const [height, ...others] = new Set((await heightsOf(federation)).values())
  return height !== undefined && height >= answered && others.length === 0 ? height : undefined
}
