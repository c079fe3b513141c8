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
  const tables = names.filter((name) => name.endsWith('.ldb'))
  return [...tables, ...segments.slice(0, -SEGMENTS_IN_WORK)]
}
