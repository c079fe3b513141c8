import { closeSync, constants, openSync, writeSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { latencyOf } from '../../festival/latency.ts'

const WRITES = 200
const WRITE_BYTES = 4_096

/**
 * Milliseconds of one synced write, p50: as the vote journal writes, into a file that is there already,
 * through a descriptor with O_DSYNC. In the directory that the nodes write to.
 */
export const measureSync = async (directory: string): Promise<number> => {
  const path = join(directory, 'synced-writes')
  const bytes = new Uint8Array(WRITE_BYTES)
  const file = openSync(path, constants.O_RDWR | constants.O_CREAT)
  writeSync(file, new Uint8Array(WRITES * WRITE_BYTES).fill(1))
  closeSync(file)
  const durable = openSync(path, constants.O_WRONLY | constants.O_DSYNC)
  const tookMs: number[] = []
  try {
    for (let index = 0; index < WRITES; index += 1) {
      const startMs = performance.now()
      writeSync(durable, bytes, 0, WRITE_BYTES, index * WRITE_BYTES)
      tookMs.push(performance.now() - startMs)
    }
  } finally {
    closeSync(durable)
    await rm(path)
  }
  return latencyOf(tookMs).p50Ms
}
