import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Claim } from '#test/claims/claim.ts'
import { interrupt, ROOT } from '../../support/federation-command.ts'

const READY_MAX_MS = 10_000

export const claim: Claim = {
  area: 'main',
  name: 'ready-in-ten-seconds',
  bound: `npm start on an empty directory is ready within ${READY_MAX_MS} ms`,
  short: false,
  run: async ({ directory }) => {
    const words = ['--directory', join(directory, 'new'), '--free-ports', '--json']
    const startMs = performance.now()
    const child = spawn('npm', ['start', '--silent', '--', ...words], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    try {
      const lines = createInterface({ input: child.stdout })
      const [line] = await once(lines, 'line')
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
