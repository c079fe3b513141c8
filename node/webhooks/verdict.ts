import type { Answer } from './courier.ts'

/**
 * What an attempt says of the event and its receiver. `refused`: the receiver is there and does not take
 * this event. `absent`: it is not there, or has too much to do: whatever it is sent.
 */
export type Verdict = 'taken' | 'gone' | 'refused' | 'absent'

/** Statuses by which a receiver, or what stands before it, asks for the same once more. */
const ABSENT: ReadonlySet<number> = new Set([408, 425, 429, 502, 503, 504])
/** Standard Webhooks: the receiver is gone for good. */
const GONE = 410

export const verdictOf = (answer: Answer): Verdict => {
  if (answer.kind === 'failed') return 'absent'
  const { status } = answer
  if (status >= 200 && status < 300) return 'taken'
  if (status === GONE) return 'gone'
  return ABSENT.has(status) ? 'absent' : 'refused'
}
