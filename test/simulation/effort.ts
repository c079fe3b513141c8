import { faultsOf } from '#protocol/chain/authority-set.ts'
import { Violation } from './observation.ts'
import { heightOf, highestOf, type Run, reliable } from './run.ts'

/** Questions for blocks and transactions that one node may ask for each block that becomes final. */
const QUESTIONS_PER_BLOCK = 2
/** Questions that one node may ask whatever happens: those of a start, and of a peer that is silent. */
const QUESTIONS_MIN = 20

/** How much it took from one moment on. */
export type Effort = {
  /** Throws when it took more views or questions than it should. */
  readonly judge: () => void
}

/** Invariants 16 and 19: after healing few views are wasted, and catching up asks for little. */
export const watchEffort = ({ swarm, federation }: Run): Effort => {
  const { authorities } = swarm
  const viewOf = (): number =>
    Math.max(
      0,
      ...reliable(federation).map((machine) => {
        const seat = machine.process()?.seat
        return seat?.kind === 'authority' ? seat.replica.standing().view : 0
      }),
    )
  const start = { view: viewOf(), height: highestOf(federation), asked: federation.asked() }
  const lowest = Math.min(...reliable(federation).map(heightOf))
  return {
    judge: () => {
      const wasted = viewOf() - start.view - (highestOf(federation) - start.height)
      const viewsMax = (faultsOf(authorities) + 2) * authorities
      if (wasted > viewsMax) throw new Violation('views', `${wasted} views without a block`)
      const asked = federation.asked() - start.asked
      const blocks = highestOf(federation) - Math.max(0, lowest)
      const machines = reliable(federation).length
      const askedMax = machines * (QUESTIONS_MIN + QUESTIONS_PER_BLOCK * blocks)
      if (asked > askedMax) throw new Violation('questions', `${asked} questions, ${blocks} blocks`)
    },
  }
}
