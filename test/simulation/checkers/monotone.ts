import { type Checker, isReliable, type Observation, type ObservationOf } from '../observation.ts'

type Marks = {
  epoch: number
  view: number
  height: number
  storedHeight: number
  votedEpoch: number
  votedView: number
  /** Of the blocks that were final here in this life, or in the store as it began. */
  finalHeight: number
  floorEpoch: number
  floorView: number
  /** As the store was when this life began. */
  bootHeight: number
}

/**
 * Invariant 8: view and final height never fall within a life, floors never fall, as far as it is one
 * epoch, and epochs never do; the store never loses what it acknowledged and holds nothing that is not
 * proven final, nobody claims to hold what the store has not acknowledged, and a restart is never before
 * a view that was voted in. Whoever lost its memory begins anew with what it still has.
 */
export const createMonotone = (): Checker => {
  const marks = new Map<string, Marks>()

  const marksOf = ({ who }: Observation): Marks => {
    const known = marks.get(who.name) ?? createMarks()
    marks.set(who.name, known)
    return known
  }

  const judge = (observation: Observation): string | undefined => {
    const mark = marksOf(observation)
    switch (observation.type) {
      case 'vote':
        return noteVote(mark, observation.vote)
      case 'durable':
        return judgeFloors(mark, observation)
      case 'final':
        mark.finalHeight = Math.max(mark.finalHeight, observation.block.block.header.height)
        return undefined
      case 'claim':
        return judgeClaim(mark, observation.height)
      case 'stored':
        return judgeStored(mark, observation.height)
      case 'boot':
        Object.assign(mark, {
          epoch: 0,
          view: 0,
          height: 0,
          finalHeight: observation.height,
          bootHeight: observation.height,
        })
        return judgeBoot(mark, observation.height)
      case 'standing':
        return judgeStanding(mark, observation)
      default:
        return undefined
    }
  }

  return {
    name: 'monotone',
    see: (observation) => {
      const { who, type } = observation
      if ((who.impaired && type === 'boot') || type === 'renewed') marks.delete(who.name)
      const wrong = who.honest ? judge(observation) : undefined
      return isReliable(who) ? wrong : undefined
    },
  }
}

const judgeStored = (mark: Marks, height: number): string | undefined => {
  if (height < mark.storedHeight) return `stored ${height} after ${mark.storedHeight}`
  mark.storedHeight = height
  return height > mark.finalHeight ? `stored ${height}, final is ${mark.finalHeight}` : undefined
}

/** A store may hold what the process did not live to be told: then it knows from its start. */
const judgeClaim = (mark: Marks, height: number): string | undefined => {
  const known = Math.max(mark.storedHeight, mark.bootHeight)
  return height > known ? `claims height ${height}, stored is ${known}` : undefined
}

const createMarks = (): Marks => ({
  epoch: 0,
  view: 0,
  height: 0,
  storedHeight: 0,
  votedEpoch: 0,
  votedView: 0,
  finalHeight: 0,
  floorEpoch: 0,
  floorView: 0,
  bootHeight: 0,
})

/** Floors as they are written; an older one that is written again keeps its view. */
const judgeFloors = (mark: Marks, { records }: ObservationOf<'durable'>): string | undefined => {
  for (const record of records) {
    if (record.type !== 'floor') continue
    const { epoch, view } = record
    const fell = isBefore({ epoch, view }, { epoch: mark.floorEpoch, view: mark.floorView })
    if (fell) return `floor ${view} after ${mark.floorView}`
    Object.assign(mark, { floorEpoch: epoch, floorView: view })
  }
  return undefined
}

const judgeBoot = ({ storedHeight }: Marks, height: number): string | undefined =>
  height < storedHeight ? `height ${height} after ${storedHeight} was stored` : undefined

const judgeStanding = (
  mark: Marks,
  { epoch, view, height }: ObservationOf<'standing'>,
): string | undefined => {
  const now = `view ${view}, height ${height}`
  if (isBefore({ epoch, view }, mark) || height < mark.height) {
    return `${now} after view ${mark.view}, height ${mark.height}`
  }
  Object.assign(mark, { epoch, view, height })
  return isBefore({ epoch, view }, { epoch: mark.votedEpoch, view: mark.votedView })
    ? `${now} after a vote in view ${mark.votedView}`
    : undefined
}

type Place = { readonly epoch: number; readonly view: number }

const isBefore = (a: Place, b: Place): boolean =>
  a.epoch < b.epoch || (a.epoch === b.epoch && a.view < b.view)

const noteVote = (mark: Marks, { epoch, view }: Place): undefined => {
  if (isBefore({ epoch: mark.votedEpoch, view: mark.votedView }, { epoch, view })) {
    Object.assign(mark, { votedEpoch: epoch, votedView: view })
  }
}
