import { setTimeout as sleep } from 'node:timers/promises'
import { type Usage, usageOf } from '#scripts/bench/machine/process-usage.ts'
import type { Claim } from '#test/claims/claim.ts'
import { heightsOf, nodesOf, venueOf, withFederation } from '../../support/federation.ts'
import { FederationTill } from '../../support/federation-till.ts'

const SETTLE_MS = 15_000
const IDLE_MS = 60_000
const WRITTEN_MAX = 65_536
const CPU_SHARE_MAX = 0.02
const PROCESSES = 6

export const claim: Claim = {
  area: 'main',
  name: 'idle-minute',
  bound: `each of ${PROCESSES} processes: no blocks, ≤ ${WRITTEN_MAX} bytes written and < ${100 * CPU_SHARE_MAX} % CPU`,
  short: false,
  run: async ({ directory, progress }) =>
    await withFederation(directory, async (federation) => {
      const till = new FederationTill(venueOf(federation, 0))
      const card = await till.newCard('weak', 500)
      await till.pay(card.face, 100)
      till.close()
      progress('settling')
      await sleep(SETTLE_MS)
      const nodes = nodesOf(federation)
      const heights = await heightsOf(federation)
      const before = nodes.map(({ pid }) => usageOf(pid))
      progress('idle for a minute')
      const startMs = performance.now()
      await sleep(IDLE_MS)
      const elapsedMs = performance.now() - startMs
      const after = nodes.map(({ pid }) => usageOf(pid))
      const heightsAfter = await heightsOf(federation)
      const rows = nodes.map(({ name }, at) => ({
        name,
        ...idleOf(before[at], after[at], elapsedMs),
        blocks: Number(heightsAfter.get(name)) - Number(heights.get(name)),
      }))
      const isQuiet = rows.every(
        ({ blocks, written, cpuPercent }) =>
          blocks === 0 && written <= WRITTEN_MAX && cpuPercent < 100 * CPU_SHARE_MAX,
      )
      const isOneHeight = new Set(heightsAfter.values()).size === 1
      // What counts nothing would find everything quiet.
      const isCounted = before.every(({ cpuMs, written }) => cpuMs > 0 && written > 0)
      return {
        ok: rows.length === PROCESSES && isCounted && isQuiet && isOneHeight,
        figure: Object.fromEntries(rows.map(({ name, ...row }) => [name, row])),
      }
    }),
}

/** What a process used in that time; NaN, which is within no bound, where it was not seen. */
const idleOf = (before: Usage | undefined, after: Usage | undefined, elapsedMs: number) => ({
  written: (after?.written ?? Number.NaN) - (before?.written ?? Number.NaN),
  cpuPercent:
    Math.round(
      (((after?.cpuMs ?? Number.NaN) - (before?.cpuMs ?? Number.NaN)) / elapsedMs) * 10_000,
    ) / 100,
})
