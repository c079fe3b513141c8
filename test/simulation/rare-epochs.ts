import { FIRST_EPOCH, isSealing } from '#protocol/chain/header.ts'
import type { EpochBook } from './epoch-book.ts'
import type { Observation, ObservationOf } from './observation.ts'

/** Names of what a run is to pass through where the authorities or the rules change. */
export type EpochMark = (typeof EPOCH_MARKS)[number] | (typeof RARE_EPOCH_MARKS)[number]
/** What some hundred seeds meet. */
export const EPOCH_MARKS = [
  'an epoch crossed',
  'a follower votes',
  'an authority follows',
  'new rules hold',
  'a node without the new rules stops before them',
] as const
export const RARE_EPOCH_MARKS = [
  'a second boundary',
  'a set that grows',
  'a set that shrinks',
  'a set without any former member',
  'one authority becomes many',
  'many authorities become one',
  'a sealing block proposed again',
  'a boundary reached by catch-up',
  'a restart between the last block and the next epoch',
  'an end before the next epoch is on disk',
  'a new member down at the boundary',
  'a change refused for another',
  'a change refused for its epoch',
  'a change refused for the rules that its members lack',
  'a limit of new rules refuses',
  'a node that stopped before new rules follows them',
] as const

type Tell = (mark: EpochMark) => void

type Standing = {
  up: boolean
  /** The newest epoch whose last block is final here, over all its lives. */
  ended: number
  epoch: number
  recorded: number
  storedHeight: number
  stopped: boolean
}

/** Watches for what is rare at the boundary of epochs, and tells its name each time. */
export const createRareEpochs = (
  book: EpochBook,
  tell: Tell,
): { readonly see: (observation: Observation) => void } => {
  const nodes = new Map<string, Standing>()
  /** Seats that somebody voted from, and the newest epoch that anybody voted in. */
  const voted = new Map<string, number>()
  let newestVoted = FIRST_EPOCH
  let height = 0

  const standingOf = (name: string): Standing => {
    const known = nodes.get(name)
    if (known !== undefined) return known
    const made = {
      up: false,
      ended: 0,
      epoch: FIRST_EPOCH,
      recorded: FIRST_EPOCH,
      storedHeight: 0,
      stopped: false,
    }
    nodes.set(name, made)
    return made
  }

  const onSealing = ({ who, block, certificate }: ObservationOf<'final'>): void => {
    const { header } = block.block
    const node = standingOf(who.name)
    node.ended = Math.max(node.ended, header.epoch)
    if (certificate.view !== header.view) tell('a sealing block proposed again')
    if (newestVoted > header.epoch) tell('a boundary reached by catch-up')
    if (header.height <= height) return
    tell(header.epoch === FIRST_EPOCH ? 'an epoch crossed' : 'a second boundary')
    tellSets(book, header.epoch, tell)
    const isDown = (machine: number | undefined): boolean =>
      [...nodes.entries()].some(([name, { up }]) => !up && machines.get(name) === machine)
    for (const [member] of (book.of(header.epoch + 1)?.set.members ?? []).entries()) {
      const machine = book.machineOf(header.epoch + 1, member)
      const isNew = book.memberOf(header.epoch, machine) === undefined
      if (isNew && isDown(machine)) tell('a new member down at the boundary')
    }
  }

  const machines = new Map<string, number | undefined>()

  const onFinal = (final: ObservationOf<'final'>): void => {
    const { header } = final.block.block
    if (!final.who.honest) return
    if (isSealing(header)) onSealing(final)
    const node = standingOf(final.who.name)
    if (node.stopped && header.version > 1) {
      node.stopped = false
      tell('a node that stopped before new rules follows them')
    }
    if (header.height > height) onNews(final)
  }

  const onNews = (final: ObservationOf<'final'>): void => {
    const { header } = final.block.block
    height = header.height
    if (header.version > 1) tell('new rules hold')
    for (const { kind, outcome } of final.block.events) {
      const mark = REFUSED[`${kind} ${outcome}`]
      if (mark !== undefined) tell(mark)
    }
  }

  const onVote = ({ who, vote }: ObservationOf<'vote'>): void => {
    if (!who.honest) return
    newestVoted = Math.max(newestVoted, vote.epoch)
    const before = voted.get(who.name)
    voted.set(who.name, vote.epoch)
    const machine = book.machineOf(vote.epoch, vote.signer)
    const wasNone = book.memberOf(vote.epoch - 1, machine) === undefined
    if (before !== vote.epoch && vote.epoch > FIRST_EPOCH && wasNone) tell('a follower votes')
  }

  const onStanding = ({ who, epoch }: ObservationOf<'standing'>): void => {
    const node = standingOf(who.name)
    if (epoch === node.epoch) return
    const had = book.memberOf(node.epoch, who.index) !== undefined
    if (had && book.memberOf(epoch, who.index) === undefined) tell('an authority follows')
    node.epoch = epoch
  }

  const onEnd = (name: string): void => {
    const node = standingOf(name)
    node.up = false
    const next = book.of(node.ended + 1)
    if (next === undefined || node.storedHeight < next.originHeight) return
    const isMember = book.memberOf(next.epoch, machines.get(name)) !== undefined
    if (isMember && node.recorded < next.epoch) tell('an end before the next epoch is on disk')
  }

  const onBoot = (name: string): void => {
    const node = standingOf(name)
    node.up = true
    if (node.ended >= node.epoch) tell('a restart between the last block and the next epoch')
  }

  const onStopped = ({ who, code }: ObservationOf<'stopped'>): void => {
    if (code !== 'upgrade_required') return
    standingOf(who.name).stopped = true
    tell('a node without the new rules stops before them')
  }

  const onDurable = ({ who, records }: ObservationOf<'durable'>): void => {
    const node = standingOf(who.name)
    for (const record of records) {
      if (record.type === 'epoch') node.recorded = Math.max(node.recorded, record.epoch)
    }
  }

  return {
    see: (observation) => {
      const { name, index } = observation.who
      machines.set(name, index)
      switch (observation.type) {
        case 'final':
          return onFinal(observation)
        case 'vote':
          return onVote(observation)
        case 'standing':
          return onStanding(observation)
        case 'boot':
          return onBoot(name)
        case 'powerLost':
        case 'killed':
          return onEnd(name)
        case 'stopped':
          return onStopped(observation)
        case 'stored':
          standingOf(name).storedHeight = observation.height
          return undefined
        case 'durable':
          return onDurable(observation)
        default:
          return undefined
      }
    },
  }
}

const REFUSED: Readonly<Record<string, EpochMark>> = {
  'authority.change change_in_flight': 'a change refused for another',
  'authority.change epoch_mismatch': 'a change refused for its epoch',
  'authority.change version_not_ready': 'a change refused for the rules that its members lack',
  'transfer card_limit_exceeded': 'a limit of new rules refuses',
}

const tellSets = (book: EpochBook, epoch: number, tell: Tell): void => {
  const before = book.of(epoch)?.set.members ?? []
  const after = book.of(epoch + 1)?.set.members ?? []
  if (after.length > before.length) tell('a set that grows')
  if (after.length < before.length) tell('a set that shrinks')
  if (before.length === 1 && after.length > 1) tell('one authority becomes many')
  if (before.length > 1 && after.length === 1) tell('many authorities become one')
  const keys = new Set(before.map(({ consensusKey }) => consensusKey))
  if (after.every(({ consensusKey }) => !keys.has(consensusKey))) {
    tell('a set without any former member')
  }
}
