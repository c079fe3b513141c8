/** What happened, in order: always as a hash, as lines when somebody reads them. */
export type Trace = {
  readonly note: (line: TraceLine) => void
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
    note: ({ atMs, node, event, sum, detail }) => {
      mix(atMs)
      mixText(node)
      mixText(event)
      mix(sum)
      print?.(
        `${atMs.toString().padStart(7)} ms  ${node.padEnd(3)} ${event.padEnd(10)} ${detail()}`,
      )
    },
    hash: () => hexOf(high) + hexOf(low),
  }
}

const hexOf = (word: number): string => (word >>> 0).toString(16).padStart(8, '0')
