import { cacheDirectory } from '../grown/cache-directory.ts'
import { type GrownFolder, openGrown } from '../grown/grown-folder.ts'
import { withSnapshotServers } from '../grown/measure-snapshot.ts'
import { measureEmptyStart, measureStarts } from '../grown/measure-start.ts'
import { openTemporary } from '../machine/temporary-directory.ts'
import { medianOf } from '../median.ts'
import { type GrownFigures, UNGROWN } from '../report/report.ts'

const STARTS = 3

/**
 * What real processes need for a grown ledger, of the one that the cache directory holds, which takes minutes
 * to make; all null without one.
 */
export const measureGrown = async (tell: (line: string) => void): Promise<GrownFigures> => {
  const cache = cacheDirectory()
  const folder = cache === undefined ? undefined : await openGrown(cache)
  if (folder?.file.isWhole !== true) return UNGROWN
  tell(`Starts and a snapshot of a ledger of ${folder.file.sizes.wallets} wallets`)
  const scratch = await openTemporary('bench-grown')
  try {
    return await measureIn(folder, scratch.path)
  } finally {
    await scratch.remove()
  }
}

const measureIn = async (folder: GrownFolder, scratch: string): Promise<GrownFigures> => {
  const { wallets } = folder.file.sizes
  const starts = await measureStarts(folder, scratch, { times: STARTS, onStart: () => undefined })
  const empty = await measureEmptyStart(folder, scratch)
  const resident = medianOf(starts.map((start) => start.resident))
  const { receivedSeconds } = await withSnapshotServers(
    folder,
    scratch,
    async ({ sync }) => await sync('new'),
  )
  return {
    grownWallets: wallets,
    startSeconds: rounded(medianOf(starts.map(({ seconds }) => seconds))),
    snapshotSyncSeconds: rounded(receivedSeconds),
    bytesPerWallet: Math.round((resident - empty.resident) / wallets),
  }
}

const rounded = (seconds: number): number => Math.round(seconds * 100) / 100
