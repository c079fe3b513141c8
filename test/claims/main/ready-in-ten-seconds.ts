import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Claim } from '#test/claims/claim.ts'
import { interrupt, start } from '../../support/federation-command.ts'

const READY_MAX_MS = 10_000
const GIVEN_UP_MS = 60_000

export const claim: Claim = {
  area: 'main',
  name: 'ready-in-ten-seconds',
  bound: `npm start on an empty directory is ready within ${READY_MAX_MS} ms`,
  short: false,
  run: async ({ directory }) => {
    const words = ['--directory', join(directory, 'new'), '--free-ports', '--json']
    const startMs = performance.now()
    const child = start('npm', ['start', '--silent', '--', ...words])
    try {
      const lines = createInterface({ input: child.stdout })
      const signal = AbortSignal.timeout(GIVEN_UP_MS)
      const [line] = await once(lines, 'line', { signal })
      const readyMs = Math.round(performance.now() - startMs)
      return {
        ok: String(line).includes('"ready":true') && readyMs <= READY_MAX_MS,
        figure: readyMs,
      }
    } finally {
      await interrupt(child)
    }
  },
}
