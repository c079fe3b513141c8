import { v7 } from 'uuid'
import type { LocalFederation } from '#scripts/federation/local-federation.ts'
import { venueOf } from './federation.ts'
import { openSigner } from './federation-signer.ts'
import { FederationTill } from './federation-till.ts'
import { settled, turnOf, withNodes } from './submitting.ts'

const FUNDS = 1_000
const PRICE = 300

/** What came of one payment that was posted many times at once. */
export type ParallelPosts = {
  readonly submissions: number
  readonly nodes: number
  /** How often the card was charged. */
  readonly charges: number
  /** Different answers. */
  readonly answers: number
}

/** Posts one signed payment so often, all at once, in turn at so many nodes. */
export const postInParallel = async (
  federation: LocalFederation,
  { submissions, nodes }: { readonly submissions: number; readonly nodes: number },
): Promise<ParallelPosts> => {
  const venue = venueOf(federation, 0)
  const till = new FederationTill(venue)
  const signer = await openSigner(federation, venue)
  const card = await till.newCard('weak', FUNDS)
  const text = signer.sale({ card: card.id, amount: PRICE, id: v7() })
  const answers = await withNodes(federation, nodes, (clients) =>
    Promise.all(
      Array.from({ length: submissions }, (_, index) => settled(turnOf(clients, index), text)),
    ),
  )
  const bodies = new Set(answers.map(({ body }) => JSON.stringify(body)))
  const charged = FUNDS - (await till.balance(card.id))
  till.close()
  return { submissions: answers.length, nodes, charges: charged / PRICE, answers: bodies.size }
}
