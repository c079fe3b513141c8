import { ZERO_HASH } from '../hash.ts'
import { SIGNATURE_BYTES, type VerifySignature } from '../signature.ts'
import { quorumOf } from './authority-set.ts'
import type { ByteReader } from './byte-reader.ts'
import { ByteWriter } from './byte-writer.ts'
import { AUTHORITIES_MAX } from './chain-limits.ts'
import { type Decoded, decodeWith } from './decoded.ts'
import {
  type Ballot,
  type BlockBallot,
  ballotBytes,
  type NullifyBallot,
  readBallot,
  type SigningDomain,
  type Vote,
  writeBallot,
} from './vote.ts'

/** Signatures of distinct members under one ballot. */
export type Signatures = {
  /** Indexes in the authority set, ascending. */
  readonly signers: readonly number[]
  /** 64 bytes each, in the order of `signers`. */
  readonly signatures: readonly Uint8Array[]
}

/** A quorum's word on a block: notarized (kind notarize) or final (kind finalize). */
export type BlockCertificate = BlockBallot & Signatures
/** A quorum's word that a view ended. */
export type Nullification = NullifyBallot & Signatures
export type Certificate = BlockCertificate | Nullification
/** A quorum's word that a block is final. */
export type Finalization = BlockCertificate & { readonly kind: 'finalize' }

/** The certificate of `votes`, which all carry this ballot and are verified and distinct. */
export const assembleCertificate = (ballot: Ballot, votes: readonly Vote[]): Certificate => {
  const ordered = votes.toSorted((a, b) => a.signer - b.signer)
  const parts = {
    signers: ordered.map(({ signer }) => signer),
    signatures: ordered.map(({ signature }) => signature),
  }
  const place = { epoch: ballot.epoch, view: ballot.view }
  if (ballot.kind === 'nullify') return { kind: 'nullify', ...place, ...parts }
  const { kind, parentView, digest } = ballot
  return { kind, ...place, parentView, digest, ...parts }
}

/** Whether at least a quorum of the set, each member once, signed the ballot, and all signed well. */
export const verifyCertificate = (
  certificate: Certificate,
  domain: SigningDomain,
  verify: VerifySignature,
): boolean => {
  const { signers, signatures } = certificate
  if (signers.length !== signatures.length) return false
  if (signers.length < quorumOf(domain.set.keys.length)) return false
  if (!ascending(signers)) return false
  const message = ballotBytes(certificate, domain)
  return signers.every((signer, index) => {
    const key = domain.set.keys[signer]
    const signature = signatures[index]
    return key !== undefined && signature !== undefined && verify(signature, message, key)
  })
}

/** Whether the certificate is a finalization. */
export const isFinalization = (certificate: Certificate): certificate is Finalization =>
  certificate.kind === 'finalize'

/** Ballot, signers as a u32 (bit i, from the least significant, is member i), signatures 64 each. */
export const encodeCertificate = (certificate: Certificate): Uint8Array => {
  const writer = new ByteWriter(61 + SIGNATURE_BYTES * certificate.signatures.length)
  writeCertificate(writer, certificate)
  return writer.finish()
}

export const decodeCertificate = (bytes: Uint8Array): Decoded<Certificate> =>
  decodeWith(bytes, readCertificate)

export const writeCertificate = (writer: ByteWriter, certificate: Certificate): void => {
  writeBallot(writer, certificate)
  writer.u32(certificate.signers.reduce((bits, signer) => bits + 2 ** signer, 0))
  for (const signature of certificate.signatures) writer.bytes(signature)
}

export const readCertificate = (reader: ByteReader): Certificate => {
  const ballot = readBallot(reader)
  const bits = reader.u32()
  if (bits === 0 || bits >= 2 ** AUTHORITIES_MAX) reader.fail('out_of_range')
  const signers: number[] = []
  for (let signer = 0; signer < AUTHORITIES_MAX; signer++) {
    if ((bits >>> signer) & 1) signers.push(signer)
  }
  return { ...ballot, signers, signatures: signers.map(() => reader.bytes(SIGNATURE_BYTES)) }
}

/** A certificate of kind finalize, and nothing else. */
export const readFinalization = (reader: ByteReader): Finalization => {
  const certificate = readCertificate(reader)
  if (isFinalization(certificate)) return certificate
  reader.fail('unknown_format')
  const { epoch, view, signers, signatures } = certificate
  return { kind: 'finalize', epoch, view, parentView: 0, digest: ZERO_HASH, signers, signatures }
}

const ascending = (signers: readonly number[]): boolean =>
  signers.every((signer, index) => index === 0 || signer > (signers[index - 1] ?? signer))
