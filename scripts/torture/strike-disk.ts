import { setTimeout as pause } from 'node:timers/promises'
import { type Disk, refuseWrites } from './disks.ts'
import type { Stage, Strike } from './stage.ts'

/** How long a node may go on after its disk has begun to fail. */
const STOPS_WITHIN_MS = 60_000
const FILL_AGAIN_MS = 200

/** Until the node has stopped, and so that it stopped by itself with the code that tells why. */
export const fillDisk: Strike<'full_disk'> = async (stage, { victim, downMs }) => {
  const disk = diskOf(stage, victim)
  const ended = stage.federation.ended(victim)
  const endMs = performance.now() + STOPS_WITHIN_MS
  let why: string | undefined
  while (why === undefined && performance.now() < endMs) {
    await disk.fill()
    why = await Promise.race([ended, pause(FILL_AGAIN_MS).then(() => undefined)])
  }
  expectEnd(stage, { victim, why, code: 'disk_full' })
  await stage.federation.kill(victim)
  await pause(downMs)
  await disk.heal()
  await stage.federation.restart(victim)
}

/** The limit is the process's own: a new one is healed. */
export const failDisk: Strike<'failing_disk'> = async (stage, { victim, downMs }) => {
  const { federation } = stage
  const node = [...federation.authorities(), ...federation.venues()].find(
    ({ name }) => name === victim,
  )
  if (node === undefined) throw new Error(`there is no ${victim}`)
  const ended = federation.ended(victim)
  await refuseWrites(node)
  const why = await Promise.race([ended, pause(STOPS_WITHIN_MS).then(() => undefined)])
  expectEnd(stage, { victim, why, code: 'io_failed' })
  await federation.kill(victim)
  await pause(downMs)
  await federation.restart(victim)
}

/** The node is killed, finds a disk that it cannot write to, says so, and starts on the healed one. */
export const protectDisk: Strike<'read_only_disk'> = async (stage, { victim }) => {
  const { federation, tally } = stage
  const disk = diskOf(stage, victim)
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

const diskOf = ({ props }: Stage, victim: string): Disk => {
  const disk = props.disks.get(victim)
  if (disk === undefined) throw new Error(`${victim} has no disk of its own`)
  return disk
}

type End = { readonly victim: string; readonly why: string | undefined; readonly code: string }

const expectEnd = ({ tally }: Stage, { victim, why, code }: End): void => {
  if (why === `exit code 1 (${code})`) return
  tally.fault(`${victim} was to stop with ${code}, but ${why ?? 'went on'}`)
}
