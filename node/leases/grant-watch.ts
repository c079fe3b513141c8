import type { Warning } from '#api/ports/health.ts'
import type { Reporter } from '../loop/ports.ts'

export type GrantWatch = {
  /** Whether the policy of leases is on and has no grant to open any by. */
  readonly note: (isMissing: boolean) => void
  readonly warnings: () => readonly Warning[]
}

/** Tells an operator who switched leases on that nothing is kept apart: a venue finds out when it is cut off. */
export const createGrantWatch = (report: Reporter): GrantWatch => {
  let wasMissing = false
  return {
    note: (isMissing) => {
      if (isMissing && !wasMissing) {
        report({
          level: 'warn',
          code: 'lease_grant_missing',
          facts: { run: 'kermesse lease enable' },
        })
      }
      wasMissing = isMissing
    },
    warnings: () => (wasMissing ? [{ code: 'lease_grant_missing', count: 1 }] : []),
  }
}
