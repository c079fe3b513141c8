import type { LocalFederation } from '#scripts/federation/local-federation.ts'
import { type ApiAnswer, ApiClient } from '#scripts/festival/api-client.ts'
import { nodesOf, until } from './federation.ts'
import { saidBy } from './federation-till.ts'

/** What says that there is no outcome yet, or that nobody could look. */
const OPEN: ReadonlySet<string> = new Set([
  'pending',
  'node_starting',
  'node_overloaded',
  'node_blocked',
])
const SETTLED_WITHIN_MS = 60_000
const CONNECTIONS_MAX = 64

/** Sends a signed transaction with the same bytes until its outcome is there. */
export const settled = async (client: ApiClient, text: string): Promise<ApiAnswer> =>
  await until('an outcome', SETTLED_WITHIN_MS, async () => {
    const answer = await client.post('/v1/transactions', text)
    return OPEN.has(saidBy(answer)) ? undefined : answer
  })

/** Runs `use` with clients of so many nodes of a federation, which it takes no key to submit to. */
export const withNodes = async <T>(
  federation: LocalFederation,
  count: number,
  use: (clients: readonly ApiClient[]) => Promise<T>,
): Promise<T> => {
  const nodes = nodesOf(federation).slice(0, count)
  if (nodes.length < count) throw new Error(`${nodes.length} nodes, not ${count}`)
  const clients = nodes.map(
    ({ apiUrl }) => new ApiClient({ apiUrl, connectionsMax: CONNECTIONS_MAX }),
  )
  try {
    return await use(clients)
  } finally {
    for (const client of clients) client.close()
  }
}

/** The client whose turn it is. */
export const turnOf = (clients: readonly ApiClient[], index: number): ApiClient => {
  const client = clients[index % clients.length]
  if (client === undefined) throw new Error('no node')
  return client
}
