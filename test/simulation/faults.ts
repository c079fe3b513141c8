import type { Fault } from './fault.ts'
import { clockStep } from './faults/clock-step.ts'
import { crashAtEffect } from './faults/crash-at-effect.ts'
import { crashLoop } from './faults/crash-loop.ts'
import { duplication } from './faults/duplication.ts'
import { flappingLink } from './faults/flapping-link.ts'
import { kill } from './faults/kill.ts'
import { longTail } from './faults/long-tail.ts'
import { loss } from './faults/loss.ts'
import { oneWayPartition } from './faults/one-way-partition.ts'
import { partition } from './faults/partition.ts'
import { pause } from './faults/pause.ts'
import { powerCut } from './faults/power-cut.ts'
import { slowDisk } from './faults/slow-disk.ts'
import { slowMachine } from './faults/slow-machine.ts'

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
]
