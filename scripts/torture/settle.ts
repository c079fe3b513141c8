import { isAlive } from '../federation/alive.ts'
import { accountFor, readLedgers } from '../festival/account.ts'
import { allLevel } from '../festival/heights.ts'
import { type Judgement, judge } from '../festival/judge.ts'
import type { Evening } from '../festival/prepare.ts'
import type { Stage } from './stage.ts'

/**
 * Starts who died unasked, waits until all are at one height, and holds every answer against every
 * node. Where one does not come up or lags, that is a fault, and the disks are read all the same.
 */
export const settle = async (
  { federation, tally }: Stage,
  evening: Evening,
): Promise<Judgement> => {
  try {
    for (const { name, pid } of [...federation.authorities(), ...federation.venues()]) {
      if (!isAlive(pid)) await federation.restart(name)
    }
    await allLevel(federation, evening.book.height())
    return await accountFor(federation, evening)
  } catch (error) {
    tally.fault(error instanceof Error ? error.message : String(error))
    return judge(evening.book, evening.venues, await readLedgers(federation))
  }
}
