import type { VoteKind } from '#protocol/chain/vote.ts'
import type { Observation } from '../observation.ts'
import { PARTED_VIEWS } from './scenario.ts'

/** What a scenario came through, by which the enumeration shows that it bites. */
export const TWIN_MARKS = [
  /** Both twins proposed in one view, and not the same. */
  'equivocation',
  /** An honest member can prove what the twinned one has done. */
  'evidence',
  /** In one view honest members voted for a block, and others against the view. */
  'votes for and against',
  /** Half notarized, half nullified: both certificates exist. */
  'a view notarized and nullified',
  /** A block became final while the network was parted. */
  'final while parted',
  /** No block did. */
  'nothing final while parted',
  /** No side could leave a view. */
  'a view without progress',
] as const
export type TwinMark = (typeof TWIN_MARKS)[number]
export type TwinMarks = ReadonlySet<TwinMark>

export type MarkWatch = {
  readonly see: (observation: Observation, isHealed: () => boolean) => void
  readonly stuck: () => void
  readonly found: () => TwinMarks
}

export const createMarks = (): MarkWatch => {
  const found = new Set<TwinMark>()
  const proposed = new Map<number, string>()
  const kinds = { said: new Map<number, Set<VoteKind>>(), proven: new Map<number, Set<VoteKind>>() }

  /** Whether a view has both by now. */
  const haveMet = (views: Map<number, Set<VoteKind>>, view: number, kind: VoteKind): boolean => {
    const seen = views.get(view) ?? new Set<VoteKind>()
    views.set(view, seen.add(kind))
    return seen.has('notarize') && seen.has('nullify')
  }

  const onVote = (observation: Extract<Observation, { type: 'vote' }>): void => {
    const { vote, inProposal, who } = observation
    if (vote.view > PARTED_VIEWS) return
    if (who.honest && haveMet(kinds.said, vote.view, vote.kind)) found.add('votes for and against')
    if (who.honest || !inProposal || vote.kind === 'nullify') return
    const before = proposed.get(vote.view) ?? vote.digest
    proposed.set(vote.view, before)
    if (before !== vote.digest) found.add('equivocation')
  }

  return {
    see: (observation, isHealed) => {
      if (observation.type === 'vote') onVote(observation)
      if (observation.type === 'evidence' && observation.who.honest) found.add('evidence')
      if (observation.type === 'final' && observation.who.honest && !isHealed()) {
        found.add('final while parted')
      }
      if (observation.type !== 'certificate') return
      const { kind, view } = observation.certificate
      if (haveMet(kinds.proven, view, kind)) found.add('a view notarized and nullified')
    },
    stuck: () => found.add('a view without progress'),
    found: () =>
      found.has('final while parted') ? found : new Set([...found, 'nothing final while parted']),
  }
}
