import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Genesis } from '#protocol/genesis.ts'
import type { ModelConsent } from './model-body.ts'

const Id = z.string()
const Member = z.object({
  consensusKey: Id,
  operatorKey: Id,
  peerId: Id,
  addresses: z.array(z.string()),
})
type Member = z.infer<typeof Member>

/** What the model reads of a change of the authorities. */
export const ModelChange = z.object({
  kind: z.literal('authority.change'),
  epoch: z.number(),
  members: z.array(Member),
  version: z.number().optional(),
  ready: z.array(z.object({ consensusKey: Id, version: z.number() })),
})
export type ModelChange = z.infer<typeof ModelChange>

/** Who votes and by which rules, as protocol/README.md says that it changes. */
export type ModelAuthorities = {
  /** The rules of the block in work. */
  readonly version: () => number
  readonly operators: () => readonly string[]
  /** Who signs votes, now or next. */
  readonly voters: () => readonly string[]
  /** A block begins; after one that changed the authorities, with the new ones: then it is true. */
  readonly begin: () => boolean
  readonly change: (
    body: ModelChange,
    signed: { readonly signer: string; readonly consents: readonly ModelConsent[] },
  ) => string | undefined
}

type Present = { epoch: number; version: number; members: readonly Member[] }

export const createModelAuthorities = (genesis: Genesis): ModelAuthorities => {
  const present: Present = { epoch: 1, version: genesis.ver, members: genesis.authorities }
  let next: Present | undefined
  const operators = (): readonly string[] => present.members.map(({ operatorKey }) => operatorKey)
  return {
    version: () => present.version,
    operators,
    voters: () =>
      [...present.members, ...(next?.members ?? [])].map(({ consensusKey }) => consensusKey),
    begin: () => {
      if (next === undefined) return false
      Object.assign(present, next)
      next = undefined
      return true
    },
    change: (body, { signer, consents }) => {
      if (!operators().includes(signer)) return 'authority_required'
      const refusal = consentFault(present, body, consents) ?? changeFault(present, body, next)
      if (refusal !== undefined) return refusal
      const { epoch, members, version = present.version } = body
      next = { epoch, members, version }
      return undefined
    },
  }
}

const quorumOf = (size: number): number => size - Math.floor((size - 1) / 3)

const consentFault = (
  { members }: Present,
  body: ModelChange,
  consents: readonly ModelConsent[],
): string | undefined => {
  const operators = new Set(members.map(({ operatorKey }) => operatorKey))
  const given = consents.filter(({ signer }) => operators.has(signer))
  const terms = termsOf(body)
  const agreeing = given.filter(
    ({ agree }) => agree.kind === body.kind && agree.epoch === body.epoch && agree.terms === terms,
  )
  const count = (some: typeof given): number => new Set(some.map(({ signer }) => signer)).size
  const quorum = quorumOf(members.length)
  if (count(given) < quorum) return 'consent_missing'
  return count(agreeing) < quorum ? 'consent_mismatch' : undefined
}

const termsOf = ({ epoch, members, version }: ModelChange): string =>
  createHash('sha256')
    .update(JSON.stringify({ epoch, members, ...(version !== undefined && { version }) }))
    .digest('hex')

const changeFault = (
  present: Present,
  { epoch, members, version, ready }: ModelChange,
  next: Present | undefined,
): string | undefined => {
  if (next !== undefined) return 'change_in_flight'
  if (epoch !== present.epoch + 1) return 'epoch_mismatch'
  if (version !== undefined && version !== present.version + 1) return 'version_not_next'
  const wanted = version ?? present.version
  const said = new Map(ready.map((one) => [one.consensusKey, one.version]))
  const added = members.filter((member) => !present.members.some((one) => isSame(one, member)))
  const quorum = quorumOf(members.length)
  const readyKeys = members.filter(({ consensusKey }) => said.has(consensusKey))
  if (added.some(({ consensusKey }) => !said.has(consensusKey))) return 'ready_missing'
  if (readyKeys.length < quorum) return 'ready_missing'
  const knows = ({ consensusKey }: Member): boolean => (said.get(consensusKey) ?? 0) >= wanted
  return !added.every(knows) || readyKeys.filter(knows).length < quorum
    ? 'version_not_ready'
    : undefined
}

const isSame = (a: Member, b: Member): boolean =>
  a.consensusKey === b.consensusKey && a.operatorKey === b.operatorKey && a.peerId === b.peerId
