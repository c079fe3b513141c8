import type { Fault } from './fault.ts'
import { bitFlips } from './faults/bit-flips.ts'
import { clockBackwards } from './faults/clock-backwards.ts'
import { clockDrift } from './faults/clock-drift.ts'
import { clockSkew } from './faults/clock-skew.ts'
import { clockStep } from './faults/clock-step.ts'
import { crashAtEffect } from './faults/crash-at-effect.ts'
import { crashLoop } from './faults/crash-loop.ts'
import { diskFailure } from './faults/disk-failure.ts'
import { duplication } from './faults/duplication.ts'
import { flappingLink } from './faults/flapping-link.ts'
import { fullDisk } from './faults/full-disk.ts'
import { isolation } from './faults/isolation.ts'
import { kill } from './faults/kill.ts'
import { longTail } from './faults/long-tail.ts'
import { loss } from './faults/loss.ts'
import { lostJournal } from './faults/lost-journal.ts'
import { newDisk } from './faults/new-disk.ts'
import { oneWayPartition } from './faults/one-way-partition.ts'
import { partition } from './faults/partition.ts'
import { pause } from './faults/pause.ts'
import { powerCut } from './faults/power-cut.ts'
import { reorder } from './faults/reorder.ts'
import { replay } from './faults/replay.ts'
import { rolledBackDirectory } from './faults/rolled-back-directory.ts'
import { slowDisk } from './faults/slow-disk.ts'
import { slowMachine } from './faults/slow-machine.ts'
import { twoProcesses } from './faults/two-processes.ts'

/** Everything that can go wrong, in the order in which a plan is drawn. */
export const FAULTS: readonly Fault[] = [
  crashAtEffect,
  crashLoop,
  kill,
  powerCut,
  partition,
  oneWayPartition,
  loss,
  duplication,
  longTail,
  slowMachine,
  slowDisk,
  clockStep,
  flappingLink,
  pause,
  bitFlips,
  clockBackwards,
  clockDrift,
  clockSkew,
  diskFailure,
  fullDisk,
  isolation,
  lostJournal,
  reorder,
  replay,
  rolledBackDirectory,
  twoProcesses,
  newDisk,
]
