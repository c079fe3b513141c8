import { concat, utf8 } from '../bytes.ts'
import type { Hash } from '../hash.ts'
import { SIGNATURE_BYTES, type VerifySignature } from '../signature.ts'
import type { AuthoritySet } from './authority-set.ts'
import type { ByteReader } from './byte-reader.ts'
import { ByteWriter } from './byte-writer.ts'
import { type Decoded, decodeWith } from './decoded.ts'

/** First byte of what a consensus key signs, after the tag. 4, 5 and 18 are reserved. */
export const SIGNED_KINDS = {
  notarize: 1,
  nullify: 2,
  finalize: 3,
  beacon: 16,
  readyForEpoch: 17,
} as const satisfies Record<string, number>

export type VoteKind = 'notarize' | 'nullify' | 'finalize'

/** What a vote says about a block: `digest`, child of the block notarized in `parentView`. */
export type BlockBallot = {
  readonly kind: 'notarize' | 'finalize'
  readonly epoch: number
  readonly view: number
  readonly parentView: number
  readonly digest: Hash
}

/** What a vote says against a view: it ends without a block by this voter. */
export type NullifyBallot = {
  readonly kind: 'nullify'
  readonly epoch: number
  readonly view: number
}

/** What is voted: everything that a vote's signature covers, apart from chain and set. */
export type Ballot = BlockBallot | NullifyBallot

/** A ballot signed by one member of the epoch's set. */
export type Vote = Ballot & {
  /** Index of the voter in the set. */
  readonly signer: number
  readonly signature: Uint8Array
}

/** Network and set in whose name consensus bytes are signed. */
export type SigningDomain = {
  readonly chainId: Uint8Array
  readonly set: AuthoritySet
}

const TAG = utf8('KRM1')

/**
 * `"KRM1" ‖ kind u8 ‖ chainId 32 ‖ epoch u64 ‖ authoritySetHash 32 ‖ view u64`, followed for
 * notarize and finalize by `parentView u64 ‖ digest 32`.
 */
export const ballotBytes = (ballot: Ballot, domain: SigningDomain): Uint8Array => {
  const prefix = signedPrefix(SIGNED_KINDS[ballot.kind], ballot, domain)
  if (ballot.kind === 'nullify') return prefix
  return concat(prefix, new ByteWriter(40).u64(ballot.parentView).hash(ballot.digest).finish())
}

/** The part that everything signed by a consensus key begins with. */
export const signedPrefix = (
  kind: number,
  place: { readonly epoch: number; readonly view: number },
  domain: SigningDomain,
): Uint8Array =>
  new ByteWriter(85)
    .bytes(TAG)
    .u8(kind)
    .bytes(domain.chainId)
    .u64(place.epoch)
    .bytes(domain.set.hashBytes)
    .u64(place.view)
    .finish()

/** Whether the named member of the set signed this ballot. */
export const verifyVote = (vote: Vote, domain: SigningDomain, verify: VerifySignature): boolean => {
  const key = domain.set.keys[vote.signer]
  return key !== undefined && verify(vote.signature, ballotBytes(vote, domain), key)
}

/** Whether two ballots say the same; signatures have no part in it. */
export const sameBallot = (a: Ballot, b: Ballot): boolean => {
  if (a.epoch !== b.epoch || a.view !== b.view) return false
  if (a.kind === 'nullify' || b.kind === 'nullify') return a.kind === b.kind
  return a.kind === b.kind && a.digest === b.digest && a.parentView === b.parentView
}

/** Ballot, signer u16, signature 64. */
export const encodeVote = (vote: Vote): Uint8Array => {
  const writer = new ByteWriter(123)
  writeVote(writer, vote)
  return writer.finish()
}

export const decodeVote = (bytes: Uint8Array): Decoded<Vote> => decodeWith(bytes, readVote)

export const writeVote = (writer: ByteWriter, vote: Vote): void => {
  writeBallot(writer, vote)
  writer.u16(vote.signer).bytes(vote.signature)
}

export const readVote = (reader: ByteReader): Vote => ({
  ...readBallot(reader),
  signer: reader.u16(),
  signature: reader.bytes(SIGNATURE_BYTES),
})

/** kind u8, epoch u64, view u64 and, unless nullify, parentView u64, digest 32. */
export const writeBallot = (writer: ByteWriter, ballot: Ballot): void => {
  writer.u8(SIGNED_KINDS[ballot.kind]).u64(ballot.epoch).u64(ballot.view)
  if (ballot.kind !== 'nullify') writer.u64(ballot.parentView).hash(ballot.digest)
}

export const readBallot = (reader: ByteReader): Ballot => {
  const code = reader.u8()
  const place = { epoch: reader.u64(), view: reader.u64() }
  if (code === SIGNED_KINDS.nullify) return { kind: 'nullify', ...place }
  if (code !== SIGNED_KINDS.notarize && code !== SIGNED_KINDS.finalize) {
    reader.fail('unknown_format')
  }
  const parentView = reader.u64()
  if (parentView >= place.view) reader.fail('out_of_range')
  const kind = code === SIGNED_KINDS.notarize ? 'notarize' : 'finalize'
  return { kind, ...place, parentView, digest: reader.hash() }
}
