import { faultsOf } from '#protocol/chain/authority-set.ts'
import type { Epoch, EpochBook } from './epoch-book.ts'
import type { Federation } from './federation.ts'
import { isReliable, type Observation, Violation, type Who } from './observation.ts'
import { heightOf, highestOf, largestSet, type Run, reliable } from './run.ts'

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
export const watchEffort = (run: Run): Effort => {
  const { federation, views } = run
  const { book } = federation
  const from = book.newest().epoch
  const viewOf = (): number => views.sum()
  const start = { view: viewOf(), height: highestOf(federation), asked: federation.asked() }
  const lowest = Math.min(...reliable(federation).map(heightOf))
  return {
    judge: () => {
      const blocks = highestOf(federation) - start.height
      const wrong = effortFault(largestSet(run), {
        views: viewOf() - start.view,
        blocks,
        leaders: worstLeaders(federation, from),
        questions: federation.asked() - start.asked,
        askers: reliable(federation).length,
        missing: highestOf(federation) - Math.max(0, lowest),
      })
      if (wrong !== undefined) throw new Violation('effort', wrong)
    },
  }
}

/** Of the epochs since this one, that in which the largest share of the leaders fails. */
const worstLeaders = ({ book, machines }: Federation, from: number): Leaders =>
  book
    .all()
    .filter(({ epoch }) => epoch >= from)
    .map((present): Leaders => {
      const failing = new Set<number>()
      for (const { who } of machines.filter(({ who }) => !isReliable(who))) {
        const member = book.memberOf(present.epoch, who.index)
        if (member !== undefined) failing.add(member)
        else if (!who.honest) {
          const known = book.all().filter(({ epoch }) => isSeated(book, epoch, who, present))
          for (const one of untold(peersOf(present), known.map(peersOf))) failing.add(one)
        }
      }
      return { sound: present.set.members.length - failing.size, failing: failing.size }
    })
    .reduce((worst, one) => (one.failing * worst.sound > worst.failing * one.sound ? one : worst))

const isSeated = (book: EpochBook, epoch: number, { index }: Who, before: Epoch): boolean =>
  epoch < before.epoch && book.memberOf(epoch, index) !== undefined

const peersOf = ({ set }: Epoch): readonly string[] => set.members.map(({ peerId }) => peerId)

/**
 * A liar without a seat goes on telling those beside whom it had one, as if they were all there are. Who
 * came since has nothing of it to make a block of, while the others wait for that: its turns are the liar's.
 */
export const untold = (
  members: readonly string[],
  known: readonly (readonly string[])[],
): readonly number[] =>
  members.flatMap((peer, index) => (known.some((peers) => !peers.includes(peer)) ? [index] : []))

/** The views of all epochs so far, as reliable members came to them. */
export type Views = {
  readonly see: (observation: Observation) => void
  readonly sum: () => number
}

export const createViews = (): Views => {
  const highest = new Map<number, number>()
  return {
    see: (observation) => {
      if (observation.type !== 'standing' || !isReliable(observation.who)) return
      const { epoch, view } = observation
      highest.set(epoch, Math.max(view, highest.get(epoch) ?? 0))
    },
    sum: () => [...highest.values()].reduce((sum, view) => sum + view, 0),
  }
}

/** Members of a set, as leaders: no view of those who fail needs to make a block. */
export type Leaders = { readonly sound: number; readonly failing: number }

export type Spent = {
  readonly views: number
  readonly blocks: number
  readonly leaders: Leaders
  readonly questions: number
  readonly askers: number
  /** Blocks that whoever was furthest behind had to get. */
  readonly missing: number
}

/**
 * What was too much. Healing itself wastes no more than (f + 2)·n views. After that whoever fails still
 * has its turns, for as long as there is work: leaders take turns, so between two of its turns each sound
 * leader has one and makes a block of it.
 */
export const effortFault = (authorities: number, spent: Spent): string | undefined => {
  const { views, blocks, leaders, questions, askers, missing } = spent
  const wasted = views - blocks
  const turns = leaders.failing * Math.ceil(blocks / Math.max(1, leaders.sound))
  const wastedMax = (faultsOf(authorities) + 2) * authorities + turns
  if (wasted > wastedMax) return `${wasted} views without a block`
  const questionsMax = askers * (QUESTIONS_MIN + QUESTIONS_PER_BLOCK * missing)
  return questions > questionsMax ? `${questions} questions for ${missing} blocks` : undefined
}
