import type { JournalRecord } from '#consensus/journal-record.ts'
import type { Hash } from '#protocol/hash.ts'

/** Writes that must be on disk together; `done` once they are. A failure never comes back here. */
export type WriteDurably = (
  batch: { readonly records: readonly JournalRecord[]; readonly blocks: readonly Hash[] },
  done: () => void,
) => void

/**
 * Keeps "durable before visible": what is said after something was asked to be written waits until
 * that is on disk, and leaves in the order in which it was said.
 */
export type DurableGate = {
  /** Adds a record to the write of this turn; a `block` record takes the block's bytes along. */
  readonly persist: (record: JournalRecord) => void
  /** Runs now if everything persisted before is on disk, else as soon as it is. */
  readonly after: (visible: () => void) => void
  /** Ends the turn: hands what was persisted to the disk. */
  readonly flush: () => void
  /** Visible acts that still wait. */
  readonly waiting: () => number
}

export const createDurableGate = (write: WriteDurably): DurableGate => {
  let records: JournalRecord[] = []
  /** Counts turns handed to the disk, and the last of them that is on it. */
  let written = 0
  let durable = 0
  const acts: { readonly turn: number; readonly visible: () => void }[] = []

  const release = (turn: number): void => {
    durable = turn
    let next = acts[0]
    while (next !== undefined && next.turn <= durable) {
      acts.shift()
      next.visible()
      next = acts[0]
    }
  }

  return {
    persist: (record) => {
      records.push(record)
    },
    after: (visible) => {
      const turn = records.length > 0 ? written + 1 : written
      if (turn <= durable && acts.length === 0) visible()
      else acts.push({ turn, visible })
    },
    flush: () => {
      if (records.length === 0) return
      const batch = records
      records = []
      written += 1
      const turn = written
      const blocks = batch.flatMap((record) => (record.type === 'block' ? [record.digest] : []))
      write({ records: batch, blocks }, () => release(turn))
    },
    waiting: () => acts.length,
  }
}
