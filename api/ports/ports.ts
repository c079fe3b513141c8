import type { Books } from './books.ts'
import type { Credentials, SignedRequests } from './caller.ts'
import type { Desk } from './desk.ts'
import type { Events } from './events.ts'
import type { Health, Metrics } from './health.ts'
import type { Holds } from './holds.ts'
import type { Ledger } from './ledger.ts'
import type { PlaceBooks } from './ledger-books.ts'
import type { Pairings } from './pairing.ts'
import type { Rights } from './rights.ts'
import type { Submissions } from './submissions.ts'
import type { Webhooks } from './webhooks.ts'

/** Milliseconds that never go backwards: for buckets and durations, never for ledger time. */
export type MonotonicClock = () => number

/** Everything the door needs of the node behind it. */
export type Ports = {
  readonly books: Books
  readonly placeBooks: PlaceBooks
  readonly credentials: Credentials
  readonly desk: Desk
  readonly events: Events
  readonly health: Health
  readonly holds: Holds
  readonly ledger: Ledger
  readonly metrics: Metrics
  readonly pairings: Pairings
  readonly requests: SignedRequests
  readonly rights: Rights
  readonly submissions: Submissions
  readonly webhooks: Webhooks
  readonly clock: MonotonicClock
}
