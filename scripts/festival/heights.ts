import { z } from 'zod'
import { logTail } from '../federation/child-node.ts'
import type { LocalFederation } from '../federation/local-federation.ts'
import { ApiClient, NoAnswer } from './api-client.ts'
import { pause } from './verdict.ts'

const CATCH_UP_WAIT_MS = 60_000
const POLL_MS = 100

const Network = z.object({ height: z.number() })

/** Waits until every node of the federation has applied a block of this height. */
export const allReach = async (federation: LocalFederation, height: number): Promise<void> => {
  const nodes = [...federation.authorities(), ...federation.venues()]
  await Promise.all(
    nodes.map(async ({ name, apiUrl }) => {
      if (apiUrl !== undefined) await reach(name, apiUrl, height)
    }),
  )
}

/**
 * Waits until all nodes have applied the same blocks, that of this height among them, and gives how
 * many. Throws who is where, with the end of the log of whoever is last.
 */
export const allLevel = async (federation: LocalFederation, height: number): Promise<number> => {
  const endMs = performance.now() + CATCH_UP_WAIT_MS
  for (;;) {
    const places = await placesOf(federation)
    const [level, ...others] = new Set(places.map(({ at }) => at))
    if (level !== undefined && level >= height && others.length === 0) return level
    if (performance.now() > endMs) throw new Error(apart(places, height))
    await pause(POLL_MS)
  }
}

/** A node, and how many blocks it has applied. */
export type Place = {
  readonly name: string
  readonly directory: string
  readonly at: number | undefined
}

/** The height that every node tells; undefined where one does not answer in time. */
export const placesOf = (
  federation: LocalFederation,
  answerWaitMs = CATCH_UP_WAIT_MS,
): Promise<readonly Place[]> =>
  Promise.all(
    [...federation.authorities(), ...federation.venues()].map(async (node) => {
      const { name, directory, apiUrl = '' } = node
      const client = new ApiClient({ apiUrl, connectionsMax: 1, answerWaitMs })
      try {
        return { name, directory, at: await heightAt(client) }
      } finally {
        client.close()
      }
    }),
  )

/** Of the node that is furthest; −1 where none tells. */
export const highestOf = (places: readonly Pick<Place, 'at'>[]): number =>
  Math.max(-1, ...places.map(({ at }) => at ?? -1))

const apart = (places: readonly Place[], height: number): string => {
  const [last] = [...places].sort((a, b) => (a.at ?? -1) - (b.at ?? -1))
  const where = places.map(({ name, at }) => `${name} at ${at ?? 'no height'}`).join(', ')
  return `not one height from ${height} on: ${where}\n${last === undefined ? '' : logTail(last.directory)}`
}

/** The height that a node has applied; undefined when it does not answer. */
export const heightAt = async (client: ApiClient): Promise<number | undefined> => {
  try {
    const answer = await client.get('/v1/network')
    return Network.safeParse(answer.body).data?.height
  } catch (error) {
    if (error instanceof NoAnswer) return undefined
    throw error
  }
}

const reach = async (name: string, apiUrl: string, height: number): Promise<void> => {
  const client = new ApiClient({ apiUrl, connectionsMax: 1 })
  const endMs = performance.now() + CATCH_UP_WAIT_MS
  try {
    for (;;) {
      const now = await heightAt(client)
      if (now !== undefined && now >= height) return
      if (performance.now() > endMs) {
        throw new Error(`${name} is at block ${now}, ${height} was answered`)
      }
      await pause(POLL_MS)
    }
  } finally {
    client.close()
  }
}
