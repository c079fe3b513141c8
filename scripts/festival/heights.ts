import { z } from 'zod'
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
