import type { JournalRecord } from '#consensus/journal-record.ts'
import { blocksOfFrame } from '#node/storage/block-frame.ts'
import { inOrder } from '#node/storage/completion.ts'
import type { DirectoryPort, FilePort } from '#node/storage/file-port.ts'
import { readFrame, type StoredFrame } from '#node/storage/frame.ts'
import { recordsOfFrame } from '#node/storage/journal-frame.ts'
import type { KeyValuePort } from '#node/storage/key-value-port.ts'
import type { SegmentSizes, StoragePorts } from '#node/storage/storage.ts'
import { equalBytes } from '#protocol/bytes.ts'
import type { Hash } from '#protocol/hash.ts'
import {
  createMemoryDisk,
  type MemoryDisk,
  type MemorySnapshot,
} from '#test/support/memory-files.ts'
import {
  createMemoryKeyValues,
  type Damage,
  type KeyValueSnapshot,
} from '#test/support/memory-key-values.ts'
import type { RandomSource } from './random.ts'
import type { Load } from './swarm.ts'

/** Small enough that segments change now and then, large enough for any one write of a simulation. */
const SEGMENT_SIZES: SegmentSizes = { journal: 131_072, blocks: 262_144 }
/** For loads that fill blocks as no seed does. */
const LARGE_SEGMENT_SIZES: SegmentSizes = { journal: 262_144, blocks: 1_048_576 }

/** Every start reads all of them: they are as small as a load allows. */
export const segmentSizesOf = (load: Load): SegmentSizes =>
  load === 'wholeFair' || load === 'tightCaps' ? LARGE_SEGMENT_SIZES : SEGMENT_SIZES

/** What a disk tells and asks of the simulation. */
export type DiskHooks = {
  /** Before anything is written, and before a sync is acknowledged: the process may die here. */
  readonly beforeAct: () => void
  /** Runs `complete` after as long as the disk takes, in the process that asked. */
  readonly later: (complete: () => void) => void
  /** An act has ended with an error of the system: whoever asked for it is told next, if it is `needed`. */
  readonly onFailure: (needed: boolean) => void
  /** A loss of power left a part of a write. */
  readonly onTorn: () => void
  /** What a sync of one of the logs has just made durable. */
  readonly onDurable: (records: readonly JournalRecord[], blocks: readonly Hash[]) => void
}

/**
 * What is wrong with a disk. `EIO`: nothing works any more; `ENOSPC`: what is there can be written
 * over, nothing can be added.
 */
export type DiskTrouble = 'EIO' | 'ENOSPC'

/** Everything durable at one moment. */
export type DiskImage = {
  readonly journal: MemorySnapshot
  readonly blocks: MemorySnapshot
  readonly keyValues: KeyValueSnapshot
}

/** The disk of one machine: it outlives the processes that use it. */
export type SimulatedDisk = {
  /** For a new process. */
  readonly open: () => StoragePorts
  /** Power is lost: what was not synced is lost or torn. */
  readonly crash: (random: () => number) => void
  /** The process died, what it wrote stays. */
  readonly kill: () => void
  /** From now on acts fail; undefined: no more. */
  readonly trouble: (trouble: DiskTrouble | undefined) => void
  readonly image: () => DiskImage
  /** Everything is as it was at that moment. Only while no process runs. */
  readonly restore: (image: DiskImage) => void
  /** Flips a bit of what a log or the store holds, if it holds anything. */
  readonly flip: (where: 'journal' | 'blocks' | 'store', random: RandomSource) => void
  readonly eraseJournal: () => void
  /** Another disk, with nothing on it. Only while no process runs. */
  readonly renew: () => void
  /** Bytes of the vote journal's files. */
  readonly journalBytes: () => number
}

export const createSimulatedDisk = (hooks: DiskHooks): SimulatedDisk => {
  let trouble: DiskTrouble | undefined
  const fault = ({ act }: { readonly act: string }): DiskTrouble | undefined => {
    if (trouble === 'ENOSPC' && act !== 'preallocate' && act !== 'batch') return undefined
    // Space that is only wanted ahead of time may be had later: nobody has failed yet.
    if (trouble !== undefined) hooks.onFailure(act !== 'preallocate')
    return trouble
  }
  const schedule = (act: { readonly act: string }, complete: () => void): void => {
    if (act.act === 'sync' || act.act === 'batch') hooks.later(complete)
    else complete()
  }
  const journal = createMemoryDisk({ schedule, fault })
  const blocks = createMemoryDisk({ schedule, fault })
  const keyValues = createMemoryKeyValues({ schedule, fault })
  const onJournal = (frames: readonly StoredFrame[]): void =>
    hooks.onDurable(
      frames.flatMap((frame) => recordsOfFrame(frame) ?? []),
      [],
    )
  const onBlocks = (frames: readonly StoredFrame[]): void => {
    const digests = frames.flatMap((frame) => blocksOfFrame(frame) ?? [])
    hooks.onDurable(
      [],
      digests.map(({ digest }) => digest),
    )
  }
  const journalWatch: Watch = { ...hooks, onFrames: onJournal, unsynced: new Map() }
  const blocksWatch: Watch = { ...hooks, onFrames: onBlocks, unsynced: new Map() }
  const restore = (image: DiskImage): void => {
    journal.restore(image.journal)
    blocks.restore(image.blocks)
    keyValues.restore(image.keyValues)
    journalWatch.unsynced.clear()
    blocksWatch.unsynced.clear()
  }
  const imageNow = (): DiskImage => ({
    journal: journal.snapshot(),
    blocks: blocks.snapshot(),
    keyValues: keyValues.snapshot(),
  })
  const empty = imageNow()
  return {
    open: () => ({
      journal: watched(journal.directory, journalWatch),
      blocks: watched(blocks.directory, blocksWatch),
      keyValues: watchedDatabase(keyValues.open(), hooks),
      pace: { from: 0, gather: hooks.later },
    }),
    crash: (random) => {
      journal.crash(random)
      blocks.crash(random)
      keyValues.crash(random)
      showSurvivors(journalWatch, journal)
      showSurvivors(blocksWatch, blocks)
    },
    kill: () => {
      journal.kill()
      blocks.kill()
      keyValues.kill()
    },
    trouble: (next) => {
      trouble = next
    },
    image: imageNow,
    restore,
    renew: () => restore(empty),
    flip: (where, random) => {
      if (where === 'store') keyValues.flip(drawDamage(random))
      else flipIn(where === 'journal' ? journal : blocks, random)
    },
    journalBytes: () =>
      [...journal.sizes()].reduce((sum, [name, size]) => (isSetAside(name) ? sum : sum + size), 0),
    eraseJournal: () => {
      for (const name of journal.sizes().keys()) journal.erase(name)
      journalWatch.unsynced.clear()
    },
  }
}

/** What is kept of a lost journal, which nobody reads. */
const isSetAside = (name: string): boolean => name.includes('.lost-')

/** Some of the newest frames of a log. */
const RECENT_BYTES = 4_096

const flipIn = (disk: MemoryDisk, random: RandomSource): void => {
  const files = [...disk.sizes().keys()].flatMap((name) => {
    const used = disk.written(name).findLastIndex((byte) => byte !== 0) + 1
    return used === 0 || isSetAside(name) ? [] : [{ name, used }]
  })
  const [file] = random.shuffle(files)
  if (file === undefined) return
  // Half of them in what was written last, which a start reads first.
  const from = random.chance(0.5) ? Math.max(0, file.used - RECENT_BYTES) : 0
  disk.flip(file.name, random.between(from, file.used - 1), random.below(8))
}

/** More entries, and more bits of one, than a simulation's store has. */
const ENTRIES_MAX = 1_000_000
const BITS_MAX = 16_384

const drawDamage = (random: RandomSource): Damage => ({
  entry: random.below(ENTRIES_MAX),
  part: random.chance(0.2) ? 'key' : 'value',
  bit: random.below(BITS_MAX),
})

type OnFrames = (frames: readonly StoredFrame[]) => void

/** A directory whose syncs are seen, over all processes that use it. */
type Watch = DiskHooks & {
  readonly onFrames: OnFrames
  /** Writes not synced yet, by file. */
  readonly unsynced: Map<string, Written[]>
}

type Written = { readonly offset: number; readonly bytes: Uint8Array }

const watched = (directory: DirectoryPort, watch: Watch): DirectoryPort => ({
  ...directory,
  open: (name) => watchedFile(directory.open(name), watch),
  rename: (name, to, done) => {
    watch.beforeAct()
    watch.unsynced.delete(name)
    directory.rename(name, to, done)
  },
  remove: (name, done) => {
    watch.beforeAct()
    directory.remove(name, done)
  },
  preallocate: (name, size, answer) =>
    directory.preallocate(name, size, (result) =>
      answer(result.ok ? { ok: true, value: watchedFile(result.value, watch) } : result),
    ),
})

/** Knows what a sync covers: the frames written before it began, by whatever process. */
const watchedFile = (file: FilePort, watch: Watch): FilePort => {
  const steps = watchedSteps(file, watch)
  return {
    ...file,
    ...steps,
    // One act of the real disk; here power may be lost between its halves too.
    writeDurably: (offset, bytes, done) =>
      inOrder([(next) => steps.write(offset, bytes, next), (next) => steps.sync(next)], done),
  }
}

const watchedSteps = (
  file: FilePort,
  { beforeAct, onFrames, unsynced }: Watch,
): Pick<FilePort, 'write' | 'sync'> => ({
  write: (offset, bytes, done) => {
    beforeAct()
    unsynced.set(file.name, [...(unsynced.get(file.name) ?? []), { offset, bytes: bytes.slice() }])
    file.write(offset, bytes, done)
  },
  sync: (done) => {
    beforeAct()
    const covered = unsynced.get(file.name) ?? []
    file.sync((error) => {
      const later = (unsynced.get(file.name) ?? []).slice(covered.length)
      unsynced.set(file.name, later)
      if (error === undefined) onFrames(covered.flatMap(frameIn))
      beforeAct()
      done(error)
    })
  },
})

/** After a loss of power: what was written, never synced, and is there nevertheless. */
const showSurvivors = ({ onFrames, onTorn, unsynced }: Watch, disk: MemoryDisk): void => {
  for (const [name, written] of unsynced) {
    const file = disk.written(name)
    const survivors = written.filter(({ offset, bytes }) =>
      equalBytes(file.subarray(offset, offset + bytes.length), bytes),
    )
    for (const { offset, bytes } of written) {
      const found = file.subarray(offset, offset + bytes.length)
      if (!equalBytes(found, bytes) && found.some((byte) => byte !== 0)) onTorn()
    }
    onFrames(survivors.flatMap(frameIn))
  }
  unsynced.clear()
}

const frameIn = ({ bytes }: Written): readonly StoredFrame[] => {
  const frame = readFrame(bytes, 0, bytes.length)
  return frame === undefined ? [] : [frame]
}

const watchedDatabase = (port: KeyValuePort, hooks: DiskHooks): KeyValuePort => ({
  ...port,
  batch: (changes, options, done) => {
    hooks.beforeAct()
    port.batch(changes, options, (error) => {
      hooks.beforeAct()
      done(error)
    })
  },
})
