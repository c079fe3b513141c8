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
      const blocks = highestOf(federation) - start.height
      const wrong = effortFault(authorities, {
        views: viewOf() - start.view,
        blocks,
        questions: federation.asked() - start.asked,
        askers: reliable(federation).length,
        missing: highestOf(federation) - Math.max(0, lowest),
      })
      if (wrong !== undefined) throw new Violation('effort', wrong)
    },
  }
}

export type Spent = {
  readonly views: number
  readonly blocks: number
  readonly questions: number
  readonly askers: number
  /** Blocks that whoever was furthest behind had to get. */
  readonly missing: number
}

/** What was too much. */
export const effortFault = (authorities: number, spent: Spent): string | undefined => {
  const { views, blocks, questions, askers, missing } = spent
  const wasted = views - blocks
  if (wasted > (faultsOf(authorities) + 2) * authorities) return `${wasted} views without a block`
  const questionsMax = askers * (QUESTIONS_MIN + QUESTIONS_PER_BLOCK * missing)
  return questions > questionsMax ? `${questions} questions for ${missing} blocks` : undefined
}
