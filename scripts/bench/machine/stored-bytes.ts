import { open, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * Bytes of the ledger in the folder of a running node: the store and the blocks. Of preallocated files up
 * to where something is written. The vote journal has a fixed size.
 */
export const storedBytesOf = async (directory: string): Promise<number> => {
  const data = join(directory, 'data')
  const store = await sumOver(join(data, 'state'), async (path) => (await stat(path)).size)
  return store + (await sumOver(join(data, 'blocks'), writtenBytesOf))
}

const sumOver = async (
  folder: string,
  bytesOf: (path: string) => Promise<number>,
): Promise<number> => {
  const names = await readdir(folder)
  // A file that the database has removed since has none.
  const bytes = await Promise.all(names.map((name) => bytesOf(join(folder, name)).catch(() => 0)))
  return bytes.reduce((sum, each) => sum + each, 0)
}

const CHUNK_BYTES = 1_048_576

/** Length of a file without the zeros at its end. */
export const writtenBytesOf = async (path: string): Promise<number> => {
  await using file = await open(path, 'r')
  const chunk = new Uint8Array(CHUNK_BYTES)
  for (let end = (await file.stat()).size; end > 0; end -= CHUNK_BYTES) {
    const from = Math.max(0, end - CHUNK_BYTES)
    const { bytesRead } = await file.read(chunk, 0, end - from, from)
    const last = chunk.subarray(0, bytesRead).findLastIndex((byte) => byte !== 0)
    if (last >= 0) return from + last + 1
  }
  return 0
}
