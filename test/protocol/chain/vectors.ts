import { readFileSync } from 'node:fs'
import { z } from 'zod'
import {
  type Authority,
  type AuthoritySet,
  createAuthoritySet,
} from '#protocol/chain/authority-set.ts'
import type { SigningDomain } from '#protocol/chain/vote.ts'
import { Hash, hashBytes } from '#protocol/hash.ts'
import { Key } from '#protocol/id.ts'
import { Outcome } from '#protocol/transaction/outcome.ts'

/** Bytes written as hexadecimal digits. */
export const Hex = z.string().transform((hex) => new Uint8Array(Buffer.from(hex, 'hex')))

export const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

const HeaderJson = z.strictObject({
  chainId: Hash,
  epoch: z.number(),
  view: z.number(),
  height: z.number(),
  parentDigest: Hash,
  timestampMs: z.number(),
  proposerIndex: z.number(),
  transactionCount: z.number(),
  transactionRoot: Hash,
  stateRoot: Hash,
  historyRoot: Hash,
  authoritySetHash: Hash,
  nextSetHash: Hash,
  version: z.number(),
  flags: z.number(),
})

const place = { epoch: z.number(), view: z.number() }
const blockBallot = { ...place, parentView: z.number(), digest: Hash }
const BallotJson = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('notarize'), ...blockBallot }),
  z.strictObject({ kind: z.literal('nullify'), ...place }),
  z.strictObject({ kind: z.literal('finalize'), ...blockBallot }),
])

const MemberJson = z.object({
  consensusSeed: Hex,
  consensusKey: Key,
  consensusKeyBytes: z.string(),
  operatorKey: Key,
  peerId: z.string(),
})

const load = <T>(name: string, schema: z.ZodType<T>): T =>
  schema.parse(
    JSON.parse(readFileSync(new URL(`../../vectors/${name}.json`, import.meta.url), 'utf8')),
  )

export const setVectors = load(
  'chain-authority-set',
  z.object({ sets: z.array(z.object({ members: z.array(MemberJson), hash: Hash })) }),
).sets

export const headerVectors = load(
  'chain-header',
  z.object({
    headers: z.array(
      z.object({ name: z.string(), header: HeaderJson, bytes: z.string(), digest: Hash }),
    ),
  }),
).headers

export const blockVector = load(
  'chain-block',
  z.object({
    header: HeaderJson,
    transactions: z.array(z.string()),
    outcomes: z.array(Outcome),
    bytes: z.string(),
  }),
)

export const voteVectors = load(
  'chain-vote',
  z.object({
    chainId: Hash,
    votes: z.array(
      z.object({
        ballot: BallotJson,
        signer: z.number(),
        signingBytes: z.string(),
        signature: Hex,
        bytes: z.string(),
      }),
    ),
  }),
)

export const certificateVectors = load(
  'chain-certificate',
  z.object({
    certificates: z.array(
      z.object({
        ballot: BallotJson,
        signers: z.array(z.number()),
        signatures: z.array(Hex),
        bytes: z.string(),
      }),
    ),
  }),
).certificates

export const beaconVector = load(
  'chain-beacon',
  z.object({
    body: z.strictObject({
      ...place,
      finalisedHeight: z.number(),
      finalisedDigest: Hash,
      wallClockMs: z.number(),
    }),
    signer: z.number(),
    signingBytes: z.string(),
    signature: Hex,
    bytes: z.string(),
  }),
)

export const readyVector = load(
  'chain-ready',
  z.object({
    body: z.strictObject({ epoch: z.number(), height: z.number(), version: z.number() }),
    signer: z.number(),
    signingBytes: z.string(),
    signature: Hex,
  }),
)

const hexTable = z.record(z.string(), z.string())

export const messageVectors = load(
  'chain-message',
  z.object({ messages: hexTable, transactionHashes: z.array(Hash) }),
)

export const fetchVectors = load(
  'chain-fetch',
  z.object({ requests: hexTable, responses: hexTable }),
)

export const vectorMembers: readonly (Authority & { readonly consensusSeed: Uint8Array })[] =
  setVectors[0]?.members ?? []

export const vectorSet = (): AuthoritySet => {
  const made = createAuthoritySet(vectorMembers)
  if (!made.ok) throw new Error(made.code)
  return made.set
}

export const vectorDomain = (): SigningDomain => ({
  chainId: hashBytes(voteVectors.chainId),
  set: vectorSet(),
})
