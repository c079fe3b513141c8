import type { Clock } from '#node/loop/ports.ts'
import type { Genesis } from '#protocol/genesis.ts'
import type { Parameters } from '#protocol/state/parameters.ts'
import { genesisOf } from '../../support/ledger-builders.ts'
import { createMemoryDisk } from '../../support/memory-files.ts'
import { createMemoryKeyValues } from '../../support/memory-key-values.ts'

/** The machine under a node: its clock and its disks outlive the process. */
export type Machine = {
  readonly genesis: Genesis
  readonly clock: Clock
  /** Whether its place joined with the federation's tag key; default: yes. */
  readonly hasTagKey?: boolean
  readonly advance: (ms: number) => void
  readonly open: () => { readonly journal: Disk; readonly blocks: Disk; readonly keyValues: Values }
  /** Until it dies or lets go, the database ends nothing of that. */
  readonly hold: (what: 'commits' | 'batches') => void
  readonly letGo: () => void
  /** The process dies; what was written stays. */
  readonly kill: () => void
}
type Disk = ReturnType<typeof createMemoryDisk>['directory']
type Values = ReturnType<ReturnType<typeof createMemoryKeyValues>['open']>

export const createMachine = (parameters: Partial<Parameters> = {}): Machine => {
  // Completions come in a later turn, as a real disk's do.
  const schedule = (_act: unknown, complete: () => void): void => void setImmediate(complete)
  const [journal, blocks] = [createMemoryDisk({ schedule }), createMemoryDisk({ schedule })]
  let held: 'nothing' | 'commits' | 'batches' = 'nothing'
  let waiting: (() => void)[] = []
  const keyValues = createMemoryKeyValues({
    schedule: (act, complete) => {
      // A submission is one operation, a block some.
      const isHeld = held === 'batches' || (held === 'commits' && act.operations > 1)
      if (act.act === 'batch' && isHeld) waiting.push(complete)
      else schedule(act, complete)
    },
  })
  const letGo = (): void => {
    held = 'nothing'
    for (const complete of waiting.splice(0)) complete()
  }
  const genesis = genesisOf()
  let aheadMs = 0
  return {
    genesis: {
      ...genesis,
      startTimeMs: Date.now() - 1_000,
      parameters: { ...genesis.parameters, ...parameters },
    },
    clock: {
      wallMs: () => Date.now() + aheadMs,
      monotonicMs: () => Math.floor(performance.now()) + aheadMs,
    },
    advance: (ms) => {
      aheadMs += ms
    },
    open: () => ({
      journal: journal.directory,
      blocks: blocks.directory,
      keyValues: keyValues.open(),
    }),
    hold: (what) => {
      held = what
    },
    letGo,
    kill: () => {
      held = 'nothing'
      waiting = []
      for (const part of [journal, blocks, keyValues]) part.kill()
    },
  }
}
