import { promises as dns } from 'node:dns'
import { RESOLVE_MS, RESOLVE_TRIES } from './limits.ts'

/** Every address of a name; none where there is none. Rejects when no name server says. */
export type Resolve = (name: string) => Promise<readonly string[]>

/**
 * Asks the name servers of the machine, never its C library: that one takes threads on which the disks
 * wait too, and a slow name server is the receiver's.
 */
export const createResolve = (): Resolve => {
  const resolver = new dns.Resolver({ timeout: RESOLVE_MS, tries: RESOLVE_TRIES })
  return async (name) => {
    if (name === 'localhost') return ['127.0.0.1', '::1']
    const answers = await Promise.all([
      resolver.resolve4(name).catch(noneOrThrow),
      resolver.resolve6(name).catch(noneOrThrow),
    ])
    return answers.flat()
  }
}

const NONE: ReadonlySet<unknown> = new Set(['ENODATA', 'ENOTFOUND'])

const noneOrThrow = (cause: unknown): readonly string[] => {
  if (cause instanceof Error && 'code' in cause && NONE.has(cause.code)) return []
  throw cause
}
