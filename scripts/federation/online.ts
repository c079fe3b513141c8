import { setTimeout as pause } from 'node:timers/promises'
import { FederationError } from './federation-error.ts'

/** How long a node may take until its copy is proven current. */
const ONLINE_MS = 20_000
const POLL_MS = 50

/** Resolves once the node can take a payment. */
export const untilOnline = async (name: string, apiUrl: string | undefined): Promise<void> => {
  const endMs = performance.now() + ONLINE_MS
  while (performance.now() < endMs) {
    const ready = await fetch(`${apiUrl}/readyz`, { signal: AbortSignal.timeout(ONLINE_MS) })
    await ready.arrayBuffer()
    if (ready.ok) return
    await pause(POLL_MS)
  }
  throw new FederationError(`${name} does not come online; see node.log in its folder`)
}
