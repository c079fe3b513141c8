import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { FederationError } from '../federation/federation-error.ts'
import type { LocalFederation } from '../federation/local-federation.ts'
import type { NodeProcess } from '../links/links.ts'
import type { Blow } from './blow.ts'
import { isSeen } from './clock.ts'
import { stateOf } from './link-state.ts'
import type { Stage, Strike } from './stage.ts'
import { failDisk, fillDisk, protectDisk } from './strike-disk.ts'
import { watchCut } from './watch-cut.ts'

/** Deals one blow, and heals it. Throws a `FederationError` when a node does not come up again. */
export const strike = async (stage: Stage, blow: Blow): Promise<void> => {
  switch (blow.tag) {
    case 'kill':
      return await kill(stage, blow)
    case 'kill_in_start':
      return await killInStart(stage, blow)
    case 'stop':
      return await stop(stage, blow)
    case 'partition':
    case 'one_way':
    case 'slow':
      return await harmLinks(stage, blow)
    case 'full_disk':
      return await fillDisk(stage, blow)
    case 'failing_disk':
      return await failDisk(stage, blow)
    case 'read_only_disk':
      return await protectDisk(stage, blow)
    case 'clock_step':
      return await stepClock(stage, blow)
  }
}

const kill: Strike<'kill'> = async ({ federation, tally }, { victims, downMs }) => {
  await Promise.all(victims.map((name) => federation.kill(name)))
  tally.kills += victims.length
  await pause(downMs)
  await Promise.all(victims.map((name) => federation.restart(name)))
}

const killInStart: Strike<'kill_in_start'> = async (stage, { victim, afterMs }) => {
  const { federation, tally } = stage
  await federation.kill(victim)
  const starting = federation.restart(victim, AbortSignal.timeout(afterMs))
  const wasKilled = await starting.then(
    () => false,
    (error: unknown) => {
      if (error instanceof FederationError && error.message.includes('SIGKILL')) return true
      throw error
    },
  )
  // A start that was faster than that is ended a moment later.
  if (!wasKilled) await federation.kill(victim)
  tally.kills += 2
  await federation.restart(victim)
}

/** A shell wakes them again, also when we were killed: a stopped process cannot see that we are gone. */
const STOP_AND_WAKE = 'kill -STOP "$@"; sleep "$FOR"; kill -CONT "$@"'

const stop: Strike<'stop'> = async ({ federation }, { victims, forMs }) => {
  const pids = [...federation.authorities(), ...federation.venues()]
    .filter(({ name }) => victims.includes(name))
    .map(({ pid }) => pid)
  const shell = spawn('sh', ['-c', STOP_AND_WAKE, 'sh', ...pids.map(String)], {
    stdio: 'ignore',
    detached: true,
    env: { ...process.env, FOR: String(forMs / 1_000) },
  })
  const wake = (): void => {
    for (const pid of pids) signal(pid, 'SIGCONT')
    // Its group: the shell, and what it sleeps with.
    if (shell.pid !== undefined) signal(-shell.pid, 'SIGKILL')
  }
  process.once('exit', wake)
  await once(shell, 'exit')
  process.off('exit', wake)
}

const signal = (pid: number, name: 'SIGCONT' | 'SIGKILL'): void => {
  try {
    process.kill(pid, name)
  } catch {
    // Gone already.
  }
}

const harmLinks: Strike<'partition' | 'one_way' | 'slow'> = async (stage, blow) => {
  const { federation, props, tally } = stage
  const before = props.links.counters()
  props.links.harm((from, to) => stateOf(blow, from, to))
  try {
    if (blow.tag === 'partition') await watchCut(stage, blow)
    else await pause(blow.forMs)
    for (const bypass of await props.links.bypasses(processesOf(federation))) {
      tally.fault(`a connection that no cut cuts: ${bypass}`)
    }
  } finally {
    props.links.heal()
  }
  const after = props.links.counters()
  const isNoticed = after.heldBytes > before.heldBytes || after.refusals > before.refusals
  if (blow.tag !== 'slow' && !isNoticed) tally.fault(`nothing was held by a ${blow.tag}`)
}

const processesOf = (federation: LocalFederation): readonly NodeProcess[] =>
  [...federation.authorities(), ...federation.venues()].map(({ name, pid, apiUrl = '' }) => ({
    name,
    pid,
    apiPort: Number(new URL(apiUrl).port),
  }))

const stepClock: Strike<'clock_step'> = async ({ federation, props, tally }, blow) => {
  const { victim, bySeconds, forMs } = blow
  const clock = props.clocks.get(victim)
  if (clock === undefined) throw new Error(`the clock of ${victim} cannot be set`)
  const node = federation.authorities().find(({ name }) => name === victim)
  clock.set(bySeconds)
  try {
    if (!(await isSeen(node?.apiUrl ?? '', bySeconds))) {
      tally.fault(`${victim} does not see that its clock is off by ${bySeconds} s`)
    }
    await pause(forMs)
  } finally {
    clock.set(0)
  }
}
