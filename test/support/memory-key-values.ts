import type { Changes } from '#node/storage/changes.ts'
import type { Answer } from '#node/storage/completion.ts'
import type { Entry, KeyRange, KeyValuePort } from '#node/storage/key-value-port.ts'
import { type StorageError, storageErrorOf } from '#node/storage/storage-error.ts'

/** An act on the database whose end the simulator may delay or fail. */
export type DatabaseAct = {
  readonly act: 'range' | 'batch'
  readonly operations: number
  readonly sync: boolean
}

export type MemoryKeyValuesOptions = {
  /** Runs an act's completion, now or later; the default is at once. */
  readonly schedule?: (act: DatabaseAct, complete: () => void) => void
  /** The system's error code an act ends with, or undefined when it works. */
  readonly fault?: (act: DatabaseAct) => string | undefined
}

/**
 * An ordered database in memory that crashes as LevelDB does: batches are whole, and a crash loses
 * the last of those that were not synced.
 */
export type MemoryKeyValues = {
  /** A port for one life of a process; ports of earlier lives are dead. */
  readonly open: () => KeyValuePort
  /** The machine loses power: of the batches not synced, the first few survive, as `random` says. */
  readonly crash: (random: () => number) => void
  /** The process dies, the machine stays. */
  readonly kill: () => void
  /** Damages an entry behind everybody's back: flips one bit of its key or value; not while a process runs. */
  readonly flip: (damage: Damage) => void
  readonly snapshot: () => KeyValueSnapshot
  readonly restore: (snapshot: KeyValueSnapshot) => void
}

/** Which entry, in the order of keys, and which bit of its key or its value; all count round. */
export type Damage = {
  readonly entry: number
  readonly part: 'key' | 'value'
  readonly bit: number
}

/** Everything durable, by key: a character for each byte, in their order. */
export type KeyValueSnapshot = ReadonlyMap<string, Uint8Array>

export const createMemoryKeyValues = (options: MemoryKeyValuesOptions = {}): MemoryKeyValues => {
  let durable = new Map<string, Uint8Array>()
  let current = new Map<string, Uint8Array>()
  /** Keys in order, until the next batch that adds or removes one. */
  let ordered: readonly string[] | undefined
  let unsynced: (readonly Change[])[] = []
  let generation = 0

  const run = (act: DatabaseAct, complete: (error: StorageError | undefined) => void): void => {
    const born = generation
    const end = (): void => {
      if (born !== generation) return
      const code = options.fault?.(act)
      const cause = code && Object.assign(new Error(code), { code })
      complete(cause ? storageErrorOf(`database ${act.act}`, cause) : undefined)
    }
    if (options.schedule === undefined) end()
    else options.schedule(act, end)
  }

  const reset = (image: ReadonlyMap<string, Uint8Array>): void => {
    generation += 1
    durable = new Map(image)
    current = new Map(image)
    ordered = undefined
    unsynced = []
  }

  const readRange = (range: KeyRange): readonly Entry[] => {
    ordered ??= [...current.keys()].sort()
    return rangeIn(current, ordered, range)
  }

  const answerRange =
    (read: (range: KeyRange) => readonly Entry[]): KeyValuePort['range'] =>
    (range, answer: Answer<readonly Entry[]>) =>
      run({ act: 'range', operations: 0, sync: false }, (error) =>
        answer(error === undefined ? { ok: true, value: read(range) } : { ok: false, error }),
      )

  const freeze: KeyValuePort['freeze'] = () => {
    const frozen = new Map(current)
    const keys = [...frozen.keys()].sort()
    return {
      texts: (range, answer) =>
        answerRange((asked) => rangeIn(frozen, keys, asked))(range, (result) =>
          answer(result.ok ? { ok: true, value: result.value.map(textOf) } : result),
        ),
      release: () => frozen.clear(),
    }
  }

  const keep = (changes: readonly Change[], sync: boolean): void => {
    if (changes.some((change) => addsOrRemoves(change, current))) ordered = undefined
    apply(current, changes)
    unsynced.push(changes)
    if (!sync) return
    for (const batch of unsynced) apply(durable, batch)
    unsynced = []
  }

  const open = (): KeyValuePort => ({
    get: (key) => current.get(nameOf(key)),
    range: answerRange(readRange),
    freeze,
    texts: ({ from, to }, onPage, done) =>
      run({ act: 'range', operations: 0, sync: false }, (error) => {
        if (error === undefined) {
          const entries = readRange({ from, to, limit: Number.POSITIVE_INFINITY })
          onPage(entries.map(textOf))
        }
        done(error)
      }),
    batch: (changes, { sync }, done) => {
      const taken = taking(changes)
      run({ act: 'batch', operations: taken.length, sync }, (error) => {
        if (error === undefined) keep(taken, sync)
        done(error)
      })
    },
    close: (done) => done(),
  })

  return {
    open,
    crash: (random) => {
      const kept = Math.floor(random() * (unsynced.length + 1))
      for (const batch of unsynced.slice(0, kept)) apply(durable, batch)
      reset(durable)
    },
    kill: () => reset(current),
    flip: (damage) => reset(damaged(current, damage)),
    snapshot: () => new Map(durable),
    restore: reset,
  }
}

const textOf = ({ value }: Entry): string => Buffer.from(value).toString()

const rangeIn = (
  image: KeyValueSnapshot,
  ordered: readonly string[],
  range: KeyRange,
): readonly Entry[] => {
  const [from, to] = [nameOf(range.from), nameOf(range.to)]
  const keys = ordered.slice(firstAtLeast(ordered, from), firstAtLeast(ordered, to))
  const picked = range.reverse ? keys.slice(-range.limit).reverse() : keys.slice(0, range.limit)
  return picked.flatMap((key) => {
    const value = image.get(key)
    return value === undefined ? [] : [{ key: bytesOf(key), value }]
  })
}

const damaged = (
  image: KeyValueSnapshot,
  { entry, part, bit }: Damage,
): ReadonlyMap<string, Uint8Array> => {
  const key = [...image.keys()].sort()[entry % Math.max(1, image.size)]
  const value = key === undefined ? undefined : image.get(key)
  if (key === undefined || value === undefined) return image
  const after = new Map(image)
  after.delete(key)
  const flipped = part === 'key' ? nameOf(withFlip(bytesOf(key), bit)) : key
  return after.set(flipped, part === 'value' ? withFlip(value, bit) : value)
}

const withFlip = (bytes: Uint8Array, bit: number): Uint8Array => {
  const copy = Uint8Array.from(bytes)
  const at = (bit >> 3) % Math.max(1, copy.length)
  if (copy.length > 0) copy[at] = (copy[at] ?? 0) ^ (1 << (bit & 7))
  return copy
}

const nameOf = ({ buffer, byteOffset, byteLength }: Uint8Array): string =>
  Buffer.from(buffer, byteOffset, byteLength).toString('latin1')

const bytesOf = (name: string): Uint8Array => new Uint8Array(Buffer.from(name, 'latin1'))

/** What becomes of a key; undefined: it is gone. */
type Change = readonly [key: string, value: Uint8Array | undefined]

const taking = (changes: Changes): readonly Change[] => {
  const taken: Change[] = []
  changes.writeTo({
    put: (key, value) => taken.push([nameOf(key), value.slice()]),
    remove: (key) => taken.push([nameOf(key), undefined]),
  })
  return taken
}

const addsOrRemoves = ([key, value]: Change, map: ReadonlyMap<string, Uint8Array>): boolean =>
  (value !== undefined) !== map.has(key)

const apply = (map: Map<string, Uint8Array>, changes: readonly Change[]): void => {
  for (const [key, value] of changes) {
    if (value === undefined) map.delete(key)
    else map.set(key, value)
  }
}

/** Index of the first of the ascending `keys` that is not below `key`. */
const firstAtLeast = (keys: readonly string[], key: string): number => {
  let [low, high] = [0, keys.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((keys[middle] ?? '') < key) low = middle + 1
    else high = middle
  }
  return low
}
