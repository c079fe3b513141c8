import type { Logger } from 'pino'
import type { Reporter } from '../loop/ports.ts'

export type NodeReporter = {
  readonly report: Reporter
  /** The node cannot go on; only the first failure counts. */
  readonly fail: (code: string, detail: string) => void
  readonly failed: Promise<{ readonly code: string; readonly detail: string }>
  /** Why the node halted, if it has. */
  readonly failure: () => string | undefined
}

/** Reports as log lines, and one promise for the end of all. */
export const createReporter = (logger: Logger): NodeReporter => {
  const { promise, resolve } = Promise.withResolvers<{ code: string; detail: string }>()
  let failure: string | undefined
  const fail: NodeReporter['fail'] = (code, detail) => {
    if (failure !== undefined) return
    failure = code
    logger.fatal({ detail }, code)
    resolve({ code, detail })
  }
  return {
    report: ({ level, code, facts }) => {
      if (level === 'fatal') fail(code, JSON.stringify(facts))
      else if (QUIET.has(code)) logger.debug(facts, code)
      else logger[level](facts, code)
    },
    fail,
    failed: promise,
    failure: () => failure,
  }
}

/** Every view is one line too many for a log that people read. */
const QUIET: ReadonlySet<string> = new Set(['consensus_view'])
