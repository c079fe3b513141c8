import { utf8 } from '#protocol/bytes.ts'
import type { AuthoritySet } from '#protocol/chain/authority-set.ts'
import { type BeaconBody, beaconBytes } from '#protocol/chain/beacon.ts'
import { assembleCertificate, type Certificate } from '#protocol/chain/certificate.ts'
import { FLAG_EMPTY, type Header, headerDigest } from '#protocol/chain/header.ts'
import type { ConsensusMessage } from '#protocol/chain/message.ts'
import type { Justification, Proposal } from '#protocol/chain/proposal.ts'
import { type Ballot, ballotBytes, type Vote } from '#protocol/chain/vote.ts'
import { type Hash, hashBytes, hashOf, ZERO_HASH } from '#protocol/hash.ts'
import { signerOf } from './stand-in-keys.ts'

/** Messages that a dishonest member of a harness could send. */
export const createForge = (chain: { readonly set: AuthoritySet; readonly chainId: Hash }) => {
  const { set, chainId } = chain
  const domain = { chainId: hashBytes(chainId), set }

  const vote = (signer: number, ballot: Ballot): Vote => {
    const signature = signerOf(set, signer)(ballotBytes(ballot, domain))
    return { ...ballot, signer, signature }
  }

  const certificate = (ballot: Ballot, signers: readonly number[]): Certificate =>
    assembleCertificate(
      ballot,
      signers.map((signer) => vote(signer, ballot)),
    )

  /** A proposal of height 1 that says it holds the named transaction; `change` bends its header. */
  const proposal = (
    place: { readonly view: number; readonly leader: number; readonly parent: Hash },
    content: { readonly name: string; readonly timestampMs: number },
    change: Partial<Header> = {},
    justification: Justification = { parent: null, nullifications: [] },
  ): Proposal => {
    const hashes = content.name === '' ? [] : [hashOf(utf8(content.name))]
    const header: Header = {
      chainId,
      epoch: 1,
      view: place.view,
      height: 1,
      parentDigest: place.parent,
      timestampMs: content.timestampMs,
      proposerIndex: place.leader,
      transactionCount: hashes.length,
      transactionRoot: hashOf(utf8(hashes.join())),
      stateRoot: hashOf(utf8([place.parent, ...hashes].join())),
      historyRoot: ZERO_HASH,
      authoritySetHash: set.hash,
      nextSetHash: set.hash,
      version: 1,
      flags: hashes.length === 0 ? FLAG_EMPTY : 0,
      ...change,
    }
    const digest = headerDigest(header)
    const parentView = justification.parent?.view ?? 0
    const ballot = { kind: 'notarize', epoch: 1, view: place.view, parentView, digest } as const
    const { signature } = vote(place.leader, ballot)
    const { view } = place
    const rest = { justification, transactionHashes: hashes, signature }
    return { header, digest, view, parentView, ...rest }
  }

  const beacon = (
    signer: number,
    claim: Pick<BeaconBody, 'view' | 'finalisedHeight' | 'finalisedDigest'>,
  ): ConsensusMessage => {
    const body = { epoch: 1, wallClockMs: 1, ...claim }
    const signature = signerOf(set, signer)(beaconBytes(body, domain))
    const echo = { sentAtMs: 0, receivedAtMs: 0 }
    return { type: 'beacon', beacon: { ...body, signer, signature }, echo }
  }

  return { vote, certificate, proposal, beacon }
}
