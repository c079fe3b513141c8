import { type JournalRecord, recordView } from '#consensus/journal-record.ts'

/**
 * The records that a restart still needs: the epoch, the floor, the last word on amnesia, and
 * everything above the floor.
 * These are carried over when the journal begins a new segment.
 */
export type LiveRecords = {
  readonly add: (record: JournalRecord) => void
  /** In the order they were added, epoch, floor and amnesia first. */
  readonly all: () => readonly JournalRecord[]
}

export const createLiveRecords = (): LiveRecords => {
  let epoch: JournalRecord | undefined
  let floor: JournalRecord | undefined
  let memory: JournalRecord | undefined
  let above: JournalRecord[] = []
  /** The end of the journal, as long as nothing follows it. */
  let stop: JournalRecord | undefined

  const add = (record: JournalRecord): void => {
    stop = record.type === 'cleanStop' ? record : undefined
    switch (record.type) {
      case 'epoch':
        // Views of an epoch that ended mean nothing in the next one.
        if (epoch?.type === 'epoch' && epoch.epoch !== record.epoch) {
          floor = undefined
          above = []
          if (memory?.type === 'refusal') memory = undefined
        }
        epoch = record
        return
      case 'floor':
        floor = record
        above = above.filter((older) => recordView(older) > record.view)
        return
      case 'amnesia':
        // Nothing that was written before counts any more.
        floor = undefined
        above = []
        memory = record
        return
      case 'refusal':
        memory = record
        return
      case 'cleanStop':
        return
      case 'vote':
      case 'block':
      case 'certificate':
        above.push(record)
    }
  }

  const all = (): readonly JournalRecord[] =>
    [epoch, floor, memory, ...above, stop].filter((record) => record !== undefined)

  return { add, all }
}
