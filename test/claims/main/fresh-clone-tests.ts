import { join } from 'node:path'
import type { Claim } from '#test/claims/claim.ts'
import { failingParts } from '../../support/failing-parts.ts'
import { ROOT, run } from '../../support/federation-command.ts'

const MINUTES_MAX = 20

export const claim: Claim = {
  area: 'main',
  name: 'fresh-clone-tests',
  bound: `npm ci && npm test pass on a fresh clone within ${MINUTES_MAX} minutes`,
  short: false,
  timeoutMs: (MINUTES_MAX + 1) * 60_000,
  run: async ({ directory, progress }) => {
    const clone = join(directory, 'kermesse')
    const words = `git clone --quiet '${ROOT}' '${clone}' && cd '${clone}' && npm ci && npm test`
    const startMs = performance.now()
    const finished = await run('bash', ['-c', words], {
      timeoutMs: MINUTES_MAX * 60_000,
      onLine: progress,
    })
    const seconds = Math.round((performance.now() - startMs) / 1_000)
    const ok = finished.exitCode === 0
    return {
      ok,
      figure: ok ? seconds : { seconds, failed: [...failingParts(finished.everything)] },
    }
  },
}
