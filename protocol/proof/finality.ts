import { z } from 'zod'
import { decodeBase64url, encodeBase64url } from '#text-encoding'
import { type AuthoritySet, quorumOf } from '../chain/authority-set.ts'
import {
  type Certificate,
  decodeCertificate,
  encodeCertificate,
  type Finalization,
  isFinalization,
  verifyCertificate,
} from '../chain/certificate.ts'
import { AUTHORITIES_MAX } from '../chain/chain-limits.ts'
import {
  decodeHeader,
  encodeHeader,
  HEADER_BYTES,
  type Header,
  headerDigest,
  isSealing,
} from '../chain/header.ts'
import { type Hash, hashBytes } from '../hash.ts'
import { SIGNATURE_BYTES, type VerifySignature } from '../signature.ts'
import { type HistoryPath, rootOfHistoryPath } from '../state/history-path.ts'
import { HISTORY_PATH_MAX } from '../state/limits.ts'
import { bytesText, decodeNodes, encodeNodes, nodesText } from './proof-bytes.ts'
import { type Unproven, unproven } from './proof-code.ts'

const CERTIFICATE_BYTES_MAX = 61 + SIGNATURE_BYTES * AUTHORITIES_MAX

const HeaderText = bytesText(HEADER_BYTES)

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
  if (!isOfTrustedSet(certified, trusted)) return unproven('authority_set_unknown')
  if (!isFinalizationOf(certificate, certified)) return unproven('certificate_mismatch')
  const { authoritySet, chainId } = trusted
  if (certificate.signers.length < quorumOf(authoritySet.members.length)) {
    return unproven('quorum_missing')
  }
  const domain = { chainId: hashBytes(chainId), set: authoritySet }
  if (!verifyCertificate(certificate, domain, verify)) return unproven('certificate_invalid')
  if (parts.path !== undefined && !isAncestor(header, certified, parts.path)) {
    return unproven('history_path_invalid')
  }
  return { ok: true, header }
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
