import { join } from 'node:path'
import { cacheDirectory } from '#scripts/bench/grown/cache-directory.ts'
import { grow } from '#scripts/bench/grown/grow.ts'
import { withSnapshotServers } from '#scripts/bench/grown/measure-snapshot.ts'
import type { Claim } from '#test/claims/claim.ts'

const SIZES = { wallets: 1_000_000, payments: 100_000, tills: 8, days: 365, seed: 'kermesse' }
const SECONDS_MAX = 60
/** Making the ledger takes minutes; a cache directory saves them. */
const TIMEOUT_MS = 2_700_000

export const claim: Claim = {
  area: 'speed',
  name: 'snapshot-sync',
  bound:
    `≤ ${SECONDS_MAX} s until a new venue has the state of ${SIZES.wallets} funded weak cards (four records ` +
    'each) on its disk, from the start of its process; four idle authority processes that serve it on loopback, ' +
    'all on this machine. One that dies by SIGKILL with a third of it goes on from no less',
  short: false,
  timeoutMs: TIMEOUT_MS,
  run: async ({ directory, progress }) => {
    progress('growing a ledger')
    const folder = await grow(cacheDirectory() ?? join(directory, 'grown'), SIZES)
    progress('starting authorities')
    return await withSnapshotServers(folder, join(directory, 'run'), async (bench) => {
      progress('a snapshot at once')
      const { seconds, receivedSeconds, cpuMs } = await bench.sync('whole')
      progress('an interrupted snapshot')
      const resumption = await bench.interrupted('interrupted')
      const figure = {
        snapshotSyncSeconds: rounded(receivedSeconds),
        readySeconds: rounded(seconds),
        venueCpuSeconds: rounded(cpuMs.venue / 1_000),
        authoritiesCpuSeconds: rounded(cpuMs.authorities / 1_000),
        ...resumption,
      }
      const isResumed = resumption.resumedFrom >= resumption.killedAt
      return { ok: receivedSeconds <= SECONDS_MAX && isResumed, figure }
    })
  },
}

const rounded = (seconds: number): number => Math.round(seconds * 100) / 100
