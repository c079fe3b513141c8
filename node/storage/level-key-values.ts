import { Level } from 'level'
import type { Changes } from './changes.ts'
import type { Answer, Done } from './completion.ts'
import type { Entry, KeyRange, KeyValuePort } from './key-value-port.ts'
import { DATABASE_DEADLINE_MS, START_PAGE } from './limits.ts'
import { StorageError, storageErrorOf, systemCodeOf } from './storage-error.ts'

/** What LevelDB keeps in memory before it sorts it into files: the more, the less it writes again. */
const WRITE_BUFFER_BYTES = 16 * 1_048_576

/** Bytes of one page of texts, at most. */
const PAGE_BYTES = 2 * 1_048_576

/**
 * Files held open, ten beside the tables of 2 MiB each: the fewest that LevelDB takes. It maps whole tables
 * into memory, and a start reads all of them. Whatever is read besides needs a few; opening another takes
 * microseconds.
 */
const OPEN_FILES_MAX = 74

/** A key that nobody reads is still handed over: as an empty text it costs nothing, as bytes a microsecond. */
const UNREAD_KEYS = {
  name: 'unread',
  format: 'utf8',
  encode: (key: Uint8Array): Uint8Array => key,
  decode: (): Uint8Array => NO_BYTES,
} as const
const NO_BYTES = new Uint8Array(0)

const TEXTS_ALONE = {
  keys: false,
  keyEncoding: UNREAD_KEYS,
  valueEncoding: 'utf8',
  highWaterMarkBytes: PAGE_BYTES,
} as const

/**
 * Opens LevelDB in a directory, which it locks against every other process and itself. Errors:
 * `data_directory_in_use`, `state_corrupt`, and those of the disk.
 */
export const openLevel = async (path: string): Promise<KeyValuePort> => {
  const db: Database = new Level<Uint8Array, Uint8Array>(path, {
    keyEncoding: 'view',
    valueEncoding: 'view',
    writeBufferSize: WRITE_BUFFER_BYTES,
    maxOpenFiles: OPEN_FILES_MAX,
  })
  try {
    await withDeadline(db.open(), `${path}: opening the database`)
  } catch (cause) {
    throw openErrorOf(path, cause)
  }
  return {
    get: (key) => {
      try {
        return db.getSync(key)
      } catch (cause) {
        throw failureOf(path, cause)
      }
    },
    range: answered(path, (range) => readRange(db, range)),
    freeze: () => {
      const snapshot = db.snapshot()
      return {
        texts: answered(path, (range) => readFrozen(db, range, snapshot)),
        // What is still read is ended first. Nobody waits for it: the database closes it with itself.
        release: () => void snapshot.close(),
      }
    },
    texts: (range, onPage, done) => settle(path, readTexts(db, range, onPage), done),
    batch: (changes, { sync }, done) => settle(path, writeBatch(db, changes, sync), done),
    close: (done) => settle(path, db.close(), done),
  }
}

type Database = Level<Uint8Array, Uint8Array>

/** A chained batch hands each change straight to LevelDB, which copies it: half the time of an array. */
const writeBatch = async (db: Database, changes: Changes, sync: boolean): Promise<void> => {
  const batch = db.batch()
  changes.writeTo({
    put: (key, value) => batch.put(key, value),
    remove: (key) => batch.del(key),
  })
  await batch.write({ sync })
}

const answered =
  <T>(path: string, read: (range: KeyRange) => Promise<T>) =>
  (range: KeyRange, answer: Answer<T>): void => {
    read(range).then(
      (value) => answer({ ok: true, value }),
      (cause) => answer({ ok: false, error: failureOf(path, cause) }),
    )
  }

const readRange = async (db: Database, range: KeyRange): Promise<readonly Entry[]> => {
  const rows = await withDeadline(db.iterator(boundsOf(range)).all(), READING)
  return rows.map(([key, value]) => ({ key, value }))
}

const readFrozen = async (
  db: Database,
  range: KeyRange,
  snapshot: ReturnType<Database['snapshot']>,
): Promise<readonly string[]> => {
  const iterator = db.iterator<Uint8Array, string>({
    ...boundsOf(range),
    ...TEXTS_ALONE,
    snapshot,
  })
  const rows = await withDeadline(iterator.all(), READING)
  return rows.map(([, text]) => text)
}

const READING = 'reading the database'

const boundsOf = ({ from, to, limit, reverse }: KeyRange) => ({
  gte: from,
  lt: to,
  limit,
  reverse: reverse ?? false,
})

/** While a page is taken the next one is being read. */
const readTexts = async (
  db: Database,
  { from, to }: Pick<KeyRange, 'from' | 'to'>,
  onPage: (texts: readonly string[]) => void,
): Promise<void> => {
  const iterator = db.iterator<Uint8Array, string>({
    gte: from,
    lt: to,
    ...TEXTS_ALONE,
  })
  try {
    const next = (): Promise<[Uint8Array, string][]> =>
      withDeadline(iterator.nextv(START_PAGE), 'reading the database')
    for (let page = await next(); page.length > 0; ) {
      const following = next()
      onPage(page.map(([, text]) => text))
      page = await following
    }
  } finally {
    await iterator.close()
  }
}

/** Runs `done` outside the promise, so that what it throws is nobody's rejection but a crash. */
const settle = (path: string, promise: Promise<void>, done: Done): void => {
  promise.then(
    () => queueMicrotask(() => done()),
    (cause) => queueMicrotask(() => done(failureOf(path, cause))),
  )
}

const withDeadline = async <T>(promise: Promise<T>, doing: string): Promise<T> => {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => {
    reject(new StorageError('io_failed', `${doing} took more than ${DATABASE_DEADLINE_MS} ms`))
  }, DATABASE_DEADLINE_MS)
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

const openErrorOf = (path: string, cause: unknown): StorageError => {
  const inner = cause instanceof Error ? cause.cause : undefined
  if (systemCodeOf(cause) === 'LEVEL_LOCKED' || systemCodeOf(inner) === 'LEVEL_LOCKED') {
    return new StorageError(
      'data_directory_in_use',
      `${path} is in use by another process. Stop that node, or give this one its own directory`,
      { cause },
    )
  }
  return failureOf(path, inner ?? cause)
}

const failureOf = (path: string, cause: unknown): StorageError => {
  if (systemCodeOf(cause) === 'LEVEL_CORRUPTION') {
    return new StorageError('state_corrupt', `the database in ${path} is corrupt`, { cause })
  }
  // LevelDB passes on what the operating system said only as text: nothing else tells a full disk.
  const full = cause instanceof Error && cause.message.includes('No space left on device')
  return full
    ? new StorageError('disk_full', `${path}: the disk is full; free some space`, { cause })
    : storageErrorOf(path, cause)
}
