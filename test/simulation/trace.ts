import type { JournalRecord } from '#consensus/journal-record.ts'
import type { OutboxEnd } from '#node/outbox/outbox.ts'
import type { FinalBlock } from '#node/pipeline/executor.ts'
import type { Hash } from '#protocol/hash.ts'

/** What happened, in order: always as a hash, as lines when somebody reads them. */
export type Trace = {
  readonly note: (line: TraceLine) => void
  /** For the reader alone: what follows from something noted. */
  readonly tell: (line: Omit<TraceLine, 'sum'>) => void
  /** Sixteen hexadecimal digits that any difference in any event changes. */
  readonly hash: () => string
}

export type TraceLine = {
  readonly atMs: number
  readonly node: string
  readonly event: string
  /** Sum of the bytes that the event carried. */
  readonly sum: number
  readonly detail: () => string
}

export const createTrace = (print?: (line: string) => void): Trace => {
  let [high, low] = [0x811c9dc5, 0xc9dc5118]
  const mix = (word: number): void => {
    high = Math.imul(high ^ word, 0x01000193)
    low = Math.imul(low ^ (word + (high >>> 15)), 0x85ebca6b)
  }
  const mixText = (text: string): void => {
    for (let index = 0; index < text.length; index++) mix(text.charCodeAt(index))
  }
  return {
    note: (line) => {
      mix(line.atMs)
      mixText(line.node)
      mixText(line.event)
      mix(line.sum)
      print?.(textOf(line))
    },
    tell: (line) => print?.(textOf(line)),
    hash: () => hexOf(high) + hexOf(low),
  }
}

const textOf = ({ atMs, node, event, detail }: Omit<TraceLine, 'sum'>): string =>
  `${atMs.toString().padStart(7)} ms  ${node.padEnd(3)} ${event.padEnd(10)} ${detail()}`

const hexOf = (word: number): string => (word >>> 0).toString(16).padStart(8, '0')

/** What became durable. */
export const durableText = (records: readonly JournalRecord[], blocks: readonly Hash[]): string =>
  [...records.map(({ type }) => type), ...blocks.map((digest) => digest.slice(0, 8))].join(' ')

/** How a submission ended. */
export const endText = (end: OutboxEnd): string =>
  end.kind === 'expired' ? 'expired' : end.event.outcome

/** The last of some blocks that became final together. */
export const newestOf = (blocks: readonly Pick<FinalBlock, 'block'>[]): FinalBlock['block'] => {
  const newest = blocks.at(-1)
  if (newest === undefined) throw new Error('nothing became final')
  return newest.block
}
