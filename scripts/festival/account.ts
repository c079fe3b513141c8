import type { LocalFederation } from '../federation/local-federation.ts'
import { readNodeLedger } from './audit.ts'
import { allReach } from './heights.ts'
import { type Judgement, judge, type NamedLedger } from './judge.ts'
import type { Evening } from './prepare.ts'
import { verifyReceipts } from './receipts.ts'
import { reconcile } from './reconcile.ts'

/**
 * Holds an evening's answers against balances and receipts of the APIs; then stops the federation
 * and holds them against the ledger on the disk of every node. Sentences, none when all is well.
 */
export const accountFor = async (
  federation: LocalFederation,
  { venues, cards, book, trusted }: Evening,
): Promise<Judgement> => {
  await allReach(federation, book.height())
  const reconciled = await Promise.all(
    venues.map((venue, index) => reconcile({ venue, venues, cards: cards[index] ?? [] }, book)),
  )
  const receipts = await verifyReceipts(book, trusted)
  for (const { client } of venues.flatMap(({ tills }) => tills)) client.close()
  const nodes = await readLedgers(federation)
  const { lost, twice, broken, overdrawn, forks } = judge(book, venues, nodes)
  return {
    lost: [...lost, ...reconciled.flatMap(({ wallets }) => wallets), ...receipts.faults],
    twice: [...twice, ...book.contradictions],
    broken: [...broken, ...reconciled.flatMap(({ supplies }) => supplies)],
    overdrawn,
    forks,
  }
}

/** Stops the federation and reads what each of its nodes has on disk. */
export const readLedgers = async (federation: LocalFederation): Promise<readonly NamedLedger[]> => {
  const folders = [...federation.authorities(), ...federation.venues()]
  await federation.stop()
  const nodes: NamedLedger[] = []
  for (const { name, directory } of folders) {
    nodes.push({ name, ledger: await readNodeLedger(directory) })
  }
  return nodes
}
