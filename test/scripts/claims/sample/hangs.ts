import { spawn } from 'node:child_process'
import type { Claim } from '#test/claims/claim.ts'

/** Never answers, and leaves a child whose process id it tells. */
export const claim: Claim = {
  area: 'sample',
  name: 'hangs',
  bound: 'ends by its deadline',
  short: false,
  timeoutMs: 1500,
  run: ({ progress }) => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], {
      stdio: 'ignore',
    })
    progress(`${child.pid}`)
    return new Promise(() => {})
  },
}
