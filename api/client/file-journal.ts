import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { JournalStore } from './journal.ts'

const SUFFIX = '.json'
const UNFINISHED = '.part'
const FILE_MODE = 0o600
const DIRECTORY_MODE = 0o700

/**
 * A journal in a directory of its own, one file for each payment: written beside, synced, renamed into
 * place, and the directory synced, so that no power cut leaves half an entry. Readable by its owner
 * alone. One process should use it at a time; two do no harm to money.
 */
export const openFileJournal = async (directory: string): Promise<JournalStore> => {
  await mkdir(directory, { recursive: true, mode: DIRECTORY_MODE })
  // What a crash left half written was never sent.
  for (const name of await readdir(directory)) {
    if (name.endsWith(UNFINISHED)) await rm(join(directory, name), { force: true })
  }
  let written = 0
  return {
    all: async () => {
      const texts = new Map<string, string>()
      for (const name of await readdir(directory)) {
        if (!name.endsWith(SUFFIX)) continue
        texts.set(name.slice(0, -SUFFIX.length), await readFile(join(directory, name), 'utf8'))
      }
      return texts
    },
    put: async (id, text) => {
      written += 1
      const unfinished = join(directory, `${nameOf(id)}.${written}${UNFINISHED}`)
      await writeSynced(unfinished, text)
      await rename(unfinished, join(directory, `${nameOf(id)}${SUFFIX}`))
      await sync(directory)
    },
    drop: async (id) => await rm(join(directory, `${nameOf(id)}${SUFFIX}`), { force: true }),
    close: async () => undefined,
  }
}

/** An id names a file of this directory and of no other. */
const nameOf = (id: string): string => {
  if (/^[0-9a-f-]{36}$/.test(id)) return id
  throw new RangeError('not a payment id')
}

const writeSynced = async (path: string, text: string): Promise<void> => {
  const file = await open(path, 'w', FILE_MODE)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
}

const sync = async (directory: string): Promise<void> => {
  const folder = await open(directory, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
