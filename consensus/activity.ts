import { INACTIVE_AFTER_MS } from './limits.ts'
import type { Core } from './state.ts'

/**
 * Whether a member is silent while the others are not: nothing of it for 5 s, and q − 1 others
 * heard in that time. A local guess that only shortens timers; never a blacklist.
 */
export const isInactive = (core: Core, member: number): boolean => {
  if (member === core.config.me) return false
  const since = core.now.monotonicMs - INACTIVE_AFTER_MS
  if ((core.peers[member]?.heardAtMs ?? 0) > since) return false
  const heard = core.peers.filter(({ heardAtMs }) => heardAtMs > since).length
  return heard >= core.quorum - 1
}
