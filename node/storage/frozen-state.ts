import { u32 } from '#protocol/bytes.ts'
import { keyOf, PREFIXES } from './key-map.ts'
import type { FrozenKeyValues } from './key-value-port.ts'

/** Reads the texts of these slots of a family; none once the state is released, or where the disk fails. */
export type ReadRun = (
  slots: { readonly family: number; readonly from: number; readonly to: number },
  done: (texts: readonly string[]) => void,
) => void

/** The records of the store as of one final block, whatever is written since. */
export type FrozenState = { readonly read: ReadRun; readonly release: () => void }

export const frozenState = (keyValues: FrozenKeyValues): FrozenState => {
  let released = false
  return {
    read: ({ family, from, to }, done) => {
      if (released) {
        done([])
        return
      }
      const range = { from: slotKey(family, from), to: slotKey(family, to), limit: to - from }
      // What cannot be read is not served: whoever asked asks another. The node's own reads tell of the disk.
      keyValues.texts(range, (result) => done(result.ok ? result.value : []))
    },
    release: () => {
      if (released) return
      released = true
      keyValues.release()
    },
  }
}

const slotKey = (family: number, slot: number): Uint8Array =>
  keyOf(PREFIXES.record, Uint8Array.of(family), u32(slot))
