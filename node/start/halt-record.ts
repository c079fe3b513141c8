import { open, rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import type { FatalCode } from '#consensus/effect.ts'
import { TimeMs } from '#protocol/transaction/kinds/terms.ts'
import { syncFolder, writeDurably } from '../keys/durable-file.ts'
import { storageErrorOf, systemCodeOf } from '../storage/storage-error.ts'
import { parseStored } from '../storage/stored-json.ts'

/** In the data directory, beside what it is about. */
const HALT_FILE = 'halt.json'
/** Two certificates of thirty members are 8 kB of hex. */
const DETAIL_LENGTH_MAX = 16_384
/** The longest detail with every character escaped, and what is around it. */
const HALT_FILE_BYTES_MAX = 128 * 1_024

/**
 * Whether a restart must still know of it. `kept`: what was found stays true, and the next start
 * would go on as if nothing had been found until it meets it again.
 */
const HALTS = {
  conflicting_certificates: 'kept',
  state_diverged: 'kept',
  invariant_broken: 'kept',
  /** Nothing against the rule was signed, and a start begins with what the journal says. */
  rule_broken: 'passing',
  /** The other process is told from, by its votes, as often as it goes on. */
  key_in_two_places: 'passing',
  /** Each start finds it by itself, in what is on the disk. */
  store_rolled_back: 'passing',
} as const satisfies Record<OwnFatalCode, 'kept' | 'passing'>

/**
 * What a node finds out about the chain. That the journal lacks something is the journal's own
 * matter, that the store changed is found by each start, and what the disk does heals with the disk.
 */
type OwnFatalCode =
  | Exclude<
      FatalCode,
      'journal_missing' | 'journal_corrupt' | 'journal_rolled_back' | 'state_corrupt'
    >
  | 'invariant_broken'

const KEPT: ReadonlySet<string> = new Set(
  Object.entries(HALTS).flatMap(([code, fate]) => (fate === 'kept' ? [code] : [])),
)

/** Whether a node that halted so stays halted until its operator says otherwise. */
export const isKept = (code: string): boolean => KEPT.has(code)

const KeptHalt = z.strictObject({
  format: z.literal('kermesse-halt/1'),
  code: z.string().refine(isKept),
  /** What was found, with the certificates that prove it, in hex. */
  detail: z.string().max(DETAIL_LENGTH_MAX),
  atMs: TimeMs,
})

/** Why a node halted for good. A file that is no such record halts it too: something was kept in it. */
export type Halt = {
  readonly code: string
  readonly detail: string
  /** Null where the file does not tell. */
  readonly atMs: number | null
}

/** What an earlier run found, if it was not acknowledged. Errors: those of the disk. */
export const readHalt = async (dataDirectory: string): Promise<Halt | undefined> => {
  const file = haltFileIn(dataDirectory)
  const bytes = await bytesOf(file)
  if (bytes === undefined) return undefined
  const kept = parseStored(KeptHalt, bytes)
  if (kept === undefined) {
    return { code: 'halt_unreadable', detail: `${file} cannot be read`, atMs: null }
  }
  const { code, detail, atMs } = kept
  return { code, detail, atMs }
}

/** On disk once it resolves. `code` must be one that is kept. */
export const writeHalt = async (
  dataDirectory: string,
  { code, detail, atMs }: { readonly code: string; readonly detail: string; readonly atMs: number },
): Promise<void> => {
  const cut = detail.slice(0, DETAIL_LENGTH_MAX)
  const record = { format: 'kermesse-halt/1', code, detail: cut, atMs }
  await writeDurably(haltFileIn(dataDirectory), `${JSON.stringify(record, null, 2)}\n`)
}

/**
 * The next start takes part again. The record is the proof: it goes out of the way and stays; the
 * name of the file that now holds it.
 */
export const acknowledgeHalt = async (dataDirectory: string, nowMs: number): Promise<string> => {
  const kept = join(dataDirectory, `halt-acknowledged-${nowMs}.json`)
  await rename(haltFileIn(dataDirectory), kept)
  await syncFolder(dirname(kept))
  return kept
}

const haltFileIn = (dataDirectory: string): string => join(dataDirectory, HALT_FILE)

/** The file, or as much of it as shows that it is too long; undefined where there is none. */
const bytesOf = async (file: string): Promise<Uint8Array | undefined> => {
  try {
    const handle = await open(file, 'r')
    try {
      const buffer = new Uint8Array(HALT_FILE_BYTES_MAX + 1)
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0)
      return buffer.subarray(0, bytesRead)
    } finally {
      await handle.close()
    }
  } catch (cause) {
    if (systemCodeOf(cause) === 'ENOENT') return undefined
    throw storageErrorOf(file, cause)
  }
}
