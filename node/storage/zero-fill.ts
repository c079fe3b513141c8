import { type Done, inOrder, type Step } from './completion.ts'
import type { FilePort } from './file-port.ts'
import { ZERO_CHUNK_BYTES } from './limits.ts'

/** Overwrites `from` … `to` of a file with zeros, and syncs. */
export const zeroFill = (
  file: FilePort,
  range: { readonly from: number; readonly to: number },
  done: Done,
): void => {
  const steps: Step[] = []
  for (let at = range.from; at < range.to; at += ZERO_CHUNK_BYTES) {
    const length = Math.min(ZERO_CHUNK_BYTES, range.to - at)
    steps.push((next) => file.write(at, ZEROS.subarray(0, length), next))
  }
  if (steps.length === 0) {
    done()
    return
  }
  inOrder([...steps, (next) => file.sync(next)], done)
}

const ZEROS = new Uint8Array(ZERO_CHUNK_BYTES)
