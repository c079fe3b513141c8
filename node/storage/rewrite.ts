import type { Done } from './completion.ts'
import type { FilePort } from './file-port.ts'

/**
 * Writes the newest frame over itself, durably. A sync alone would not do: when one has failed, the
 * system may hold what it could not write for written, and show it to us from its memory. Writes go one
 * frame at a time, so no other one can be in doubt.
 */
export const rewrite = (
  file: FilePort,
  { offset, bytes }: { readonly offset: number; readonly bytes: Uint8Array },
  done: Done,
): void => file.writeDurably(offset, bytes, done)
