import type { NodeLedger } from './audit.ts'
import { effectKey } from './audit.ts'
import type { Book } from './book.ts'

/** A node's ledger under the node's name. */
export type NamedLedger = { readonly name: string; readonly ledger: NodeLedger }

/** What the disks of all nodes say of what the tills were answered, in sentences. */
export type Judgement = {
  readonly lost: readonly string[]
  readonly twice: readonly string[]
  readonly broken: readonly string[]
}

/** Holds every answer against every node's own copy of the ledger. */
export const judge = (book: Book, nodes: readonly NamedLedger[]): Judgement => {
  const lost: string[] = []
  const twice: string[] = []
  for (const { id, venue, verdict } of book.entries) {
    const key = effectKey(venue.placeId, id)
    for (const { name, ledger } of nodes) {
      const effects = ledger.effects.get(key) ?? 0
      const wanted = verdict.status === 'applied' ? 1 : 0
      if (effects < wanted) lost.push(`${id} was answered as applied, but ${name} has it not`)
      if (effects > wanted)
        twice.push(`${id} is ${verdict.status}, but ${name} has it ${effects} ×`)
    }
  }
  return { lost, twice, broken: [...unbalanced(nodes), ...differing(book.height(), nodes)] }
}

const unbalanced = (nodes: readonly NamedLedger[]): readonly string[] =>
  nodes.flatMap(({ name, ledger }) =>
    ledger.unbalanced.map((asset) => `${name}: balances of ${asset} are not its supply`),
  )

/** Every node holds the same block at the last height that all have reached. */
const differing = (answered: number, nodes: readonly NamedLedger[]): readonly string[] => {
  const height = Math.min(...nodes.map(({ ledger }) => ledger.height))
  const faults: string[] = []
  if (height < answered) faults.push(`a node ends at block ${height}, before ${answered}`)
  const digests = new Set(nodes.map(({ ledger }) => ledger.digestAt(height)))
  if (digests.size !== 1) faults.push(`nodes hold different blocks ${height}`)
  return faults
}
