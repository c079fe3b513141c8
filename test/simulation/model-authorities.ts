import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Genesis } from '#protocol/genesis.ts'

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

/** What the model reads of a consent. */
const Consent = z.object({
  agree: z.object({ kind: z.string(), epoch: z.number().optional(), terms: z.string().optional() }),
})

/** Who votes and by which rules, as protocol/README.md says that it changes. */
export type ModelAuthorities = {
  /** The rules of the block in work. */
  readonly version: () => number
  readonly isOperator: (key: string) => boolean
  /** Whether a key is, or was, an operator's: such a key may sign, whatever becomes of it. */
  readonly isKnown: (key: string) => boolean
  /** A block begins; after one that changed the authorities, with the new ones. */
  readonly begin: () => void
  readonly change: (
    body: ModelChange,
    signed: { readonly signer: string; readonly consents: readonly string[] },
  ) => string | undefined
}

type Present = { epoch: number; version: number; members: readonly Member[] }

export const createModelAuthorities = (genesis: Genesis): ModelAuthorities => {
  const present: Present = { epoch: 1, version: genesis.ver, members: genesis.authorities }
  let next: Present | undefined
  const known = new Set(genesis.authorities.map(({ operatorKey }) => String(operatorKey)))
  const isOperator = (key: string): boolean =>
    present.members.some(({ operatorKey }) => operatorKey === key)
  return {
    version: () => present.version,
    isOperator,
    isKnown: (key) => known.has(key),
    begin: () => {
      if (next === undefined) return
      Object.assign(present, next)
      next = undefined
      for (const { operatorKey } of present.members) known.add(operatorKey)
    },
    change: (body, { signer, consents }) => {
      if (!isOperator(signer)) return 'authority_required'
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
  consents: readonly string[],
): string | undefined => {
  const operators = new Set(members.map(({ operatorKey }) => operatorKey))
  const given = consents.map(readConsent).filter(({ signer }) => operators.has(signer))
  const terms = termsOf(body)
  const agreeing = given.filter(({ epoch, terms: to }) => epoch === body.epoch && to === terms)
  const count = (some: typeof given): number => new Set(some.map(({ signer }) => signer)).size
  const quorum = quorumOf(members.length)
  if (count(given) < quorum) return 'consent_missing'
  return count(agreeing) < quorum ? 'consent_mismatch' : undefined
}

const readConsent = (text: string) => {
  const [header = '', payload = ''] = text.split('.')
  const { kid } = z.object({ kid: Id }).parse(read(header))
  const { agree } = Consent.parse(read(payload))
  return { signer: kid, ...agree }
}

const read = (part: string): unknown => JSON.parse(Buffer.from(part, 'base64url').toString())

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
