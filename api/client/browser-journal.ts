import { clientError } from './error.ts'
import type { JournalStore } from './journal.ts'

/** What of a browser this journal needs, said here so that the client compiles without its types. */
type DbRequest<T> = {
  readonly result: T
  readonly error: unknown
  onsuccess: unknown
  onerror: unknown
}
type OpenRequest = DbRequest<Database> & { onupgradeneeded: unknown }
type ObjectStore = {
  readonly put: (value: string, key: string) => unknown
  readonly delete: (key: string) => unknown
  readonly getAll: () => DbRequest<readonly unknown[]>
  readonly getAllKeys: () => DbRequest<readonly unknown[]>
}
type DbTransaction = {
  readonly objectStore: (name: string) => ObjectStore
  readonly error: unknown
  oncomplete: unknown
  onabort: unknown
}
type Database = {
  readonly transaction: (
    store: string,
    mode: 'readonly' | 'readwrite',
    options: { readonly durability: 'strict' },
  ) => DbTransaction
  readonly createObjectStore: (name: string) => unknown
  readonly close: () => void
}
type Locks = {
  readonly request: (
    name: string,
    options: { readonly ifAvailable: true },
    use: (lock: object | null) => Promise<void>,
  ) => Promise<void>
}

/** IndexedDB and Web Locks, as `globalThis` has them on a secure page and on localhost. */
export type BrowserStorage = {
  readonly indexedDB: { readonly open: (name: string, version: number) => OpenRequest }
  readonly locks: Locks
}

const STORE = 'payments'

/**
 * A journal in this browser's IndexedDB, each write flushed to disk before it counts. One page has it
 * at a time: a second tab is refused with `journal_in_use`, so that it does not resolve, and cancel,
 * what the first is about to be told.
 */
export const openBrowserJournal = async (
  name: string,
  { indexedDB, locks }: BrowserStorage,
): Promise<JournalStore> => {
  const free = await holdLock(locks, `kermesse-${name}`)
  const opening = indexedDB.open(`kermesse-${name}`, 1)
  opening.onupgradeneeded = () => void opening.result.createObjectStore(STORE)
  const database = await resultOf(opening)
  const write = async (change: (store: ObjectStore) => void): Promise<void> => {
    const transaction = database.transaction(STORE, 'readwrite', { durability: 'strict' })
    change(transaction.objectStore(STORE))
    await completed(transaction)
  }
  return {
    all: async () => {
      const store = database.transaction(STORE, 'readonly', STRICT).objectStore(STORE)
      const [keys, values] = await Promise.all([
        resultOf(store.getAllKeys()),
        resultOf(store.getAll()),
      ])
      return new Map(keys.map((key, index) => [String(key), String(values[index])]))
    },
    put: (id, text) => write((store) => void store.put(text, id)),
    drop: (id) => write((store) => void store.delete(id)),
    close: async () => {
      database.close()
      await free()
    },
  }
}

const STRICT = { durability: 'strict' } as const

/** Holds a lock until the function that it gives is called, or the page is gone. */
const holdLock = async (locks: Locks, name: string): Promise<() => Promise<void>> => {
  let end = (): void => undefined
  const over = new Promise<void>((resolve) => {
    end = resolve
  })
  let released = Promise.resolve()
  const held = new Promise<void>((resolve, reject) => {
    released = locks.request(name, { ifAvailable: true }, async (lock) => {
      if (lock === null) throw clientError('journal_in_use', { retryable: true })
      resolve()
      await over
    })
    released.catch(reject)
  })
  await held
  return async () => {
    end()
    await released
  }
}

const resultOf = <T>(request: DbRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })

const completed = (transaction: DbTransaction): Promise<void> =>
  new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve()
    transaction.onabort = () => reject(transaction.error)
  })
