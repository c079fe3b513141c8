import type { z } from 'zod'
import { utf8 } from '#protocol/bytes.ts'
import type { BatchQueue } from './batch-queue.ts'
import { putting, removing } from './changes.ts'
import type { Answer, Done } from './completion.ts'
import { corruptState } from './corrupt-state.ts'
import { after, keyOf, namePart, type Prefix } from './key-map.ts'
import type { KeyValuePort } from './key-value-port.ts'
import { LOCAL_PENDING_MAX, LOCAL_PENDING_SPARED } from './limits.ts'
import { NameFilter } from './name-filter.ts'
import { eachEntry, readPage } from './range-reader.ts'
import { StorageError } from './storage-error.ts'
import { parseStored } from './stored-json.ts'

/** Facts of this node alone, as JSON under a name. Puts that arrive together share one sync. */
export type LocalTable<T> = {
  /**
   * What was put last, on disk or on its way there: nobody acts on what is about to be otherwise.
   * Throws `state_corrupt` when what is there is not a `T`.
   */
  readonly get: (name: string) => T | undefined
  /** Whether the disk keeps up: else what can wait, or be turned away, is not to be put. */
  readonly hasRoom: () => boolean
  /** On disk when done. */
  readonly put: (value: T, done: Done) => void
  readonly remove: (names: readonly string[], done: Done) => void
  /** Everything, by name; for tables that are small or read at start. */
  readonly each: (onValue: (value: T) => void, done: Done) => void
  /** Names after `from`, for sweeping what has lapsed. */
  readonly page: (from: string, limit: number, answer: Answer<readonly T[]>) => void
}

export type TableDefinition<T> = {
  readonly prefix: Prefix
  readonly schema: z.ZodType<T>
  /** The name a value is kept under. */
  readonly nameOf: (value: T) => string
  /** `rarely`: nearly every name that is asked for is not there; then nearly none goes to the disk. */
  readonly found?: 'rarely'
}

export const createLocalTable = <T>(
  port: KeyValuePort,
  queue: BatchQueue,
  { prefix, schema, nameOf, found }: TableDefinition<T>,
): LocalTable<T> => {
  const keyOfName = (name: string): Uint8Array => keyOf(prefix, namePart(name))
  const parse = (bytes: Uint8Array): T => {
    const value = parseStored(schema, bytes)
    if (value === undefined) throw corruptState(`a value of table ${prefix}`)
    return value
  }
  const push: BatchQueue['push'] = (changes, done) => {
    if (queue.pending() < LOCAL_PENDING_MAX) queue.push(changes, done)
    else done(new StorageError('write_queue_full', 'the disk does not keep up'))
  }
  /** By name: on its way to disk, or to be removed. What fails stays: the disk may have it. */
  const changing = new Map<string, { readonly value: T | undefined }>()
  const change = (names: readonly string[], value: T | undefined, done: Done): Done => {
    const changed = { value }
    for (const name of names) changing.set(name, changed)
    return (error) => {
      for (const name of error === undefined ? names : []) {
        if (changing.get(name) === changed) changing.delete(name)
      }
      done(error)
    }
  }
  const absence = found === 'rarely' ? absenceIn(port, prefix) : undefined
  return {
    get: (name) => {
      const changed = changing.get(name)
      if (changed !== undefined) return changed.value
      if (absence?.isSure(name) === true) return undefined
      const bytes = port.get(keyOfName(name))
      return bytes && parse(bytes)
    },
    hasRoom: () => queue.pending() < LOCAL_PENDING_SPARED,
    put: (value, done) => {
      const name = nameOf(value)
      absence?.end(name)
      const text = JSON.stringify(value)
      const written = change([name], value, done)
      push(putting(keyOfName(name), utf8(text)), written)
    },
    remove: (names, done) => push(removing(names.map(keyOfName)), change(names, undefined, done)),
    each: (onValue, done) =>
      eachEntry(port, keyOf(prefix), ({ value }) => onValue(parse(value)), done),
    page: (from, limit, answer) =>
      readPage(
        port,
        { from: keyOfName(`${from}\0`), to: after(keyOf(prefix)), limit },
        ({ value }) => parse(value),
        answer,
      ),
  }
}

const DECODER = new TextDecoder()

/**
 * Which names a table surely lacks. Nothing is sure before all that was on disk at the start has been
 * read, nor ever if that fails; a name that is put counts from then on, and for good.
 */
const absenceIn = (port: KeyValuePort, prefix: Prefix) => {
  const names = new NameFilter()
  let isComplete = false
  const start = keyOf(prefix)
  eachEntry(
    port,
    start,
    ({ key }) => names.add(DECODER.decode(key.subarray(start.length))),
    (error) => {
      isComplete = error === undefined
    },
  )
  return {
    isSure: (name: string): boolean => isComplete && !names.mayHold(name),
    end: (name: string): void => names.add(name),
  }
}
