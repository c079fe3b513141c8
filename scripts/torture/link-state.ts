import { type LinkState, WHOLE } from '../links/link-proxy.ts'
import { AT_ONCE, type Flow } from '../links/one-way.ts'
import type { Blow } from './blow.ts'

const HELD: Flow = { tag: 'held' }

/** What a blow makes of the way from one node to another. */
export const stateOf = (blow: Blow, from: string, to: string): LinkState => {
  switch (blow.tag) {
    case 'partition': {
      const isWhole = blow.sides.some((side) => side.includes(from) && side.includes(to))
      if (isWhole) return WHOLE
      return { toTarget: HELD, toDialler: HELD, refused: blow.manner === 'refused' }
    }
    case 'one_way': {
      // Bytes to the target come from the dialler, and those to the dialler from the target.
      const isMute = blow.direction === 'mute'
      const [toTarget, toDialler] = isMute ? [from, to] : [to, from]
      return {
        toTarget: toTarget === blow.victim ? HELD : AT_ONCE,
        toDialler: toDialler === blow.victim ? HELD : AT_ONCE,
        refused: false,
      }
    }
    case 'slow': {
      if (from !== blow.victim && to !== blow.victim) return WHOLE
      const late: Flow = { tag: 'open', delayMs: blow.delayMs }
      return { toTarget: late, toDialler: late, refused: false }
    }
    case 'kill':
    case 'kill_in_start':
    case 'stop':
    case 'full_disk':
    case 'failing_disk':
    case 'read_only_disk':
    case 'clock_step':
      return WHOLE
  }
}
