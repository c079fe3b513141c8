import { mkdir, readFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { z } from 'zod'
import { NetworkId } from '#protocol/id.ts'
import { syncFolder, writeDurably } from '../keys/durable-file.ts'
import { type Done, promised } from './completion.ts'
import type { KeyValuePort } from './key-value-port.ts'
import { openLevel } from './level-key-values.ts'
import {
  BLOCK_SEGMENT_BYTES,
  COMMIT_GATHERED_FROM,
  COMMIT_PAUSE_MS,
  JOURNAL_SEGMENT_BYTES,
  LOCAL_PAUSE_MS,
} from './limits.ts'
import { createNodeDirectory } from './node-files.ts'
import { createPace } from './pace.ts'
import { openStorage, type SegmentSizes, type Storage } from './storage.ts'
import { StorageError, storageErrorOf, systemCodeOf } from './storage-error.ts'
import { parseStored } from './stored-json.ts'

/** Format of everything in the directory. */
const FORMAT = 2
const MARKER = 'kermesse-data.json'
const FOLDERS = { state: 'state', journal: 'journal', blocks: 'blocks' } as const
const DIRECTORY_MODE = 0o700

const SEGMENT_SIZES: SegmentSizes = {
  journal: JOURNAL_SEGMENT_BYTES,
  blocks: BLOCK_SEGMENT_BYTES,
}

/** What a data directory is, and whose; beside it lie only our folders and what the operator adds. */
const Marker = z.strictObject({ format: z.literal(FORMAT), network: NetworkId })

export type DataDirectoryOptions = {
  readonly path: string
  readonly network: NetworkId
  /** Smaller ones for tests and throw-away networks; never changed in an existing directory. */
  readonly segments?: SegmentSizes
  /** Before anything is read of it: what the database is to hold first. */
  readonly prepare?: (keyValues: KeyValuePort) => Promise<void>
}

/** One node's directory on disk, held by this process alone until it is disposed of. */
export class DataDirectory {
  readonly path: string
  readonly storage: Storage
  /** The database under the storage: the state is loaded from it. */
  readonly keyValues: KeyValuePort
  #closed: Promise<void> | undefined

  private constructor(path: string, storage: Storage, keyValues: KeyValuePort) {
    this.path = path
    this.storage = storage
    this.keyValues = keyValues
  }

  /**
   * Takes the lock, then checks whose directory it is, then opens what it holds. Errors:
   * `data_directory_in_use`, `data_directory_foreign`, `data_directory_unknown`, those of
   * `openStorage`, those of the disk, and whatever `prepare` throws.
   */
  static async open(options: DataDirectoryOptions): Promise<DataDirectory> {
    const { path, network, segments = SEGMENT_SIZES, prepare } = options
    await ofDisk(path, () => makeFolders(path))
    const keyValues = await openLevel(join(path, FOLDERS.state))
    try {
      await ofDisk(path, () => claim(path, network))
      await prepare?.(keyValues)
      const journal = createNodeDirectory(join(path, FOLDERS.journal))
      const blocks = createNodeDirectory(join(path, FOLDERS.blocks))
      const pace = { from: COMMIT_GATHERED_FROM, gather: createPace(COMMIT_PAUSE_MS) }
      const ports = { journal, blocks, keyValues, gather: createPace(LOCAL_PAUSE_MS), pace }
      const storage = await ofDisk(path, () =>
        promised<Storage>((answer) => openStorage(ports, segments, answer)),
      )
      return new DataDirectory(path, storage, keyValues)
    } catch (cause) {
      await settled(keyValues.close)
      throw cause
    }
  }

  /** Ends once everything given before is on disk, and gives the lock back. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed ??= settled(this.storage.close)
    await this.#closed
  }
}

/** What fails here is the disk's failure. */
const ofDisk = async <T>(path: string, act: () => Promise<T>): Promise<T> => {
  try {
    return await act()
  } catch (cause) {
    throw storageErrorOf(path, cause)
  }
}

const settled = (act: (done: Done) => void): Promise<void> =>
  promised((answer) =>
    act((error) =>
      answer(error === undefined ? { ok: true, value: undefined } : { ok: false, error }),
    ),
  )

const makeFolders = async (path: string): Promise<void> => {
  for (const folder of Object.values(FOLDERS)) {
    await mkdir(join(path, folder), { recursive: true, mode: DIRECTORY_MODE })
  }
}

/** Compares the marker with ours, or writes it, durably, into a new directory. */
const claim = async (path: string, network: NetworkId): Promise<void> => {
  const bytes = await markerIn(path)
  if (bytes === undefined) {
    await writeDurably(join(path, MARKER), `${JSON.stringify({ format: FORMAT, network })}\n`)
    // The directory's own entry too: a power cut that took it along would take the votes in it.
    await syncFolder(dirname(resolve(path)))
    return
  }
  const marker = parseStored(Marker, bytes)
  if (marker === undefined) {
    throw new StorageError(
      'data_directory_unknown',
      `${join(path, MARKER)} is of a format this version does not know`,
    )
  }
  if (marker.network !== network) {
    throw new StorageError(
      'data_directory_foreign',
      `${path} belongs to network ${marker.network}, not to ${network}. Check genesis and directory`,
    )
  }
}

const markerIn = async (path: string): Promise<Uint8Array | undefined> => {
  try {
    return await readFile(join(path, MARKER))
  } catch (cause) {
    if (systemCodeOf(cause) === 'ENOENT') return undefined
    throw cause
  }
}
