import type { App } from '#api/app.ts'
import type { Ports } from '#api/ports/ports.ts'
import { createServer } from '#api/server.ts'
import { createCounters } from '#node/network/counters.ts'
import { createMetrics } from '#node/reads/metrics.ts'
import { fakeHealth, fakePorts } from '../../api/fake-ports.ts'
import { fakeWebhooks } from '../../api/fake-webhooks.ts'
import type { Bar } from './solo-node.ts'

const opened: App[] = []

export type OpenDoor = {
  readonly url: string
  /** Asks with the bar's API key. */
  readonly get: (path: string, signal?: AbortSignal) => Promise<Response>
}

/** The real HTTP server over a bar's node, on this machine's loopback; `closeDoors` ends it. */
export const openDoor = async (bar: Bar, change: Partial<Ports> = {}): Promise<OpenDoor> => {
  const app = await createServer({ ports: { ...portsOf(bar), ...change } })
  opened.push(app)
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const headers = { authorization: `Bearer ${bar.token}` }
  return { url, get: (path, signal) => fetch(url + path, { headers, signal: signal ?? null }) }
}

export const closeDoors = async (): Promise<void> => {
  for (const app of opened.splice(0)) await app.close()
}

const portsOf = ({ node }: Bar): Ports => {
  const health = fakeHealth({
    report: () => ({ ...fakeHealth().report(), height: node.recent.head().height }),
  })
  return {
    books: node.books,
    placeBooks: node.placeBooks,
    credentials: node.apiKeys,
    desk: node.desk,
    events: node.events,
    health,
    holds: node.holds,
    ledger: node.ledger,
    metrics: createMetrics({
      health,
      view: () => 0,
      storedHeight: node.recent.storedHeight,
      outbox: () => ({ size: 0, oldestSinceMs: undefined }),
      waiting: () => 0,
      wallMs: node.clock.wallMs,
      pendingBytes: () => 0,
      network: createCounters,
      leases: () => ({ open: 0, left: 0, waiting: 0, lost: 0 }),
    }),
    pairings: fakePorts().pairings,
    requests: node.requests,
    rights: node.rights,
    submissions: node.submissions,
    webhooks: fakeWebhooks(),
    clock: () => performance.now(),
  }
}
