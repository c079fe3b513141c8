import { openStage, type Stage } from '../federation/stage.ts'
import { ledgerFaults, takingsOf } from '../federation/verify-ledger.ts'
import { openTemporary } from '../machine/temporary-directory.ts'
import { BenchFault, Rounds } from './round.ts'
import type { BenchSizes } from './sizes.ts'

export type StageRun = {
  readonly authorities: number
  readonly sizes: BenchSizes
  readonly tell: (line: string) => void
  readonly environmentOf?: (name: string) => Readonly<Record<string, string>>
}

/** What a measurement is given. */
export type Measuring = { readonly rounds: Rounds; readonly stage: Stage }

/**
 * Runs measurements at a federation of its own, in a directory that is gone afterwards. Throws a
 * `BenchFault` where the ledger is not what was answered, or the nodes do not agree on it.
 */
export const atStage = async <T>(
  { authorities, sizes, tell, environmentOf }: StageRun,
  measure: (at: Measuring) => Promise<T>,
): Promise<T> => {
  const temporary = await openTemporary('bench')
  try {
    tell(`${authorities} authorities and one venue begin`)
    const stage = await openStage({
      ...{ directory: temporary.path, authorities, cards: sizes.cards, tell: () => undefined },
      ...(environmentOf !== undefined && { environmentOf }),
    })
    const rounds = new Rounds(stage, sizes)
    try {
      const before = await takingsOf(stage.federation)
      await rounds.warmUp()
      const measured = await measure({ rounds, stage })
      await rounds.close()
      const faults = await ledgerFaults(stage.federation, rounds.answered, before)
      if (faults.length > 0) throw new BenchFault(faults.join('; '))
      return measured
    } finally {
      await stage.federation.stop()
    }
  } finally {
    await temporary.remove()
  }
}
