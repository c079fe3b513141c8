import { setTimeout as sleep } from 'node:timers/promises'
import type { Claim } from '#test/claims/claim.ts'
import { heightsOf, nodesOf, venueOf, withFederation } from '../../support/federation.ts'
import { FederationTill } from '../../support/federation-till.ts'
import { usageOf } from '../../support/federation-usage.ts'

const SETTLE_MS = 15_000
const IDLE_MS = 60_000
const WRITTEN_MAX = 65_536
const CPU_SHARE_MAX = 0.02

export const claim: Claim = {
  area: 'main',
  name: 'idle-minute',
  bound: `no blocks, ≤ ${WRITTEN_MAX} bytes written and < ${100 * CPU_SHARE_MAX} % CPU a process`,
  short: false,
  run: async ({ directory, progress }) =>
    await withFederation(directory, async (federation) => {
      const till = new FederationTill(venueOf(federation, 0))
      const card = await till.newCard('weak', 500)
      await till.pay(card.face, 100)
      till.close()
      progress('settling')
      await sleep(SETTLE_MS)
      const pids = nodesOf(federation).map(({ pid }) => pid)
      const heights = Math.max(...[...(await heightsOf(federation)).values()].map(Number))
      const before = pids.map(usageOf)
      progress('idle for a minute')
      const startMs = performance.now()
      await sleep(IDLE_MS)
      const elapsedMs = performance.now() - startMs
      const after = pids.map(usageOf)
      const blocks = Math.max(...[...(await heightsOf(federation)).values()].map(Number)) - heights
      const written = after.map(({ written }, at) => written - (before[at]?.written ?? 0))
      const shares = after.map(({ cpuMs }, at) => (cpuMs - (before[at]?.cpuMs ?? 0)) / elapsedMs)
      const cpuPercent = Math.round(Math.max(...shares) * 10_000) / 100
      const isQuiet = Math.max(...written) <= WRITTEN_MAX && Math.max(...shares) < CPU_SHARE_MAX
      return {
        ok: blocks === 0 && isQuiet,
        figure: { blocks, writtenMax: Math.max(...written), cpuPercentMax: cpuPercent },
      }
    }),
}
