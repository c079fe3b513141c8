import { BLOCKS_MAX, RETAIN_VIEWS } from '#consensus/limits.ts'
import { MESSAGE_BYTES_MAX } from '#node/network/limits.ts'
import { CONSENSUS_MESSAGE_BYTES_MAX } from '#protocol/chain/message.ts'
import type { Checker, ObservationOf } from '../observation.ts'

/** The first byte of a message says what it is. */
const TAG_BYTES = 1
/** Transactions that may wait at once: more than any simulation submits. */
const WAITING_MAX = 4_096

const CONSENSUS: ReadonlySet<string> = new Set([
  'vote',
  'certificate',
  'proposal',
  'status',
  'beacon',
  'certificateRequest',
])

/** Invariant 14: no message is longer than its limit, and no memory of a node grows past its bound. */
export const createBounds = (): Checker => ({
  name: 'bounds',
  see: (observation) => {
    if (!observation.who.honest) return undefined
    if (observation.type === 'sent') return judgeLength(observation)
    return observation.type === 'standing' ? judgeMemory(observation) : undefined
  },
})

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
