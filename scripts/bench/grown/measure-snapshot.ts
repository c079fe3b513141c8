import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { ChildNode } from '../../federation/child-node.ts'
import { usageOf } from '../machine/process-usage.ts'
import { VENUE } from './cast.ts'
import type { GrownFolder } from './grown-folder.ts'
import { copyNode, setOption, startNode } from './scratch.ts'

/** A new venue's copy of a ledger by a snapshot. */
export type SnapshotSync = {
  /** From the start of its process until it is ready, with its state loaded. */
  readonly seconds: number
  /** Of these until everything was on its disk. */
  readonly receivedSeconds: number
  /** Milliseconds of CPU: its own, and of all authorities. */
  readonly cpuMs: { readonly venue: number; readonly authorities: number }
}

/** What an interrupted one had when it was killed, and with how much it went on, in slots of the state. */
export type Resumption = {
  readonly killedAt: number
  readonly resumedFrom: number
  readonly of: number
}

/** Four authority processes that hold a grown ledger, and what new venues get from them on loopback. */
export type SnapshotBench = {
  readonly sync: (name: string) => Promise<SnapshotSync>
  /** The venue dies by SIGKILL once it has a third, and starts again. */
  readonly interrupted: (name: string) => Promise<Resumption>
}

export const withSnapshotServers = async <T>(
  folder: GrownFolder,
  scratch: string,
  act: (bench: SnapshotBench) => Promise<T>,
): Promise<T> => {
  const authorities: ChildNode[] = []
  try {
    for (const { name = '' } of folder.genesis.authorities) {
      const node = await copyNode(folder, join(scratch, 'authorities'), { name, isNew: false })
      authorities.push(await startNode(name, node))
    }
    return await act({
      sync: async (name) =>
        await syncOnce(await newVenue(folder, join(scratch, name)), authorities),
      interrupted: async (name) => await interruptOnce(await newVenue(folder, join(scratch, name))),
    })
  } finally {
    for (const node of authorities.toReversed()) await node.stop()
  }
}

/** A grown ledger has fewer blocks than a network of its age: large ones. */
const FROM_BLOCKS = 100
const KILLED_AT = 1 / 3
const POLL_MS = 50

const newVenue = async (folder: GrownFolder, scratch: string): Promise<string> => {
  const venue = await copyNode(folder, scratch, { name: VENUE, isNew: true })
  await setOption(venue, `sync: { snapshotFromBlocks: ${FROM_BLOCKS} }`)
  return venue
}

const syncOnce = async (
  folder: string,
  authorities: readonly ChildNode[],
): Promise<SnapshotSync> => {
  const served = (): number => authorities.reduce((sum, { pid }) => sum + usageOf(pid).cpuMs, 0)
  const before = served()
  const startMs = performance.now()
  const secondsNow = (): number => (performance.now() - startMs) / 1_000
  let receivedSeconds: number | undefined
  const watch = setInterval(() => {
    if (linesIn(folder).some(({ msg }) => msg === RECEIVED)) receivedSeconds ??= secondsNow()
  }, POLL_MS)
  const venue = await startNode(VENUE, folder, { log: 'info' }).finally(() => clearInterval(watch))
  const seconds = secondsNow()
  if (receivedSeconds === undefined) throw new Error('the venue took no snapshot')
  const cpuMs = { venue: usageOf(venue.pid).cpuMs, authorities: served() - before }
  await venue.stop()
  return { seconds, receivedSeconds, cpuMs }
}

const interruptOnce = async (folder: string): Promise<Resumption> => {
  const midst = new AbortController()
  const watch = setInterval(() => {
    const { slots, of } = progressIn(folder)
    if (of > 0 && slots >= of * KILLED_AT) midst.abort()
  }, POLL_MS)
  const lived = await startNode(VENUE, folder, { log: 'info', signal: midst.signal })
    .catch(() => undefined)
    .finally(() => clearInterval(watch))
  if (lived !== undefined) throw new Error('the venue was ready before it had a third')
  const killed = progressIn(folder)
  const lines = linesIn(folder).length
  const venue = await startNode(VENUE, folder, { log: 'info' })
  await venue.stop()
  const first = linesIn(folder)
    .slice(lines)
    .find(({ msg }) => msg === PROGRESS)
  if (first === undefined) throw new Error('the venue did not go on')
  return { killedAt: killed.slots, resumedFrom: first.slots, of: killed.of }
}

const PROGRESS = 'snapshot_progress'
const RECEIVED = 'snapshot_received'

const Line = z.object({ msg: z.string(), slots: z.number().default(0), of: z.number().default(0) })
type Line = z.infer<typeof Line>

const progressIn = (folder: string): Line =>
  linesIn(folder).findLast(({ msg }) => msg === PROGRESS) ?? { msg: PROGRESS, slots: 0, of: 0 }

/** What a node has told its operator so far, over all its lives. */
const linesIn = (folder: string): readonly Line[] => {
  const log = join(folder, 'node.log')
  if (!existsSync(log)) return []
  return readFileSync(log, 'utf8')
    .split('\n')
    .flatMap((line) => Line.safeParse(parsedLine(line)).data ?? [])
}

/** The last one may be half written. */
const parsedLine = (line: string): unknown => {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
