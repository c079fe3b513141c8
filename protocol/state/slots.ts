/**
 * The slots of one family: key → slot → record, the list of free slots, and a log of every change
 * since the block began, so that a refused transaction or a whole block can be taken back.
 */
export type Slots<R extends object> = {
  /** Whether a freed slot is given out again, last freed first. */
  readonly recycled: boolean
  readonly slotOf: Map<string, number>
  readonly keys: (string | undefined)[]
  readonly records: (R | undefined)[]
  /** Of each free slot, the one that was free before it. */
  readonly nextFree: Map<number, FreeLink>
  /** The slot that the next new record gets, or none: then it gets a slot of its own. */
  firstFree: FreeLink
  log: Change<R>[]
}

/** A free slot, or the end of the list. */
export type FreeLink = number | null

/** One change of one slot and what it takes to take it back. */
export type Change<R> = {
  readonly slot: number
  readonly key: string
} & (
  | { readonly kind: 'append' | 'reuse'; readonly before: undefined }
  | { readonly kind: 'replace' | 'remove'; readonly before: R }
)

export const createSlots = <R extends object>(recycled: boolean): Slots<R> => ({
  recycled,
  slotOf: new Map(),
  keys: [],
  records: [],
  nextFree: new Map(),
  firstFree: null,
  log: [],
})

export const recordOf = <R extends object>(slots: Slots<R>, key: string): R | undefined => {
  const slot = slots.slotOf.get(key)
  return slot === undefined ? undefined : slots.records[slot]
}

/**
 * Sets the record of a key; a new key gets the last freed slot if recycled, else the next one.
 * Returns the record that the key had.
 */
export const putRecord = <R extends object>(
  slots: Slots<R>,
  key: string,
  record: R,
): R | undefined => {
  const slot = slots.slotOf.get(key)
  if (slot === undefined) {
    insert(slots, key, record)
    return undefined
  }
  const before = present(slots, slot)
  slots.log.push({ kind: 'replace', slot, key, before })
  slots.records[slot] = record
  return before
}

/** Frees the slot of a key and returns its record; removing a key that has none is our mistake. */
export const removeRecord = <R extends object>(slots: Slots<R>, key: string): R => {
  const slot = slots.slotOf.get(key)
  if (slot === undefined) throw new Error(`no record to remove: ${key}`)
  const before = present(slots, slot)
  slots.log.push({ kind: 'remove', slot, key, before })
  vacate(slots, slot, key)
  free(slots, slot)
  return before
}

/** Takes back the changes of the log from `length` on, the last one first. */
export const takeBack = <R extends object>(slots: Slots<R>, length: number): void => {
  revert(slots, slots.log.splice(length))
}

/** Takes back changes that are no longer in the log: those of the last sealed block. */
export const revert = <R extends object>(slots: Slots<R>, changes: readonly Change<R>[]): void => {
  for (let index = changes.length - 1; index >= 0; index--) {
    const change = changes[index]
    if (change !== undefined) revertOne(slots, change)
  }
}

/**
 * The canonical text of a free slot: the slot that was free before it as a JSON number, or `null`
 * at the end of the list and in a family that does not recycle. A record's text begins with `{`.
 */
export const freeText = <R extends object>(slots: Slots<R>, slot: number): string =>
  JSON.stringify(slots.nextFree.get(slot) ?? null)

function insert<R extends object>(slots: Slots<R>, key: string, record: R): void {
  const slot = slots.firstFree ?? slots.records.length
  const kind = slots.firstFree === null ? 'append' : 'reuse'
  if (kind === 'reuse') unfree(slots, slot)
  slots.log.push({ kind, slot, key, before: undefined })
  occupy(slots, slot, key, record)
}

function revertOne<R extends object>(slots: Slots<R>, change: Change<R>): void {
  const { slot, key } = change
  switch (change.kind) {
    case 'replace':
      slots.records[slot] = change.before
      return
    case 'remove':
      unfree(slots, slot)
      occupy(slots, slot, key, change.before)
      return
    case 'reuse':
      vacate(slots, slot, key)
      free(slots, slot)
      return
    case 'append':
      slots.slotOf.delete(key)
      slots.keys.length = slot
      slots.records.length = slot
  }
}

function occupy<R extends object>(slots: Slots<R>, slot: number, key: string, record: R): void {
  slots.slotOf.set(key, slot)
  slots.keys[slot] = key
  slots.records[slot] = record
}

function vacate<R extends object>(slots: Slots<R>, slot: number, key: string): void {
  slots.slotOf.delete(key)
  slots.keys[slot] = undefined
  slots.records[slot] = undefined
}

function free<R extends object>(slots: Slots<R>, slot: number): void {
  if (!slots.recycled) return
  slots.nextFree.set(slot, slots.firstFree)
  slots.firstFree = slot
}

/** Takes the first free slot off the list. In a family that does not recycle there is no list. */
function unfree<R extends object>(slots: Slots<R>, slot: number): void {
  if (!slots.recycled) return
  slots.firstFree = slots.nextFree.get(slot) ?? null
  slots.nextFree.delete(slot)
}

function present<R extends object>(slots: Slots<R>, slot: number): R {
  const record = slots.records[slot]
  if (record === undefined) throw new Error(`no record in slot ${slot}`)
  return record
}
