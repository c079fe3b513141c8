import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { z } from 'zod'
import { Report } from './report.ts'

/**
 * One line of a results file: what a range of seeds came to, and the trace of its first seed, by which
 * a result of other code is told from one of this.
 */
const Line = z
  .strictObject({ from: z.int(), count: z.int(), trace: z.string(), report: Report })
  .readonly()
export type Line = z.infer<typeof Line>

/** What a long run has finished so far, kept in a file of one JSON object a line. */
export type Results = {
  /** Throws when what is kept is of other code. */
  readonly find: (from: number, count: number) => Line | undefined
  readonly add: (line: Line) => void
}

/** `traceOf`: what this code makes of a seed; asked of the first of each part that is found. */
export const openResults = (path: string, traceOf: (seed: number) => string): Results => {
  const text = existsSync(path) ? readFileSync(path, 'utf8') : ''
  const lines = text
    .split('\n')
    .filter((line) => line.endsWith('}'))
    .map((line) => Line.parse(JSON.parse(line)))
  return {
    find: (from, count) => {
      const found = lines.find((line) => line.from === from && line.count === count)
      if (found !== undefined && traceOf(from) !== found.trace) {
        throw new Error(`seed ${from} in ${path} is of other code than this: begin a new file`)
      }
      return found
    },
    add: (line) => {
      lines.push(line)
      appendFileSync(path, `${JSON.stringify(line)}\n`)
    },
  }
}
