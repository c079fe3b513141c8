import { rmSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export type TemporaryDirectory = { readonly path: string; readonly remove: () => Promise<void> }

const RETRIES_MAX = 3

/** An empty directory of the system's, which is gone at the latest when this process ends by itself or by a signal. */
export const openTemporary = async (name: string): Promise<TemporaryDirectory> => {
  const path = await mkdtemp(join(tmpdir(), `kermesse-${name}-`))
  const options = { recursive: true, force: true, maxRetries: RETRIES_MAX }
  const removeNow = (): void => rmSync(path, options)
  process.once('exit', removeNow)
  return {
    path,
    remove: async () => {
      process.off('exit', removeNow)
      await rm(path, options)
    },
  }
}
