import { refuse } from './answer.ts'
import type { Door, Guard } from './door.ts'
import { HEIGHT_WAIT_MS } from './limits.ts'
import { within } from './wait.ts'

/** Holds a request back until this node has applied the height that `?minHeight=` asks for. */
export const awaitHeight =
  (door: Door): Guard =>
  (request, reply, done) => {
    const height = minHeightOf(request.query)
    if (height === undefined || door.ports.ledger.head().height >= height) return done()
    const reached = door.ports.ledger.reach(height, door.patience(reply)).then(
      () => true,
      () => false,
    )
    void within(HEIGHT_WAIT_MS, reached).then((result) => {
      if (result === true) done()
      else refuse(reply, 'height_not_reached')
    })
  }

const minHeightOf = (query: unknown): number | undefined =>
  typeof query === 'object' &&
  query !== null &&
  'minHeight' in query &&
  typeof query.minHeight === 'number'
    ? query.minHeight
    : undefined
