import type { Checker, Observation } from '../observation.ts'

/** What a process does that is still at work. */
const DEEDS: ReadonlySet<Observation['type']> = new Set([
  'sent',
  'vote',
  'durable',
  'final',
  'stored',
  'tip',
  'alarm',
  'answer',
])
const ENDS: ReadonlySet<Observation['type']> = new Set(['stopped', 'killed', 'powerLost', 'boot'])

/** Durable before visible: from the moment in which its disk fails a process does nothing more. */
export const createFailedDisk = (): Checker => {
  const failed = new Set<string>()
  return {
    name: 'failedDisk',
    see: ({ type, who }) => {
      if (type === 'diskFailed' && who.honest) failed.add(who.name)
      if (failed.size === 0 || !failed.has(who.name)) return undefined
      if (ENDS.has(type)) failed.delete(who.name)
      return DEEDS.has(type) ? `${type} after its disk failed` : undefined
    },
  }
}
