import type { PeerName } from '../network/network-port.ts'
import type { Clock } from './ports.ts'

/** A node outside the set is heard so often: what it says is small and can be said again. */
const STRANGER_PAUSE_MS = 100
/** Nodes outside the set of which the last word is remembered. */
export const STRANGERS_MAX = 256

/** Tells whether a stranger is heard now; the time of it then counts as that of its last word. */
export const createStrangerPauses = (clock: Clock): ((peer: PeerName) => boolean) => {
  const heardAtMs = new Map<PeerName, number>()
  return (peer) => {
    const nowMs = clock.monotonicMs()
    if (nowMs - (heardAtMs.get(peer) ?? -Infinity) < STRANGER_PAUSE_MS) return false
    if (heardAtMs.size >= STRANGERS_MAX) heardAtMs.clear()
    heardAtMs.set(peer, nowMs)
    return true
  }
}
