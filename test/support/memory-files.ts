import { type Answer, type Done, inOrder, type Result } from '#node/storage/completion.ts'
import type { DirectoryPort, FilePort } from '#node/storage/file-port.ts'
import { StorageError, storageErrorOf } from '#node/storage/storage-error.ts'

/** What a crash can tear: a sector is written whole or not at all. */
export const SECTOR_BYTES = 512

/** An act on a file whose end the simulator may delay or fail. */
export type DiskAct = {
  readonly act: 'read' | 'write' | 'sync' | 'preallocate' | 'rename' | 'remove'
  readonly file: string
  readonly bytes: number
}

export type MemoryDiskOptions = {
  /** Runs an act's completion, now or later; the default is at once. Order of acts is the caller's. */
  readonly schedule?: (act: DiskAct, complete: () => void) => void
  /** The system's error code an act ends with (`EIO`, `ENOSPC`), or undefined when it works. */
  readonly fault?: (act: DiskAct) => string | undefined
}

/**
 * A disk in memory. A write is seen at once by whoever reads, as in a page cache, and survives a
 * crash only after a sync that began when it was done. What a failed sync covered is seen on, and no
 * later sync tries again, as in Linux: only another write makes it durable.
 */
export type MemoryDisk = {
  readonly directory: DirectoryPort
  /**
   * The machine loses power: each sector that was written since the last sync is kept or lost as
   * `random` (uniform in [0, 1)) says. Nothing asked before is completed, and old handles are dead.
   */
  readonly crash: (random: () => number) => void
  /** The process dies, the machine stays: what was written stays too. Old handles are dead. */
  readonly kill: () => void
  /** Names of files with their bytes as they would be read now. */
  readonly contents: () => ReadonlyMap<string, Uint8Array>
  /** Names of files with how long they are. */
  readonly sizes: () => ReadonlyMap<string, number>
  /** A file's bytes as they would be read now, up to some of the zeros at its end; not a copy. */
  readonly written: (file: string) => Uint8Array
  /** Damages a file behind everybody's back: flips one bit. */
  readonly flip: (file: string, offset: number, bit: number) => void
  /** Everything durable, to be restored later: a rolled-back directory. */
  readonly snapshot: () => MemorySnapshot
  readonly restore: (snapshot: MemorySnapshot) => void
  readonly erase: (file: string) => void
  readonly syncs: () => number
}

/** Files by name: how long each is, and its bytes; from their end on all are 0. */
export type MemorySnapshot = ReadonlyMap<string, FileImage>
export type FileImage = { readonly size: number; readonly bytes: Uint8Array }

export const imageOf = (bytes: Uint8Array): FileImage => ({ size: bytes.length, bytes })

/**
 * A file: how long it is, what is read now, what a crash leaves, and the sectors in which they may
 * differ. The bytes end somewhere after the last one that was ever written; from there on all are 0.
 */
type Stored = {
  size: number
  current: Uint8Array
  durable: Uint8Array
  readonly dirty: Set<number>
}

export const createMemoryDisk = (options: MemoryDiskOptions = {}): MemoryDisk => {
  const files = new Map<string, Stored>()
  /** Handles of an older generation belong to a process that is gone. */
  let generation = 0
  let syncs = 0

  const run = <T>(act: DiskAct, work: () => Result<T>, answer: Answer<T>): void => {
    const born = generation
    const complete = (): void => {
      if (born !== generation) return
      const code = options.fault?.(act)
      answer(code === undefined ? work() : { ok: false, error: systemError(act, code) })
    }
    if (options.schedule === undefined) complete()
    else options.schedule(act, complete)
  }

  const dieing = (): void => {
    generation += 1
  }

  const handle = (name: string, stored: Stored): FilePort => {
    const born = generation
    const alive = (): void => {
      if (born !== generation) throw new Error(`${name}: this process is gone`)
    }
    const file: FilePort = {
      name,
      size: stored.size,
      read: (offset, length) => {
        alive()
        const code = options.fault?.({ act: 'read', file: name, bytes: length })
        if (code !== undefined) throw systemError({ act: 'read', file: name, bytes: length }, code)
        return slice(stored, name, offset, length)
      },
      write: (offset, bytes, done) => {
        alive()
        const copy = bytes.slice()
        const act = { act: 'write', file: name, bytes: copy.length } as const
        // Seen, and torn by a crash, from the moment it is asked for.
        put(stored, offset, copy)
        run(act, () => ({ ok: true, value: undefined }), toDone(done))
      },
      sync: (done) => {
        alive()
        // Only what was written when the sync began is covered by it.
        const covered = sectorsOf(stored)
        run(
          { act: 'sync', file: name, bytes: 0 },
          () =>
            succeed(() => {
              syncs += 1
              harden(stored, covered)
            }),
          (result) => {
            if (!result.ok) giveUp(stored, covered)
            toDone(done)(result)
          },
        )
      },
      writeDurably: (offset, bytes, done) =>
        inOrder([(next) => file.write(offset, bytes, next), (next) => file.sync(next)], done),
      close: (done) => done(),
    }
    return file
  }

  const need = (name: string): Stored => {
    const stored = files.get(name)
    if (stored === undefined) throw new StorageError('io_failed', `${name} does not exist`)
    return stored
  }

  const directory: DirectoryPort = {
    list: () => [...files.keys()].sort(),
    open: (name) => handle(name, need(name)),
    preallocate: (name, size, answer) =>
      run(
        { act: 'preallocate', file: name, bytes: size },
        () => {
          const stored = files.get(name) ?? storedOf(imageOf(new Uint8Array(0)))
          files.set(name, stored)
          stored.size = Math.max(stored.size, size)
          return { ok: true, value: handle(name, stored) }
        },
        answer,
      ),
    rename: (name, to, done) =>
      run(
        { act: 'rename', file: name, bytes: 0 },
        () =>
          succeed(() => {
            files.set(to, need(name))
            files.delete(name)
          }),
        toDone(done),
      ),
    remove: (name, done) =>
      run(
        { act: 'remove', file: name, bytes: 0 },
        () => succeed(() => files.delete(name)),
        toDone(done),
      ),
    read: (name, { offset, length }, answer) =>
      run(
        { act: 'read', file: name, bytes: length },
        () => ({ ok: true, value: slice(need(name), name, offset, length) }),
        answer,
      ),
  }

  return {
    directory,
    crash: (random) => {
      dieing()
      for (const stored of files.values()) tear(stored, random)
    },
    kill: dieing,
    contents: () =>
      new Map([...files].map(([name, { current, size }]) => [name, whole(current, size)])),
    sizes: () => new Map([...files].map(([name, { size }]) => [name, size])),
    written: (file) => files.get(file)?.current ?? new Uint8Array(0),
    flip: (file, offset, bit) => {
      const stored = need(file)
      cover(stored, offset + 1)
      for (const bytes of [stored.current, stored.durable]) {
        bytes[offset] = (bytes[offset] ?? 0) ^ (1 << bit)
      }
    },
    snapshot: () =>
      new Map(
        [...files].map(([name, { durable, size }]) => [name, { size, bytes: durable.slice() }]),
      ),
    restore: (snapshot) => {
      dieing()
      files.clear()
      for (const [name, image] of snapshot) files.set(name, storedOf(image))
    },
    erase: (file) => {
      files.delete(file)
    },
    syncs: () => syncs,
  }
}

const succeed = (work: () => void): Result<undefined> => {
  work()
  return { ok: true, value: undefined }
}

const toDone =
  (done: Done): Answer<undefined> =>
  (result) =>
    result.ok ? done() : done(result.error)

const systemError = ({ act, file }: DiskAct, code: string): StorageError =>
  storageErrorOf(`${act} ${file}`, Object.assign(new Error(code), { code }))

const storedOf = ({ size, bytes }: FileImage): Stored => ({
  size,
  current: bytes.slice(),
  durable: bytes.slice(),
  dirty: new Set(),
})

/** A copy of a file's bytes with the zeros that follow them. */
const whole = (bytes: Uint8Array, size: number): Uint8Array => {
  const copy = new Uint8Array(size)
  copy.set(bytes)
  return copy
}

const slice = (stored: Stored, name: string, offset: number, length: number): Uint8Array => {
  if (offset + length > stored.size) {
    throw new StorageError('io_failed', `${name} ends before byte ${offset + length}`)
  }
  return whole(stored.current.subarray(offset, offset + length), length)
}

const put = (stored: Stored, offset: number, bytes: Uint8Array): void => {
  if (offset + bytes.length > stored.size) throw new Error('a write past the end')
  cover(stored, offset + bytes.length)
  stored.current.set(bytes, offset)
  const last = Math.floor((offset + bytes.length - 1) / SECTOR_BYTES)
  for (let sector = Math.floor(offset / SECTOR_BYTES); sector <= last; sector++) {
    stored.dirty.add(sector)
  }
}

const FIRST_BYTES = 16 * SECTOR_BYTES

/** Makes room for what is written up to `end`, whole sectors of it. */
const cover = (stored: Stored, end: number): void => {
  const { current, durable, size } = stored
  if (current.length >= end) return
  const twice = Math.max(FIRST_BYTES, 2 * current.length)
  const length = Math.min(size, Math.max(twice, Math.ceil(end / SECTOR_BYTES) * SECTOR_BYTES))
  stored.current = whole(current, length)
  stored.durable = whole(durable, length)
}

type Sector = { readonly sector: number; readonly bytes: Uint8Array }

const sectorsOf = ({ current, dirty }: Stored): readonly Sector[] =>
  [...dirty].map((sector) => ({ sector, bytes: sectorIn(current, sector).slice() }))

const sectorIn = (bytes: Uint8Array, sector: number): Uint8Array =>
  bytes.subarray(sector * SECTOR_BYTES, (sector + 1) * SECTOR_BYTES)

/** The sync failed: what it covered counts as clean, and is not on the disk. */
const giveUp = (stored: Stored, covered: readonly Sector[]): void => {
  for (const { sector, bytes } of covered) {
    if (Buffer.compare(sectorIn(stored.current, sector), bytes) === 0) stored.dirty.delete(sector)
  }
}

const harden = (stored: Stored, covered: readonly Sector[]): void => {
  for (const { sector, bytes } of covered) {
    stored.durable.set(bytes, sector * SECTOR_BYTES)
    // What was written since stays at risk.
    if (Buffer.compare(sectorIn(stored.current, sector), bytes) === 0) stored.dirty.delete(sector)
  }
}

const tear = ({ current, durable, dirty }: Stored, random: () => number): void => {
  for (const sector of dirty) {
    const [from, to] = random() < 0.5 ? [current, durable] : [durable, current]
    to.set(sectorIn(from, sector), sector * SECTOR_BYTES)
  }
  dirty.clear()
}
