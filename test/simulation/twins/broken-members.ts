import type { Effect } from '#consensus/effect.ts'
import type { Event } from '#consensus/event.ts'
import { createReplica } from '#consensus/replica.ts'
import type { ReplicaConfig } from '#consensus/replica-config.ts'
import type { Certificate } from '#protocol/chain/certificate.ts'
import { type Ballot, ballotBytes, type Vote } from '#protocol/chain/vote.ts'
import { hashBytes } from '#protocol/hash.ts'
import type { MakeReplica } from './run-scenario.ts'

/** What a member does besides the replica, or instead of it: its effects become others. */
type Bend = (event: Event, effects: readonly Effect[]) => readonly Effect[]

const bent =
  (make: (config: ReplicaConfig) => Bend): MakeReplica =>
  (config, recovered) => {
    const replica = createReplica(config, recovered)
    const bend = make(config)
    return { ...replica, step: (event, now) => bend(event, replica.step(event, now)) }
  }

/** Breaks R1: notarizes every block that the leader proposes in a view. */
export const notarizesEveryBlock: MakeReplica = bent((config) => (event, effects) => {
  if (event.type !== 'message' || event.message.type !== 'proposal') return effects
  const { header, digest, view, parentView } = event.message.proposal
  const own = votesIn(effects).some((vote) => vote.kind === 'notarize' && vote.digest === digest)
  if (own) return effects
  const ballot = { kind: 'notarize', epoch: header.epoch, view, parentView, digest } as const
  return [...effects, ...casting(config, ballot)]
})

/** Breaks R3: finalises what is notarized in a view that it gave up. */
export const finalisesNullified: MakeReplica = bent((config) => {
  const nullified = new Set<number>()
  const notarized = new Map<number, Ballot>()
  return (event, effects) => {
    const added: Effect[] = []
    for (const vote of votesIn(effects)) if (vote.kind === 'nullify') nullified.add(vote.view)
    for (const certificate of certificatesIn(event, effects)) {
      if (certificate.kind !== 'notarize') continue
      const { epoch, view, parentView, digest } = certificate
      notarized.set(view, { kind: 'finalize', epoch, view, parentView, digest })
    }
    for (const [view, ballot] of notarized) {
      if (!nullified.delete(view)) continue
      added.push(...casting(config, ballot))
    }
    return [...effects, ...added]
  }
})

/** Breaks R5: its disk holds none of its votes. */
export const forgetsItsVotes: MakeReplica = bent(
  () => (_, effects) =>
    effects.filter((effect) => effect.type !== 'persist' || effect.record.type !== 'vote'),
)

/** Keeps its votes of one kind to itself. */
export const keepsToItself = (kind: Vote['kind']): MakeReplica =>
  bent(
    () => (_, effects) =>
      effects.filter(
        (effect) => effect.type !== 'broadcast' || votesIn([effect])[0]?.kind !== kind,
      ),
  )

/** Stops when it has to give up a view. */
export const haltsAtANullify: MakeReplica = bent(() => {
  const fatal = { kind: 'fatal', code: 'rule_broken', detail: 'gave up', proof: [] } as const
  return (_, effects) =>
    votesIn(effects).some(({ kind }) => kind === 'nullify')
      ? [{ type: 'report', report: fatal }]
      : effects
})

const votesIn = (effects: readonly Effect[]): readonly Vote[] =>
  effects.flatMap((effect) =>
    effect.type === 'broadcast' && effect.message.type === 'vote' ? [effect.message.vote] : [],
  )

const certificatesIn = (event: Event, effects: readonly Effect[]): readonly Certificate[] => {
  const said = effects.flatMap((effect) => (effect.type === 'broadcast' ? [effect.message] : []))
  const heard = event.type === 'message' ? [event.message] : []
  return [...heard, ...said].flatMap((message) =>
    message.type === 'certificate' ? [message.certificate] : [],
  )
}

const casting = ({ chainId, set, me, sign }: ReplicaConfig, ballot: Ballot): readonly Effect[] => {
  const signature = sign(ballotBytes(ballot, { chainId: hashBytes(chainId), set }))
  const vote: Vote = { ...ballot, signer: me, signature }
  return [
    { type: 'persist', record: { type: 'vote', vote } },
    { type: 'broadcast', message: { type: 'vote', vote } },
  ]
}
