import {
  close,
  constants,
  fdatasync,
  fstatSync,
  fsync,
  ftruncate,
  open,
  openSync,
  read,
  readdirSync,
  readSync,
  rename,
  unlink,
  write,
} from 'node:fs'
import { join } from 'node:path'
import {
  type Answer,
  type Done,
  guarded,
  inOrder,
  type Step,
  together,
  whenDone,
  withValue,
} from './completion.ts'
import type { DirectoryPort, FilePort } from './file-port.ts'
import { ZERO_CHUNK_BYTES } from './limits.ts'
import { StorageError, storageErrorOf } from './storage-error.ts'

/** Files of an existing directory of this machine, readable by their owner only. */
export const createNodeDirectory = (path: string): DirectoryPort => ({
  list: () => blocking(path, () => readdirSync(path).sort()),
  open: (name) =>
    blocking(join(path, name), () =>
      fileOf(join(path, name), name, openSync(join(path, name), constants.O_RDWR)),
    ),
  preallocate: (name, size, answer) => preallocate(path, { name, size }, answer),
  rename: (name, to, done) =>
    inOrder(
      [
        (next) => rename(join(path, name), join(path, to), completed(path, next)),
        (next) => syncDirectory(path, next),
      ],
      done,
    ),
  remove: (name, done) =>
    inOrder(
      [
        (next) => unlink(join(path, name), completed(path, next)),
        (next) => syncDirectory(path, next),
      ],
      done,
    ),
  read: (name, range, answer) => readPart(join(path, name), range, answer),
})

const FILE_MODE = 0o600

const blocking = <T>(path: string, act: () => T): T => {
  try {
    return act()
  } catch (cause) {
    throw storageErrorOf(path, cause)
  }
}

/**
 * A file that was opened. It is opened once more with O_DSYNC (open(2)): a write through that
 * descriptor is a write and fdatasync in one, and half as many turns of the event loop. May throw.
 */
const fileOf = (path: string, name: string, descriptor: number): FilePort => {
  const durable = openSync(path, constants.O_WRONLY | constants.O_DSYNC)
  return {
    name,
    size: fstatSync(descriptor).size,
    read: (offset, length) => blocking(path, () => readWhole(path, descriptor, { offset, length })),
    write: (offset, bytes, done) => writeWhole(path, descriptor, { offset, bytes }, done),
    writeDurably: (offset, bytes, done) => writeWhole(path, durable, { offset, bytes }, done),
    sync: (done) => fdatasync(descriptor, completed(path, done)),
    close: (done) =>
      together(
        [descriptor, durable].map((each) => closing(path, each)),
        done,
      ),
  }
}

const closing =
  (path: string, descriptor: number): Step =>
  (done) =>
    close(descriptor, completed(path, done))

const completed =
  (path: string, done: Done) =>
  (cause: Error | null | undefined): void =>
    cause ? done(storageErrorOf(path, cause)) : done()

type Range = { readonly offset: number; readonly length: number }

const readWhole = (path: string, descriptor: number, { offset, length }: Range): Uint8Array => {
  const bytes = new Uint8Array(length)
  for (let at = 0; at < length; ) {
    const count = readSync(descriptor, bytes, at, length - at, offset + at)
    if (count === 0) throw shorter(path, offset + length)
    at += count
  }
  return bytes
}

/** The operating system may take a part of what it is given; the rest is given again. */
const writeWhole = (
  path: string,
  descriptor: number,
  { offset, bytes }: { readonly offset: number; readonly bytes: Uint8Array },
  done: Done,
): void =>
  write(descriptor, bytes, 0, bytes.length, offset, (cause, count) => {
    if (cause) done(storageErrorOf(path, cause))
    else if (count === bytes.length) done()
    else {
      const rest = bytes.subarray(count)
      writeWhole(path, descriptor, { offset: offset + count, bytes: rest }, done)
    }
  })

const preallocate = (
  directory: string,
  { name, size }: { readonly name: string; readonly size: number },
  answer: Answer<FilePort>,
): void => {
  const path = join(directory, name)
  opened(
    path,
    constants.O_RDWR | constants.O_CREAT,
    withValue(answer, (descriptor) =>
      lengthen(directory, { path, name, size, descriptor }, answer),
    ),
  )
}

const lengthen = (
  directory: string,
  file: {
    readonly path: string
    readonly name: string
    readonly size: number
    readonly descriptor: number
  },
  answer: Answer<FilePort>,
): void => {
  const { path, name, size, descriptor } = file
  const before = fstatSync(descriptor).size
  const finish = (): void =>
    guarded(
      answer,
      () => blocking(path, () => fileOf(path, name, descriptor)),
      (value) => answer({ ok: true, value }),
    )
  if (before >= size) {
    finish()
    return
  }
  const steps: Step[] = []
  for (let offset = before; offset < size; offset += ZERO_CHUNK_BYTES) {
    const bytes = ZEROS.subarray(0, Math.min(ZERO_CHUNK_BYTES, size - offset))
    steps.push((done) => writeWhole(path, descriptor, { offset, bytes }, done))
  }
  steps.push((done) => fsync(descriptor, completed(path, done)))
  steps.push((done) => syncDirectory(directory, done))
  inOrder(steps, (error) => {
    if (error === undefined) finish()
    else giveBack(descriptor, before, () => answer({ ok: false, error }))
  })
}

/** A segment that there is no room for must not take the last room from the database. */
const giveBack = (descriptor: number, size: number, done: () => void): void =>
  ftruncate(descriptor, size, () => close(descriptor, () => done()))

const ZEROS = new Uint8Array(ZERO_CHUNK_BYTES)

/** The entries of a directory are on disk. */
const syncDirectory = (path: string, done: Done): void =>
  opened(path, 'r', (result) => {
    if (!result.ok) {
      done(result.error)
      return
    }
    const descriptor = result.value
    fsync(descriptor, (cause) =>
      closed(path, descriptor, (error) => completed(path, () => done(error))(cause)),
    )
  })

const readPart = (path: string, range: Range, answer: Answer<Uint8Array>): void =>
  opened(
    path,
    'r',
    withValue(answer, (descriptor) => {
      const bytes = new Uint8Array(range.length)
      read(descriptor, bytes, 0, range.length, range.offset, (cause, count) =>
        closed(
          path,
          descriptor,
          whenDone(answer, () => {
            if (cause) answer({ ok: false, error: storageErrorOf(path, cause) })
            else if (count === range.length) answer({ ok: true, value: bytes })
            else answer({ ok: false, error: shorter(path, range.offset + range.length) })
          }),
        ),
      )
    }),
  )

const opened = (path: string, flags: string | number, answer: Answer<number>): void =>
  open(path, flags, FILE_MODE, (cause, descriptor) =>
    answer(
      cause ? { ok: false, error: storageErrorOf(path, cause) } : { ok: true, value: descriptor },
    ),
  )

const closed = (path: string, descriptor: number, done: Done): void =>
  close(descriptor, completed(path, done))

const shorter = (path: string, length: number): StorageError =>
  new StorageError('io_failed', `${path} ends before byte ${length}`)
