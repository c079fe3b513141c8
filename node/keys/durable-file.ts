import { open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'

const OWNER_ONLY = 0o600

/**
 * Replaces a file, readable by its owner alone, so that a power cut leaves the old one or the new
 * one, whole. Two writers of one file must take turns.
 */
export const writeDurably = async (file: string, text: string): Promise<void> => {
  const fresh = `${file}.new`
  const handle = await open(fresh, 'w', OWNER_ONLY)
  try {
    // One that was left behind keeps its mode when it is opened again.
    await handle.chmod(OWNER_ONLY)
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(fresh, file)
  await syncFolder(dirname(file))
}

/** The entries of a folder are on disk. */
export const syncFolder = async (path: string): Promise<void> => {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
