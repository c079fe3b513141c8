import { copyFile, link, mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * Copies the data directory of a node that does not run. Files that no node ever changes again, tables of
 * the database and all but the newest segments of the block log, become other names of the same bytes.
 */
export const copyData = async (from: string, to: string): Promise<void> => {
  await mkdir(to, { recursive: true, mode: 0o700 })
  const entries = await readdir(from, { withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map(({ name }) => name)
  const fixed = new Set(fixedOf(files.toSorted()))
  for (const name of files) {
    const place = fixed.has(name) ? link : copyFile
    await place(join(from, name), join(to, name))
  }
  for (const entry of entries) {
    if (entry.isDirectory()) await copyData(join(from, entry.name), join(to, entry.name))
  }
}

/** A node writes into the newest segment of its block log, and makes the next one ahead of time. */
const SEGMENTS_IN_WORK = 2

const fixedOf = (names: readonly string[]): readonly string[] => {
  const segments = names.filter((name) => name.startsWith('blocks-'))
  return [...knownTablesOf(names), ...segments.slice(0, -SEGMENTS_IN_WORK)]
}

/**
 * Tables from before the database was last opened. A compaction that its end cut short leaves younger ones that
 * the manifest does not know: every copy would take the same number for its next table, and write over the
 * bytes that the others read.
 */
const knownTablesOf = (names: readonly string[]): readonly string[] => {
  const opened = Math.max(0, ...names.map((name) => numberIn(name, /^MANIFEST-(\d+)$/)))
  return names.filter((name) => {
    const table = numberIn(name, /^(\d+)\.ldb$/)
    return table > 0 && table < opened
  })
}

const numberIn = (name: string, pattern: RegExp): number => Number(pattern.exec(name)?.[1] ?? 0)
