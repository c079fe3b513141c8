import { bytesToHex } from '@noble/hashes/utils.js'
import { type Hash, hashOfHex } from '../hash.ts'
import {
  createFamily,
  type Entry,
  entriesOf,
  type Family,
  type FamilyDefinition,
  type FamilySteps,
  type FamilyTree,
  loadFree,
  loadRecord,
  type Revert,
  recordPathOf,
  type SlotWrite,
  type StoredRecord,
} from './family.ts'
import { stateRootOf } from './leaf.ts'
import { FAMILY_NUMBER_MAX } from './limits.ts'
import { createMerkleTree } from './merkle-tree.ts'
import { type FreeLink, putRecord, recordOf, removeRecord } from './slots.ts'
import type { StatePath } from './state-path.ts'
import { type TouchedRecord, touchedIn } from './touched-records.ts'

/** Record types by family name. */
export type RecordTypes = { readonly [name: string]: object }

/** The families of a state by name. */
export type FamilyTable<Records extends RecordTypes> = {
  readonly [Name in keyof Records]: FamilyDefinition<Records[Name]>
}

/** What rules see of a state: records by key. A record is never changed, only replaced. */
export type StateView<R extends RecordTypes> = {
  readonly get: <Name extends keyof R>(family: Name, key: string) => R[Name] | undefined
  /** Returns the record that the key had. */
  readonly put: <Name extends keyof R>(
    family: Name,
    key: string,
    record: R[Name],
  ) => R[Name] | undefined
  /** Returns the record that the key had; removing a key that has none is our mistake. */
  readonly remove: <Name extends keyof R>(family: Name, key: string) => R[Name]
  /** How many records a family holds. */
  readonly count: (family: keyof R) => number
  /** Records by ascending slot; the family must not change meanwhile. */
  readonly entries: <Name extends keyof R>(family: Name) => Iterable<Entry<R[Name]>>
  readonly slotOf: (family: keyof R, key: string) => number | undefined
}

/** All records of a node in memory, with their trees. Everything but a block in work is sealed. */
export type State<R extends RecordTypes> = StateView<R> & {
  /** A point in the block in work, to which `rollback` returns; later marks are then void. */
  readonly mark: () => Mark
  readonly rollback: (mark: Mark) => void
  /** The records of a family that the block in work changed until now, each once. */
  readonly touched: <Name extends keyof R>(family: Name) => readonly TouchedRecord<R[Name]>[]
  readonly beginBlock: () => void
  /** Ends the block in work: encodes and hashes each changed slot once. */
  readonly sealBlock: () => BlockChanges
  /** Ends the block in work as if it had not begun. */
  readonly abandonBlock: () => void
  /** Takes back the last sealed block that is not taken back: bytes, slots, free lists, root. */
  readonly undoBlock: (undo: BlockUndo) => void
  /** Start from disk: the next slot of a family, from slot 0 on, holds this record. */
  readonly load: <Name extends keyof R>(family: Name, stored: StoredRecord<R[Name]>) => void
  /** Start from disk: the next slot of a family is free and its text is this link. */
  readonly loadFree: (family: keyof R, next: FreeLink) => void
  /** Ends the start from disk, once. The caller compares the root with its header's. */
  readonly finishLoad: () => Loaded<R>
  /** The state root as of the last sealed block. */
  readonly root: () => Hash
  /** The trees of all families, by ascending number, each with its nodes of a level. */
  readonly treesAt: (level: number) => readonly FamilyTree[]
  /** The path of a record to the state root; undefined when the key has no record. */
  readonly proofOf: (family: keyof R, key: string) => StatePath | undefined
}

/** Changes of each family since the block in work began, in family order. */
export type Mark = readonly number[]

/** Takes one sealed block back. Valid once, while it is the last one that is not taken back. */
export type BlockUndo = {
  /** Which sealed block, counted from the start of the process. */
  readonly block: number
  readonly before: number
  readonly reverts: readonly Revert[]
}

export type BlockChanges = {
  readonly undo: BlockUndo
  /** The last text of each changed slot, ordered by family number and slot. */
  readonly writes: readonly SlotWrite[]
  readonly root: Hash
}

export type Loaded<R extends RecordTypes> =
  | { readonly ok: true; readonly root: Hash }
  | {
      readonly ok: false
      /** A key twice, or free slots that are not one list. */
      readonly code: 'family_damaged'
      readonly family: keyof R
    }

export const createState = <R extends RecordTypes>(table: FamilyTable<R>): State<R> => {
  const families = familiesOf(table)
  const ordered = inOrder(families)
  const roots = createRootTree(ordered)
  const blocks = createBlocks(ordered, roots)
  return {
    ...viewOf(families, blocks.requireOpen),
    mark: () => ordered.map((family) => family.changes()),
    rollback: (mark) => {
      blocks.requireOpen()
      takeBackTo(ordered, mark)
    },
    touched: (family) => touchedIn(families[family].slots),
    ...blocks.steps,
    load: (family, stored) => loadRecord(families[family], stored),
    loadFree: (family, next) => loadFree(families[family], next),
    finishLoad: () => {
      const damaged = ordered.find((family) => !family.link())
      return damaged === undefined
        ? { ok: true, root: roots.root() }
        : { ok: false, code: 'family_damaged', family: damaged.name }
    },
    root: roots.root,
    treesAt: (level) => {
      blocks.requireSealed()
      return ordered.map((family) => family.treeAt(level))
    },
    proofOf: (family, key) => {
      blocks.requireSealed()
      const path = recordPathOf(families[family], key)
      return path && { ...path, ...roots.pathOf(path.family) }
    },
  }
}

type Families<R extends RecordTypes> = { readonly [Name in keyof R]: Family<R[Name]> }

/** A family of each definition, under its name: the one place that ties names to record types. */
function familiesOf<R extends RecordTypes>(table: FamilyTable<R>): Families<R>
function familiesOf(table: FamilyTable<RecordTypes>): unknown {
  return Object.fromEntries(
    Object.entries(table).map(([name, definition]) => [name, createFamily(name, definition)]),
  )
}

/** The families by ascending number; a number twice or out of bounds is our mistake. */
function inOrder<R extends RecordTypes>(families: Families<R>): FamilySteps[] {
  const ordered: FamilySteps[] = Object.values(families)
  ordered.sort((a, b) => a.number - b.number)
  for (const [index, { name, number }] of ordered.entries()) {
    const above = ordered[index - 1]?.number ?? 0
    if (number <= above || number > FAMILY_NUMBER_MAX) throw new Error(`family ${name}: ${number}`)
  }
  return ordered
}

function viewOf<R extends RecordTypes>(
  families: Families<R>,
  requireOpen: () => void,
): StateView<R> {
  return {
    get: (family, key) => recordOf(families[family].slots, key),
    put: (family, key, record) => {
      requireOpen()
      return putRecord(families[family].slots, key, record)
    },
    remove: (family, key) => {
      requireOpen()
      return removeRecord(families[family].slots, key)
    },
    count: (family) => families[family].slots.slotOf.size,
    entries: (family) => entriesOf(families[family]),
    slotOf: (family, key) => families[family].slots.slotOf.get(key),
  }
}

type BlockSteps = Pick<
  State<RecordTypes>,
  'beginBlock' | 'sealBlock' | 'abandonBlock' | 'undoBlock'
>

/** The order of blocks: one in work at a time, taken back last first. */
function createBlocks(
  families: readonly FamilySteps[],
  { root }: RootTree,
): {
  readonly steps: BlockSteps
  readonly requireOpen: () => void
  readonly requireSealed: () => void
} {
  let open = false
  let sealed = 0
  let last = 0
  const requireOpen = (): void => {
    if (!open) throw new Error('no block in work')
  }
  const requireSealed = (): void => {
    if (open) throw new Error('a block is in work')
  }
  const beginBlock = (): void => {
    requireSealed()
    open = true
  }
  const sealBlock = (): BlockChanges => {
    requireOpen()
    open = false
    sealed += 1
    const writes: SlotWrite[] = []
    const reverts = families.map((family) => family.seal((write) => writes.push(write)))
    const undo = { block: sealed, before: last, reverts }
    last = sealed
    return { undo, writes, root: root() }
  }
  const abandonBlock = (): void => {
    requireOpen()
    open = false
    for (const family of families) family.takeBack(0)
  }
  const undoBlock = ({ block, before, reverts }: BlockUndo): void => {
    requireSealed()
    if (block !== last) throw new Error(`block ${block} is not the last, ${last}`)
    last = before
    for (const revert of reverts) revert()
  }
  return {
    steps: { beginBlock, sealBlock, abandonBlock, undoBlock },
    requireOpen,
    requireSealed,
  }
}

function takeBackTo(families: readonly FamilySteps[], mark: Mark): void {
  for (const [index, family] of families.entries()) family.takeBack(mark[index] ?? 0)
}

/** The tree over the family roots as of the last sealed block. */
type RootTree = {
  /** The state root. */
  readonly root: () => Hash
  /** The path of the family of this number. */
  readonly pathOf: (number: number) => Pick<StatePath, 'place' | 'families' | 'familyPath'>
}

/** A block changes some of the families: only their roots are set anew. */
function createRootTree(families: readonly FamilySteps[]): RootTree {
  const tree = createMerkleTree(families.length)
  const known: Uint8Array[] = []
  const update = (): void => {
    for (const [place, family] of families.entries()) {
      const root = family.root()
      if (known[place] === root) continue
      known[place] = root
      tree.set(place, root)
    }
  }
  return {
    root: () => {
      update()
      return hashOfHex(bytesToHex(stateRootOf(families.length, tree.root())))
    },
    pathOf: (number) => {
      update()
      const place = families.findIndex((family) => family.number === number)
      return { place, families: families.length, familyPath: tree.path(place) }
    },
  }
}
