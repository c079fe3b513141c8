import type { SnapshotProgress } from '../sync/snapshot-receiver.ts'
import type { World } from './world.ts'

/** From one picture to the next: as often as an eye follows. */
const REDRAW_MS = 200
const WIDTH = 30

/** A bar at a terminal that shows how far a snapshot is received; elsewhere the log tells. */
export const snapshotBar = ({
  redraw,
}: Pick<World, 'redraw'>): {
  readonly onProgress: (progress: SnapshotProgress) => void
  readonly end: () => void
} => {
  let drawnAtMs = Number.NEGATIVE_INFINITY
  return {
    onProgress: (progress) => {
      const nowMs = performance.now()
      const isDone = progress.slots >= progress.of
      if (redraw === undefined || (nowMs - drawnAtMs < REDRAW_MS && !isDone)) return
      drawnAtMs = nowMs
      redraw(barOf(progress))
    },
    end: () => {
      if (drawnAtMs > 0) redraw?.('')
    },
  }
}

/** `Copying the ledger at block 1200000 [#####.....] 42 % from 4 nodes`. */
export const barOf = ({ height, slots, of, peers }: SnapshotProgress): string => {
  const part = of === 0 ? 0 : slots / of
  const filled = Math.floor(part * WIDTH)
  const bar = `${'#'.repeat(filled)}${'.'.repeat(WIDTH - filled)}`
  const nodes = peers === 1 ? '1 node' : `${peers} nodes`
  return `Copying the ledger at block ${height} [${bar}] ${Math.floor(part * 100)} % from ${nodes}`
}
