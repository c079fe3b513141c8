import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { FederationError } from '../federation/federation-error.ts'
import type { Blow } from './blow.ts'
import { isSeen } from './clock.ts'
import type { Stage } from './stage.ts'

/** How a blow of each kind is dealt and healed. */
type Strike<T extends Blow['tag']> = (
  stage: Stage,
  blow: Extract<Blow, { readonly tag: T }>,
) => Promise<void>

/** How long a node may go on after its disk is full. */
const FULL_SEEN_WITHIN_MS = 60_000
const FILL_AGAIN_MS = 200

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

/** A shell wakes them again, whatever becomes of us: a stopped process cannot see that we are gone. */
const STOP_AND_WAKE = 'kill -STOP "$@"; sleep "$FOR"; kill -CONT "$@"'

const stop: Strike<'stop'> = async ({ federation }, { victims, forMs }) => {
  const pids = [...federation.authorities(), ...federation.venues()]
    .filter(({ name }) => victims.includes(name))
    .map(({ pid }) => String(pid))
  const shell = spawn('sh', ['-c', STOP_AND_WAKE, 'sh', ...pids], {
    stdio: 'ignore',
    detached: true,
    env: { ...process.env, FOR: String(forMs / 1_000) },
  })
  await once(shell, 'exit')
}

const harmLinks: Strike<'partition' | 'one_way' | 'slow'> = async ({ props, tally }, blow) => {
  const before = props.links.counters()
  props.links.harm(blow)
  try {
    await pause(blow.forMs)
  } finally {
    props.links.heal()
  }
  const after = props.links.counters()
  const isNoticed = after.heldBytes > before.heldBytes || after.refusals > before.refusals
  if (blow.tag !== 'slow' && !isNoticed) tally.fault(`nothing was held by a ${blow.tag}`)
}

const fillDisk: Strike<'full_disk'> = async ({ federation, props, tally }, { victim, downMs }) => {
  const disk = props.disks.get(victim)
  if (disk === undefined) throw new Error(`${victim} has no disk of its own`)
  const ended = federation.ended(victim)
  const endMs = performance.now() + FULL_SEEN_WITHIN_MS
  let why: string | undefined
  while (why === undefined && performance.now() < endMs) {
    await disk.fill()
    why = await Promise.race([ended, pause(FILL_AGAIN_MS).then(() => undefined)])
  }
  if (why !== 'exit code 1 (disk_full)') {
    tally.fault(`with its disk full ${victim} ended with ${why ?? 'nothing: it went on'}`)
  }
  await federation.kill(victim)
  await pause(downMs)
  await disk.heal()
  await federation.restart(victim)
}

const protectDisk: Strike<'read_only_disk'> = async ({ federation, props, tally }, { victim }) => {
  const disk = props.disks.get(victim)
  if (disk === undefined) throw new Error(`${victim} has no disk of its own`)
  await federation.kill(victim)
  tally.kills += 1
  await disk.protect()
  const said = await federation.restart(victim).then(
    () => 'that it is ready',
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  )
  if (!said.includes('ended with exit code 1 (io_failed)')) {
    tally.fault(`on a read-only disk ${victim} says ${said}`)
  }
  await disk.heal()
  await federation.restart(victim)
}

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
