import { join } from 'node:path'
import { z } from 'zod'
import type { ChildNode } from '../../federation/child-node.ts'
import { VENUE } from '../grown/cast.ts'
import type { GrownFolder } from '../grown/grown-folder.ts'
import { copyNode, setOption, startNode } from '../grown/scratch.ts'
import { firstPaymentHeightOf, heightOf, paymentsUpTo } from '../grown/sizes.ts'
import { usageOf } from '../machine/process-usage.ts'

/** Where a follower checks signatures: on its own thread, or in threads of their own. */
export type Checks = 'inline' | 'workers'

export type Replay = {
  readonly payments: number
  readonly seconds: number
  /** CPU milliseconds of the follower from its first payment to its last, all threads. */
  readonly cpuMs: number
  /** The longest that an answer of the follower took meanwhile. */
  readonly slowestAnswerMs: number
}

const POLL_MS = 20
const DEADLINE_MS = 600_000
const Health = z.object({ height: z.int() })
/** A node that may take no payment says how it is all the same; one that only starts does not. */
const Ready = z.union([
  Health,
  z.object({ health: Health }),
  z.object({ code: z.literal('not_started') }),
])

/** Starts a new follower in a folder of that name, and times it. */
export type ReplayOnce = (options: {
  readonly name: string
  readonly checks: Checks
  /** Where its CPU profile goes, if it makes one. */
  readonly profile?: string
}) => Promise<Replay>

/**
 * New venues follow a chain one after the other: four real authority processes, idle but for what they serve
 * on loopback, and one real follower process that checks, executes and stores. Timed from the first block of
 * payments to the last block.
 */
export const withAuthorities = async <T>(
  folder: GrownFolder,
  scratch: string,
  act: (replay: ReplayOnce) => Promise<T>,
): Promise<T> => {
  const running: ChildNode[] = []
  try {
    for (const { name = '' } of folder.genesis.authorities) {
      const authority = await copyNode(folder, join(scratch, 'authorities'), { name, isNew: false })
      running.push(await startNode(name, authority))
    }
    return await act((options) => replayOnce(folder, scratch, options))
  } finally {
    for (const node of running.toReversed()) await node.stop()
  }
}

const replayOnce = async (
  folder: GrownFolder,
  scratch: string,
  { name, checks, profile }: Parameters<ReplayOnce>[0],
): Promise<Replay> => {
  const follower = await copyNode(folder, join(scratch, name), { name: VENUE, isNew: true })
  await setOption(follower, `signatureChecks: ${checks}`)
  const options =
    profile === undefined ? {} : { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${profile}` }
  const venue = await startNode(VENUE, follower, { environment: options })
  try {
    return await timed(venue, folder)
  } finally {
    await venue.stop()
  }
}

const timed = async (venue: ChildNode, { file: { sizes } }: GrownFolder): Promise<Replay> => {
  const [from, to] = [firstPaymentHeightOf(sizes), heightOf(sizes)]
  let slowestAnswerMs = 0
  const until = async (least: number): Promise<{ atMs: number; height: number; cpuMs: number }> => {
    const endMs = performance.now() + DEADLINE_MS
    while (performance.now() < endMs) {
      const askedMs = performance.now()
      const height = await heightNow(venue)
      slowestAnswerMs = Math.max(slowestAnswerMs, performance.now() - askedMs)
      if (height >= least)
        return { atMs: performance.now(), height, cpuMs: usageOf(venue.pid).cpuMs }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS))
    }
    throw new Error(`the follower did not reach height ${least}`)
  }
  const begun = await until(from)
  const ended = await until(to)
  const before = paymentsUpTo(sizes, begun.height)
  return {
    payments: sizes.payments - before,
    seconds: (ended.atMs - begun.atMs) / 1_000,
    cpuMs: ended.cpuMs - begun.cpuMs,
    slowestAnswerMs,
  }
}

const heightNow = async ({ apiUrl }: ChildNode): Promise<number> => {
  const answer = await fetch(`${apiUrl}/readyz`, { signal: AbortSignal.timeout(DEADLINE_MS) })
  const ready = Ready.parse(await answer.json())
  if ('height' in ready) return ready.height
  return 'health' in ready ? ready.health.height : 0
}
