import { setTimeout as sleep } from 'node:timers/promises'
import {
  type LocalFederation,
  type RunningVenue,
  startFederation,
} from '#scripts/federation/local-federation.ts'
import { ApiClient } from '#scripts/festival/api-client.ts'
import { heightAt } from '#scripts/festival/heights.ts'
import { keepVigil } from './federation-vigil.ts'

/**
 * Starts a federation of real processes on free ports in an empty directory. Its `stop` rejects when
 * a process that should live does not.
 */
export const openFederation = async (directory: string): Promise<LocalFederation> =>
  keepVigil(
    await startFederation({
      directory,
      ports: 'free',
      log: 'warn',
      onLost: (reason) => console.error(reason),
    }),
  )

/** Runs `use` on a federation of its own, all of which lives to the end and is stopped there. */
export const withFederation = async <T>(
  directory: string,
  use: (federation: LocalFederation) => Promise<T>,
): Promise<T> => {
  const federation = await openFederation(directory)
  let result: T
  try {
    result = await use(federation)
  } catch (cause) {
    // A process that died is why, and more to the point than what it broke.
    const unwell = await federation.stop().then(() => [], messageOf)
    throw new Error([...unwell, ...messageOf(cause)].join('; '), { cause })
  }
  await federation.stop()
  return result
}

const messageOf = (error: unknown): readonly string[] => [
  error instanceof Error ? error.message : String(error),
]

export const venueOf = (federation: LocalFederation, index: number): RunningVenue => {
  const venue = federation.venues()[index]
  if (venue === undefined) throw new Error(`there is no venue ${index}`)
  return venue
}

/** Every node with the address of its API. */
export const nodesOf = (
  federation: LocalFederation,
): readonly { readonly name: string; readonly pid: number; readonly apiUrl: string }[] =>
  [...federation.authorities(), ...federation.venues()].map(({ name, pid, apiUrl }) => {
    if (apiUrl === undefined) throw new Error(`${name} has no API`)
    return { name, pid, apiUrl }
  })

/** The height every node has applied, by name; undefined where one does not answer. */
export const heightsOf = async (
  federation: LocalFederation,
): Promise<ReadonlyMap<string, number | undefined>> => {
  const heights = new Map<string, number | undefined>()
  for (const { name, apiUrl } of nodesOf(federation)) {
    const client = new ApiClient({ apiUrl, connectionsMax: 1 })
    heights.set(name, await heightAt(client))
    client.close()
  }
  return heights
}

const POLL_MS = 50

/** Looks again and again until something is there that is not false, at most `withinMs`. */
export const until = async <T>(
  what: string,
  withinMs: number,
  look: () => Promise<T | undefined> | T | undefined,
): Promise<T> => {
  const endMs = performance.now() + withinMs
  for (;;) {
    const found = await look()
    if (found !== undefined && found !== false) return found
    if (performance.now() > endMs) throw new Error(`${what}: not within ${withinMs} ms`)
    await sleep(POLL_MS)
  }
}
