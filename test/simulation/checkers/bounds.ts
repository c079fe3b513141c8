import { BLOCKS_MAX, RETAIN_VIEWS } from '#consensus/limits.ts'
import { MESSAGE_BYTES_MAX } from '#node/network/limits.ts'
import { TOPICS } from '#node/network/network-port.ts'
import { SERVED_PER_SECOND } from '#node/sync/serve.ts'
import { CONSENSUS_MESSAGE_BYTES_MAX } from '#protocol/chain/message.ts'
import { type Checker, isReliable, type Observation, type ObservationOf } from '../observation.ts'

/** The first byte of a message says what it is. */
const TAG_BYTES = 1
/** Transactions that may wait at once: the share of one signer, and more than all others submit. */
const WAITING_MAX = 2_048

const SECOND_MS = 1_000
/** What is limited by the second may be had at the end of one and at the beginning of the next. */
const ANSWERS_MAX = 2 * SERVED_PER_SECOND
/** One for each 2Δ, and one for each new connection. */
const STATUSES_MAX = 20
/** A few come for each view, and as a help (consensus.md §14). */
const CERTIFICATES_MAX = 200

/** There everything new is published, as fast as it comes. */
const PUBLISHED: ReadonlySet<string> = new Set(TOPICS)

type Rate = { readonly name: string; readonly most: number }
const ANSWERS: Rate = { name: 'answers', most: ANSWERS_MAX }
const RATES: Readonly<Record<string, Rate>> = {
  block: ANSWERS,
  transactions: ANSWERS,
  segments: ANSWERS,
  absent: ANSWERS,
  status: { name: 'statuses', most: STATUSES_MAX },
  certificate: { name: 'certificates', most: CERTIFICATES_MAX },
}

const CONSENSUS: ReadonlySet<string> = new Set([
  'vote',
  'certificate',
  'proposal',
  'status',
  'beacon',
  'certificateRequest',
])

/**
 * Invariant 14: no message is longer than its limit, no peer is answered more often than it may be, and
 * no memory of a node grows past its bound.
 */
export const createBounds = (): Checker => {
  const judgeRate = createRates()
  return {
    name: 'bounds',
    see: (observation) => {
      if (!observation.who.honest) return undefined
      if (observation.type === 'sent') return judgeLength(observation) ?? judgeRate(observation)
      return observation.type === 'standing' ? judgeMemory(observation) : undefined
    },
  }
}

/** Counts by sender, receiver and second, from the first of it. */
const createRates = () => {
  const windows = new Map<string, { readonly sinceMs: number; sent: number }>()
  return ({ who, atMs, to, kind }: Observation & ObservationOf<'sent'>): string | undefined => {
    const rate = RATES[kind]
    // Another process with its key answers too.
    if (rate === undefined || PUBLISHED.has(to) || !isReliable(who)) return undefined
    const key = `${who.name} ${to} ${rate.name}`
    const known = windows.get(key)
    if (known === undefined || atMs - known.sinceMs >= SECOND_MS) {
      windows.set(key, { sinceMs: atMs, sent: 1 })
      return undefined
    }
    known.sent += 1
    return known.sent > rate.most ? `${known.sent} ${rate.name} to ${to} in a second` : undefined
  }
}

const judgeLength = ({ kind, length }: ObservationOf<'sent'>): string | undefined => {
  const most = CONSENSUS.has(kind) ? CONSENSUS_MESSAGE_BYTES_MAX + TAG_BYTES : MESSAGE_BYTES_MAX
  return length > most ? `a ${kind} of ${length} bytes` : undefined
}

const judgeMemory = ({ view, held }: ObservationOf<'standing'>): string | undefined => {
  const { settledView, rounds, blocks, open, waiting } = held
  const roundsMax = view + 1 - Math.max(0, settledView - RETAIN_VIEWS) + 1
  if (rounds > roundsMax) return `${rounds} rounds in view ${view}, settled ${settledView}`
  if (blocks > BLOCKS_MAX || open > BLOCKS_MAX) return `${blocks} blocks, ${open} open`
  return waiting > WAITING_MAX ? `${waiting} transactions wait` : undefined
}
