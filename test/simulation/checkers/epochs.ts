import { FIRST_EPOCH, type Header, isSealing } from '#protocol/chain/header.ts'
import type { Vote } from '#protocol/chain/vote.ts'
import { encodeVote } from '#protocol/chain/vote.ts'
import { type Epoch, type EpochBook, nextIn } from '../epoch-book.ts'
import { type Checker, isReliable, type Observation, type ObservationOf } from '../observation.ts'

/** How far one node is over the boundaries, over all its lives. */
type Progress = {
  /** The newest epoch whose last block it called final. */
  ended: number
  /** The epoch that it is in. */
  epoch: number
  storedHeight: number
  readonly said: Set<string>
}

/**
 * Invariant 21, and consensus.md §12: an epoch ends with the block that changes its authorities, and
 * only with it; the next one is of exactly those and follows exactly the rules that were named. Who
 * knows the end signs nothing new in the epoch, and nobody is in the next one before its store is.
 */
export const createEpochs = (book: EpochBook): Checker => {
  const nodes = new Map<string, Progress>()
  let height = 0

  const progressOf = ({ who }: Observation): Progress => {
    const known = nodes.get(who.name)
    if (known !== undefined) return known
    const made = { ended: 0, epoch: FIRST_EPOCH, storedHeight: 0, said: new Set<string>() }
    nodes.set(who.name, made)
    return made
  }

  const onFinal = (observation: ObservationOf<'final'>): string | undefined => {
    const { header } = observation.block.block
    if (isSealing(header)) {
      const progress = progressOf(observation)
      progress.ended = Math.max(progress.ended, header.epoch)
    }
    if (header.height <= height) return undefined
    height = header.height
    const epoch = book.of(header.epoch)
    if (epoch === undefined) return `height ${height} is of epoch ${header.epoch}, which is none`
    return placeFault(header, epoch, book) ?? sealingFault(observation, epoch)
  }

  const onVote = (observation: ObservationOf<'vote'>): string | undefined => {
    const { vote, who } = observation
    const { ended, said } = progressOf(observation)
    const bytes = Buffer.from(encodeVote(vote)).toString('hex')
    if (said.has(bytes)) return undefined
    said.add(bytes)
    if (vote.epoch <= ended) return `${nameOf(vote)} after the end of epoch ${ended}`
    return book.memberOf(vote.epoch, who.index) === vote.signer
      ? undefined
      : `${nameOf(vote)} by who is not member ${vote.signer}`
  }

  const onStanding = (observation: ObservationOf<'standing'>): string | undefined => {
    const { epoch } = observation
    const progress = progressOf(observation)
    if (epoch < progress.epoch) return `epoch ${epoch} after epoch ${progress.epoch}`
    progress.epoch = epoch
    const origin = book.of(epoch)?.originHeight
    if (origin === undefined) return `in epoch ${epoch}, which has not begun`
    return progress.storedHeight < origin
      ? `in epoch ${epoch} with a store at ${progress.storedHeight}, it begins at ${origin}`
      : undefined
  }

  /** What its disk holds, in amnesia too; who was put back begins anew. */
  const follow = (observation: Observation): void => {
    const { type, who } = observation
    if (type === 'boot' && who.impaired) nodes.delete(who.name)
    const progress = progressOf(observation)
    if (type === 'boot') {
      progress.storedHeight = observation.height
      // That its epoch had ended is known to a restart by the store alone (ADR 16).
      const stored = book.all().filter(({ originHeight }) => originHeight <= observation.height)
      progress.ended = Math.min(progress.ended, Math.max(...stored.map(({ epoch }) => epoch)) - 1)
    }
    if (type === 'stored') {
      progress.storedHeight = Math.max(progress.storedHeight, observation.height)
    }
  }

  const judge = (observation: Observation): string | undefined => {
    if (observation.type === 'vote') return onVote(observation)
    return observation.type === 'standing' ? onStanding(observation) : undefined
  }

  return {
    name: 'epochs',
    see: (observation) => {
      if (observation.who.honest) follow(observation)
      if (observation.type === 'final' && observation.who.honest) return onFinal(observation)
      return isReliable(observation.who) ? judge(observation) : undefined
    },
  }
}

const nameOf = ({ kind, epoch, view }: Vote): string => `${kind} of view ${view}, epoch ${epoch}`

/** A block of an epoch is above its origin, under its set and rules, and not above its last block. */
const placeFault = (header: Header, epoch: Epoch, book: EpochBook): string | undefined => {
  const { height, version, authoritySetHash } = header
  const end = book.of(header.epoch + 1)?.originHeight ?? Number.POSITIVE_INFINITY
  if (height <= epoch.originHeight || height > end)
    return `height ${height} in epoch ${epoch.epoch}`
  if (authoritySetHash !== epoch.set.hash) return `height ${height} names another set`
  return version === epoch.version
    ? undefined
    : `height ${height} follows rules ${version}, not ${epoch.version}`
}

const sealingFault = ({ block }: ObservationOf<'final'>, epoch: Epoch): string | undefined => {
  const { header } = block.block
  const next = nextIn(block, epoch)
  const { height } = header
  if (isSealing(header) !== (next !== undefined)) {
    return `height ${height} ${next === undefined ? 'seals without a change' : 'does not seal'}`
  }
  return header.nextSetHash === (next ?? epoch).set.hash
    ? undefined
    : `height ${height} names another set to come`
}
