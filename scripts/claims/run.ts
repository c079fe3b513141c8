import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ClaimOutcome, Figure } from '#test/claims/claim.ts'
import type { FoundClaim } from './discover.ts'
import { ClaimMessage } from './message.ts'

/** One line of the report of `npm run prove`. */
export type ClaimReport = {
  readonly area: string
  readonly name: string
  readonly ok: boolean
  readonly figure: Figure
  readonly bound: string
  readonly seconds: number
}

/** A claim that takes longer than this does not hold. */
const CLAIM_TIMEOUT_MS = 600_000
const PROCESS = join(import.meta.dirname, 'claim-process.ts')

/** Runs one claim in its own process group and directory, both gone when it returns. */
export const runClaim = async (
  { path, claim }: FoundClaim,
  progress: (text: string) => void,
): Promise<ClaimReport> => {
  const startMs = performance.now()
  const directory = await mkdtemp(join(tmpdir(), 'kermesse-claim-'))
  const child = spawn(process.execPath, [PROCESS, path, directory], {
    detached: true,
    stdio: ['ignore', process.stderr, process.stderr, 'ipc'],
  })
  try {
    const outcome = await outcomeOf(child, claim.timeoutMs ?? CLAIM_TIMEOUT_MS, progress)
    const seconds = Math.round(performance.now() - startMs) / 1000
    return { area: claim.area, name: claim.name, ...outcome, bound: claim.bound, seconds }
  } finally {
    await endGroup(child)
    await rm(directory, { recursive: true, force: true, maxRetries: 3 })
  }
}

const outcomeOf = (
  child: ChildProcess,
  timeoutMs: number,
  progress: (text: string) => void,
): Promise<ClaimOutcome> =>
  new Promise((resolve) => {
    const fail = (figure: string): void => settle({ ok: false, figure })
    const deadline = setTimeout(fail, timeoutMs, `no outcome after ${timeoutMs / 1000} s`)
    const settle = (outcome: ClaimOutcome): void => {
      clearTimeout(deadline)
      resolve(outcome)
    }
    child.on('message', (value) => {
      const message = ClaimMessage.safeParse(value)
      if (!message.success) fail('an outcome without ok and figure')
      else if (message.data.tag === 'progress') progress(message.data.text)
      else settle(message.data.outcome)
    })
    child.once('error', (error) => fail(error.message))
    // After the last message, which an exit may overtake.
    child.once('disconnect', () => fail('its process ended without an outcome'))
  })

/** Kills what the claim has left running: its process is the leader of its group. */
const endGroup = async (child: ChildProcess): Promise<void> => {
  if (child.pid === undefined) return
  const ended =
    child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch (error) {
    if (!isGone(error)) throw error
  }
  await ended
}

const isGone = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ESRCH'
