import type { Hash } from '../hash.ts'
import { SIGNATURE_BYTES } from '../signature.ts'
import type { ByteReader } from './byte-reader.ts'
import type { ByteWriter } from './byte-writer.ts'
import { type Certificate, readCertificate, writeCertificate } from './certificate.ts'
import { BLOCK_TRANSACTIONS_MAX, PROPOSAL_CERTIFICATES_MAX } from './chain-limits.ts'
import { type Header, headerDigest, isSealing, readHeader, writeHeader } from './header.ts'
import type { Vote } from './vote.ts'

/** Why a block may follow its parent in this view. */
export type Justification = {
  /** Notarization or finalization of the parent; `null` when the parent is the epoch's genesis. */
  readonly parent: Certificate | null
  /** One per view between parent and proposal, ascending; none when there are more than 64. */
  readonly nullifications: readonly Certificate[]
}

/** A leader's block on the wire: its body is the hashes of transactions that all already hold. */
export type Proposal = {
  readonly header: Header
  /** `headerDigest(header)`, computed once when read. */
  readonly digest: Hash
  /** The view it is proposed in: its header's, unless it is a sealing block proposed again. */
  readonly view: number
  readonly parentView: number
  readonly justification: Justification
  /** SHA-256 of each transaction's text, in order; none when a sealing block is proposed again. */
  readonly transactionHashes: readonly Hash[]
  /** The leader's notarize vote: its signature. */
  readonly signature: Uint8Array
}

/** Whether a sealing block, notarized in an earlier view, is proposed once more. */
export const isRepeated = ({ header, view }: Proposal): boolean => view !== header.view

/** The notarize vote of the leader of its view that a proposal is. */
export const proposalVote = (proposal: Proposal, leader: number): Vote => ({
  kind: 'notarize',
  epoch: proposal.header.epoch,
  view: proposal.view,
  parentView: proposal.parentView,
  digest: proposal.digest,
  signer: leader,
  signature: proposal.signature,
})

/**
 * Header 266, view u64, parentView u64, 1 and the parent's certificate or 0, count of nullifications u32,
 * nullifications, transaction hashes 32 each (as many as the header says, none when it is proposed
 * again), signature 64.
 */
export const writeProposal = (writer: ByteWriter, proposal: Proposal): void => {
  const { parent, nullifications } = proposal.justification
  writeHeader(writer, proposal.header)
  writer
    .u64(proposal.view)
    .u64(proposal.parentView)
    .bit(parent !== null)
  if (parent !== null) writeCertificate(writer, parent)
  writer.u32(nullifications.length)
  for (const certificate of nullifications) writeCertificate(writer, certificate)
  for (const hash of proposal.transactionHashes) writer.hash(hash)
  writer.bytes(proposal.signature)
}

export const readProposal = (reader: ByteReader): Proposal => {
  const header = readHeader(reader)
  if (header.transactionCount > BLOCK_TRANSACTIONS_MAX) reader.fail('out_of_range')
  const view = reader.u64()
  const repeated = view !== header.view
  if (repeated && (view < header.view || !isSealing(header))) reader.fail('out_of_range')
  const parentView = reader.u64()
  if (parentView >= view) reader.fail('out_of_range')
  const parent = reader.bit() ? readCertificate(reader) : null
  const nullifications: Certificate[] = []
  const count = reader.u32Max(PROPOSAL_CERTIFICATES_MAX)
  while (!reader.failed && nullifications.length < count) {
    nullifications.push(readCertificate(reader))
  }
  const transactionHashes: Hash[] = []
  const hashCount = repeated ? 0 : header.transactionCount
  while (!reader.failed && transactionHashes.length < hashCount) {
    transactionHashes.push(reader.hash())
  }
  return {
    header,
    digest: headerDigest(header),
    view,
    parentView,
    justification: { parent, nullifications },
    transactionHashes,
    signature: reader.bytes(SIGNATURE_BYTES),
  }
}
