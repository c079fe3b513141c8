import { familyRootOf, writeLeaf } from './leaf.ts'
import { NODE_BYTES } from './merkle-path.ts'
import { createMerkleTree, type MerkleTree } from './merkle-tree.ts'
import {
  type Change,
  createSlots,
  type FreeLink,
  freeText,
  recordOf,
  revert,
  type Slots,
  takeBack,
} from './slots.ts'
import type { RecordPath } from './state-path.ts'

/** What the state knows of a family of records `R`: immutable plain objects, each under a key. */
export type FamilyDefinition<R extends object> = {
  /** Identity in leaves and roots: 1 … 255, never reused. */
  readonly number: number
  /** Whether freed slots are given out again: for short-lived records. */
  readonly recycled: boolean
  /** The canonical text of a record, a JSON object: one text for one content. */
  readonly encode: (record: R) => string
}

/** One family: its slots, and the tree over them as of the last sealed block. */
export type Family<R extends object> = FamilySteps & {
  readonly definition: FamilyDefinition<R>
  readonly slots: Slots<R>
  readonly tree: MerkleTree
  /** The family root, once asked for, until a leaf changes. */
  knownRoot: Uint8Array | undefined
}

/** What all families go through together, whatever their records are. */
export type FamilySteps = {
  readonly name: string
  readonly number: number
  /** Changes since the block began. */
  readonly changes: () => number
  /** Takes back the changes after the first `length` of this block. */
  readonly takeBack: (length: number) => void
  /** Brings the tree up to the slots, tells what changed, and begins a new log. */
  readonly seal: (onWrite: (write: SlotWrite) => void) => Revert
  /** The family root as of the last sealed block; the same array until it changes. */
  readonly root: () => Uint8Array
  /** Its slots and their tree as of the last sealed block: the root, and the nodes of a level. */
  readonly treeAt: (level: number) => FamilyTree
  /** Finds the list of free slots after loading; false when what was loaded is not whole. */
  readonly link: () => boolean
}

export type FamilyTree = {
  readonly number: number
  readonly count: number
  readonly root: Uint8Array
  readonly nodes: Uint8Array
}

/**
 * The text that a slot holds at the end of a block: a record's, or, without a key, a free slot's
 * (`freeText`). Every slot that was ever given out has one; a store keeps the last one of each.
 */
export type SlotWrite = {
  readonly family: string
  readonly slot: number
  readonly key: string | undefined
  readonly text: string
}

/** A record with its slot. */
export type Entry<R> = { readonly slot: number; readonly key: string; readonly record: R }

/** Takes a sealed block back in one family. */
export type Revert = () => void

export const createFamily = <R extends object>(
  name: string,
  definition: FamilyDefinition<R>,
): Family<R> => {
  const { number } = definition
  const slots = createSlots<R>(definition.recycled)
  const tree = createMerkleTree(FIRST_SLOTS)
  const family: Family<R> = {
    definition,
    slots,
    tree,
    knownRoot: undefined,
    name,
    number,
    changes: () => slots.log.length,
    takeBack: (length) => takeBack(slots, length),
    seal: (onWrite) => seal(family, onWrite),
    root: () => {
      family.knownRoot ??= familyRootOf(number, tree.count(), tree.root())
      return family.knownRoot
    },
    treeAt: (level) => ({
      number,
      count: tree.count(),
      root: tree.root(),
      nodes: tree.nodes(level),
    }),
    link: () => linkFreeSlots(slots),
  }
  return family
}

/** Records by ascending slot, as they are when read: do not change the family meanwhile. */
export function* entriesOf<R extends object>({ slots }: Family<R>): Generator<Entry<R>> {
  for (const [slot, record] of slots.records.entries()) {
    const key = slots.keys[slot]
    if (key !== undefined && record !== undefined) yield { slot, key, record }
  }
}

/** The path of a record as of the last sealed block, or undefined when the key has none. */
export const recordPathOf = <R extends object>(
  family: Family<R>,
  key: string,
): RecordPath | undefined => {
  const { definition, slots, tree } = family
  const slot = slots.slotOf.get(key)
  const record = recordOf(slots, key)
  if (slot === undefined || record === undefined) return undefined
  return {
    family: definition.number,
    slot,
    count: tree.count(),
    text: definition.encode(record),
    path: tree.path(slot),
  }
}

/** A stored record with its key and, where it is at hand, the text that it was read from. */
export type StoredRecord<R> = {
  readonly key: string
  readonly record: R
  readonly text?: string | undefined
}

/**
 * Appends the next slot of a stored family. Its leaf is that of the text, so that the root says whether the
 * store holds what was agreed on, byte by byte.
 */
export const loadRecord = <R extends object>(
  family: Family<R>,
  { key, record, text }: StoredRecord<R>,
): void => {
  const { definition, slots } = family
  const slot = slots.records.length
  slots.slotOf.set(key, slot)
  slots.keys.push(key)
  slots.records.push(record)
  setLeafText(family, slot, text ?? definition.encode(record))
}

/** Appends the next slot of a stored family: a free one, with what its text links to. */
export const loadFree = <R extends object>(family: Family<R>, next: FreeLink): void => {
  const { slots } = family
  if (slots.recycled) slots.nextFree.set(slots.records.length, next)
  slots.keys.push(undefined)
  slots.records.push(undefined)
  setLeaf(family, slots.records.length - 1)
}

function seal<R extends object>(family: Family<R>, onWrite: (write: SlotWrite) => void): Revert {
  const { slots, tree } = family
  const changes = slots.log
  if (changes.length === 0) return NOTHING_TO_REVERT
  slots.log = []
  const countBefore = tree.count()
  const touched = slotsTouched(changes)
  for (const slot of touched) onWrite(setLeaf(family, slot))
  return () => {
    revert(slots, changes)
    tree.truncate(countBefore)
    family.knownRoot = undefined
    for (const slot of touched) if (slot < countBefore) setLeaf(family, slot)
  }
}

/** Room that a tree has from the start: growing from nothing would be many small steps. */
const FIRST_SLOTS = 16

const NOTHING_TO_REVERT: Revert = () => undefined

/** The slots of the changes in ascending order, none twice. */
function slotsTouched(changes: readonly Change<unknown>[]): Uint32Array {
  const slots = new Uint32Array(changes.length)
  for (let index = 0; index < slots.length; index++) slots[index] = changes[index]?.slot ?? 0
  slots.sort()
  let distinct = 0
  for (const slot of slots) {
    if (distinct > 0 && slots[distinct - 1] === slot) continue
    slots[distinct] = slot
    distinct += 1
  }
  return slots.subarray(0, distinct)
}

const leaf = new Uint8Array(NODE_BYTES)

/** Brings the leaf of a slot up to what the slot holds, which is returned. */
function setLeaf<R extends object>(family: Family<R>, slot: number): SlotWrite {
  const write = writeOf(family, slot)
  setLeafText(family, slot, write.text)
  return write
}

function setLeafText<R extends object>(family: Family<R>, slot: number, text: string): void {
  family.knownRoot = undefined
  writeLeaf({ family: family.definition.number, slot, text }, leaf)
  family.tree.set(slot, leaf)
}

function writeOf<R extends object>(
  { name, definition, slots }: Family<R>,
  slot: number,
): SlotWrite {
  const record = slots.records[slot]
  const text = record === undefined ? freeText(slots, slot) : definition.encode(record)
  return { family: name, slot, key: slots.keys[slot], text }
}

/**
 * Finds the first free slot of a loaded family: the only free slot that no other links to. False
 * when the links are not one list through all free slots, or when two slots hold one key.
 */
function linkFreeSlots<R extends object>(slots: Slots<R>): boolean {
  const { nextFree } = slots
  const linked = new Set(nextFree.values())
  const heads = [...nextFree.keys()].filter((slot) => !linked.has(slot))
  slots.firstFree = heads[0] ?? null
  let reached = 0
  for (let slot = slots.firstFree; slot !== null && reached <= nextFree.size; reached++) {
    const next = nextFree.get(slot)
    if (next === undefined) return false
    slot = next
  }
  const occupied = slots.keys.filter((key) => key !== undefined).length
  return reached === nextFree.size && occupied === slots.slotOf.size
}
