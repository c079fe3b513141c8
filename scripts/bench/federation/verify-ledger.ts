import { z } from 'zod'
import type { LocalFederation } from '../../federation/local-federation.ts'
import { ApiClient } from '../../festival/api-client.ts'
import { readDigests } from '../../festival/audit.ts'
import { allLevel } from '../../festival/heights.ts'

/** What the answers of all loads add up to. */
export type Answered = {
  readonly applied: number
  /** Without an outcome when they were answered: applied later, or never. */
  readonly open: number
}

const Place = z.object({ wallet: z.string() })
const Balances = z.object({ items: z.array(z.object({ available: z.number(), held: z.number() })) })

/** What the venue has taken, in smallest units. */
export const takingsOf = async (federation: LocalFederation): Promise<number> => {
  const [venue] = federation.venues()
  if (venue === undefined) throw new Error('a federation without a venue')
  const { apiUrl, apiKey, placeId } = venue
  const client = new ApiClient({ apiUrl, apiKey, connectionsMax: 1 })
  try {
    const { wallet } = Place.parse((await client.get(`/v1/places/${placeId}`)).body)
    const { items } = Balances.parse((await client.get(`/v1/wallets/${wallet}/balances`)).body)
    return items.reduce((sum, { available, held }) => sum + available + held, 0)
  } finally {
    client.close()
  }
}

/**
 * Waits until all nodes have the same blocks, holds what the venue took since `before` against the
 * answers, at one smallest unit a payment, then stops the federation and compares the chains on its
 * disks. Sentences; none when all is well.
 */
export const ledgerFaults = async (
  federation: LocalFederation,
  { applied, open }: Answered,
  before: number,
): Promise<readonly string[]> => {
  const height = await allLevel(federation, 1)
  const took = (await takingsOf(federation)) - before
  const faults: string[] = []
  if (took < applied) faults.push(`lost: ${applied} payments were answered, ${took} are there`)
  if (took > applied + open) faults.push(`${took} payments are there, ${applied + open} were kept`)
  const nodes = [...federation.authorities(), ...federation.venues()]
  await federation.stop()
  const tips = new Set<string>()
  for (const { directory } of nodes) tips.add((await readDigests(directory))[height] ?? 'none')
  if (tips.size !== 1) faults.push(`nodes have different blocks at ${height}: ${[...tips]}`)
  return faults
}
