import { z } from 'zod'
import { decodeBase64url, encodeBase64url } from '#text-encoding'
import { type AuthoritySet, createAuthoritySet, quorumOf } from '../chain/authority-set.ts'
import {
  type Certificate,
  decodeCertificate,
  encodeCertificate,
  type Finalization,
  isFinalization,
  verifyCertificate,
} from '../chain/certificate.ts'
import { AUTHORITIES_MAX, PEER_ID_BYTES_MAX } from '../chain/chain-limits.ts'
import {
  decodeHeader,
  encodeHeader,
  HEADER_BYTES,
  type Header,
  headerDigest,
  isSealing,
} from '../chain/header.ts'
import { type Hash, hashBytes } from '../hash.ts'
import { Key } from '../id.ts'
import { SIGNATURE_BYTES, type VerifySignature } from '../signature.ts'
import { type HistoryPath, rootOfHistoryPath } from '../state/history-path.ts'
import { HISTORY_PATH_MAX } from '../state/limits.ts'
import { bytesText, decodeNodes, encodeNodes, nodesText } from './proof-bytes.ts'
import { type Unproven, unproven } from './proof-code.ts'

const CERTIFICATE_BYTES_MAX = 61 + SIGNATURE_BYTES * AUTHORITIES_MAX

/** A change of authorities every month for twenty years. */
export const EPOCHS_PER_PROOF_MAX = 256

const ProvenMember = z.strictObject({
  consensusKey: Key,
  operatorKey: Key,
  peerId: z.string().max(PEER_ID_BYTES_MAX),
})

const HeaderText = bytesText(HEADER_BYTES)

/** The end of an epoch: its sealing block, final, and the set that the block names as the next. */
export const EpochEnd = z.strictObject({
  header: HeaderText,
  certificate: bytesText(CERTIFICATE_BYTES_MAX),
  members: z.array(ProvenMember).max(AUTHORITIES_MAX),
})
export type EpochEnd = z.infer<typeof EpochEnd>

/**
 * What shows that a block is final: its header and the finalization of that header, or of a
 * descendant's, whose history root the header's digest leads to.
 */
export const Finality = z.strictObject({
  header: HeaderText,
  certificate: bytesText(CERTIFICATE_BYTES_MAX),
  descendant: z
    .strictObject({ header: HeaderText, path: nodesText(HISTORY_PATH_MAX) })
    .exactOptional(),
  /** How each set up to the one that certified came to be, oldest first; none in the first epoch. */
  epochs: z.array(EpochEnd).max(EPOCHS_PER_PROOF_MAX).exactOptional(),
})
export type Finality = z.infer<typeof Finality>

/** What a verifier knows beforehand: the network and who may finalise in which epoch. */
export type Trusted = {
  readonly chainId: Hash
  readonly epoch: number
  readonly authoritySet: AuthoritySet
}

/** A descendant that is certified in place of the header itself. */
export type CertifiedDescendant = {
  readonly header: Header
  /** The path of the header's digest to the descendant's history root. */
  readonly path: HistoryPath
}

/** A sealing block with its finalization, and the set that it names. */
export type ProvenEpochEnd = {
  readonly header: Header
  readonly certificate: Finalization
  readonly next: AuthoritySet
}

export const finalityOf = (
  header: Header,
  certificate: Finalization,
  descendant?: CertifiedDescendant,
): Finality => ({
  header: encodeBase64url(encodeHeader(header)),
  certificate: encodeBase64url(encodeCertificate(certificate)),
  ...(descendant && {
    descendant: {
      header: encodeBase64url(encodeHeader(descendant.header)),
      path: encodeNodes(descendant.path.path),
    },
  }),
})

/** The same with the ends of the epochs before the one that certified, oldest first. */
export const withEpochs = (finality: Finality, ends: readonly ProvenEpochEnd[]): Finality =>
  ends.length === 0 ? finality : { ...finality, epochs: ends.map(encodeEpochEnd) }

export const encodeEpochEnd = ({ header, certificate, next }: ProvenEpochEnd): EpochEnd => ({
  header: encodeBase64url(encodeHeader(header)),
  certificate: encodeBase64url(encodeCertificate(certificate)),
  members: next.members.map(({ consensusKey, operatorKey, peerId }) => ({
    consensusKey,
    operatorKey,
    peerId,
  })),
})

/** The final header that a proof is about, or the first of its checks that fails. */
export const judgeFinality = (
  finality: Finality,
  trusted: Trusted,
  verify: VerifySignature,
): { readonly ok: true; readonly header: Header } | Unproven => {
  const parts = decodeFinality(finality)
  if (parts === undefined) return unproven('proof_malformed')
  const { header, certified, certificate } = parts
  if (header.chainId !== trusted.chainId || certified.chainId !== trusted.chainId) {
    return unproven('wrong_network')
  }
  const reached = followEpochs(
    trusted,
    { ends: finality.epochs ?? [], to: certified.epoch },
    verify,
  )
  if (!reached.ok) return reached
  const fault = faultOf({ header: certified, certificate }, reached.trusted, verify)
  if (fault !== undefined) return fault
  if (parts.path !== undefined && !isAncestor(header, certified, parts.path)) {
    return unproven('history_path_invalid')
  }
  return { ok: true, header }
}

/** The newest set that these ends lead to, oldest first, from one that is trusted. */
export const judgeEpochs = (
  ends: readonly EpochEnd[],
  trusted: Trusted,
  verify: VerifySignature,
): { readonly ok: true; readonly trusted: Trusted } | Unproven =>
  followEpochs(trusted, { ends, to: Number.POSITIVE_INFINITY }, verify)

/** The set of an epoch, by the ends of those from the trusted one up to it; the others are passed over. */
function followEpochs(
  trusted: Trusted,
  { ends, to }: { readonly ends: readonly EpochEnd[]; readonly to: number },
  verify: VerifySignature,
): { readonly ok: true; readonly trusted: Trusted } | Unproven {
  let known = trusted
  for (const end of ends) {
    const header = headerOf(end.header)
    const certificate = certificateOf(end.certificate)
    if (header === undefined || certificate === undefined) return unproven('proof_malformed')
    if (header.epoch < trusted.epoch || known.epoch >= to) continue
    const made = createAuthoritySet(end.members)
    const next = made.ok ? made.set : undefined
    const followed = followEpoch({ header, certificate, next }, known, verify)
    if (!followed.ok) return followed
    known = followed.trusted
  }
  return { ok: true, trusted: known }
}

/** The set after the end of the trusted one's epoch. */
export const followEpoch = (
  {
    header,
    certificate,
    next,
  }: {
    readonly header: Header
    readonly certificate: Certificate
    readonly next: AuthoritySet | undefined
  },
  known: Trusted,
  verify: VerifySignature,
): { readonly ok: true; readonly trusted: Trusted } | Unproven => {
  const fault = faultOf({ header, certificate }, known, verify)
  if (fault !== undefined) return fault
  if (!isSealing(header) || next?.hash !== header.nextSetHash) {
    return unproven('authority_set_unknown')
  }
  return { ok: true, trusted: { ...known, epoch: known.epoch + 1, authoritySet: next } }
}

/** The first check that a certified header fails under a set that is known. */
export function faultOf(
  { header, certificate }: { readonly header: Header; readonly certificate: Certificate },
  trusted: Trusted,
  verify: VerifySignature,
): Unproven | undefined {
  const { authoritySet, chainId } = trusted
  if (header.chainId !== chainId) return unproven('wrong_network')
  if (!isOfTrustedSet(header, trusted)) return unproven('authority_set_unknown')
  if (!isFinalizationOf(certificate, header)) return unproven('certificate_mismatch')
  if (certificate.signers.length < quorumOf(authoritySet.members.length)) {
    return unproven('quorum_missing')
  }
  const domain = { chainId: hashBytes(chainId), set: authoritySet }
  return verifyCertificate(certificate, domain, verify)
    ? undefined
    : unproven('certificate_invalid')
}

type FinalityParts = {
  readonly header: Header
  /** The descendant's header if there is one, else the header itself. */
  readonly certified: Header
  readonly certificate: Certificate
  /** Only with a descendant. */
  readonly path: readonly Uint8Array[] | undefined
}

function decodeFinality(finality: Finality): FinalityParts | undefined {
  const header = headerOf(finality.header)
  const certificate = certificateOf(finality.certificate)
  if (header === undefined || certificate === undefined) return undefined
  const { descendant } = finality
  if (descendant === undefined) return { header, certified: header, certificate, path: undefined }
  const certified = headerOf(descendant.header)
  const path = decodeNodes(descendant.path)
  if (certified === undefined || path === undefined) return undefined
  return { header, certified, certificate, path }
}

function headerOf(text: string): Header | undefined {
  const bytes = decodeBase64url(text)
  const decoded = bytes && decodeHeader(bytes)
  return decoded?.ok ? decoded.value : undefined
}

function certificateOf(text: string): Certificate | undefined {
  const bytes = decodeBase64url(text)
  const decoded = bytes && decodeCertificate(bytes)
  return decoded?.ok ? decoded.value : undefined
}

function isOfTrustedSet(header: Header, { epoch, authoritySet }: Trusted): boolean {
  return header.epoch === epoch && header.authoritySetHash === authoritySet.hash
}

/** A sealing block is proposed again in later views with the same header. */
function isFinalizationOf(certificate: Certificate, header: Header): boolean {
  if (!isFinalization(certificate)) return false
  const { epoch, view, digest } = certificate
  const inView = isSealing(header) ? view >= header.view : view === header.view
  return epoch === header.epoch && inView && digest === headerDigest(header)
}

function isAncestor(header: Header, descendant: Header, path: readonly Uint8Array[]): boolean {
  const { height, historyRoot } = descendant
  const digest = headerDigest(header)
  return rootOfHistoryPath({ height: header.height, count: height, digest, path }) === historyRoot
}
