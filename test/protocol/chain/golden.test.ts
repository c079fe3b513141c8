import { describe, expect, test } from 'vitest'
import { authoritySetHash, createAuthoritySet } from '#protocol/chain/authority-set.ts'
import { beaconBytes, encodeBeacon, verifyBeacon } from '#protocol/chain/beacon.ts'
import { decodeBlock, encodeBlock } from '#protocol/chain/block.ts'
import {
  decodeCertificate,
  encodeCertificate,
  verifyCertificate,
} from '#protocol/chain/certificate.ts'
import {
  decodeFetchRequest,
  decodeFetchResponse,
  encodeFetchRequest,
  encodeFetchResponse,
} from '#protocol/chain/fetch.ts'
import { decodeHeader, encodeHeader, HEADER_BYTES, headerDigest } from '#protocol/chain/header.ts'
import { decodeMessage, encodeMessage } from '#protocol/chain/message.ts'
import { readyBytes } from '#protocol/chain/ready.ts'
import { ballotBytes, decodeVote, encodeVote, verifyVote } from '#protocol/chain/vote.ts'
import { sign, verifySignature } from '#signature'
import {
  beaconVector,
  blockVector,
  certificateVectors,
  fetchVectors,
  headerVectors,
  hexOf,
  messageVectors,
  readyVector,
  setVectors,
  vectorDomain,
  vectorMembers,
  voteVectors,
} from './vectors.ts'

const bytesOf = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'))
const seedOf = (signer: number): Uint8Array =>
  vectorMembers[signer]?.consensusSeed ?? new Uint8Array(32)

describe('bytes that every implementation must share', () => {
  test.each(headerVectors)('header: $name', ({ header, bytes, digest }) => {
    expect(hexOf(encodeHeader(header))).toBe(bytes)
    expect(bytesOf(bytes)).toHaveLength(HEADER_BYTES)
    expect(headerDigest(header)).toBe(digest)
    expect(decodeHeader(bytesOf(bytes))).toEqual({ ok: true, value: header })
  })

  test.each(setVectors)('authority set of $members.length', ({ members, hash }) => {
    expect(authoritySetHash(members)).toBe(hash)
    const made = createAuthoritySet(members.toReversed())
    expect(made).toMatchObject({ ok: true, set: { hash } })
  })

  test('block', () => {
    const { header, transactions, outcomes, bytes } = blockVector
    const block = { header, digest: headerDigest(header), transactions, outcomes }
    expect(hexOf(encodeBlock(block))).toBe(bytes)
    expect(decodeBlock(bytesOf(bytes))).toEqual({ ok: true, value: block })
  })

  test.each(voteVectors.votes)('vote: $ballot.kind', ({ ballot, signer, ...expected }) => {
    const message = ballotBytes(ballot, vectorDomain())
    expect(hexOf(message)).toBe(expected.signingBytes)
    expect(hexOf(sign(message, seedOf(signer)))).toBe(hexOf(expected.signature))
    const vote = { ...ballot, signer, signature: expected.signature }
    expect(hexOf(encodeVote(vote))).toBe(expected.bytes)
    expect(decodeVote(bytesOf(expected.bytes))).toEqual({ ok: true, value: vote })
    expect(verifyVote(vote, vectorDomain(), verifySignature)).toBe(true)
  })

  test.each(certificateVectors)('certificate: $ballot.kind', ({ ballot, bytes, ...content }) => {
    const certificate = { ...ballot, ...content }
    expect(hexOf(encodeCertificate(certificate))).toBe(bytes)
    expect(decodeCertificate(bytesOf(bytes))).toEqual({ ok: true, value: certificate })
    expect(verifyCertificate(certificate, vectorDomain(), verifySignature)).toBe(true)
  })

  test('beacon', () => {
    const { body, signer, signature } = beaconVector
    expect(hexOf(beaconBytes(body, vectorDomain()))).toBe(beaconVector.signingBytes)
    const beacon = { ...body, signer, signature }
    expect(hexOf(encodeBeacon(beacon))).toBe(beaconVector.bytes)
    expect(verifyBeacon(beacon, vectorDomain(), verifySignature)).toBe(true)
  })

  test('ready for an epoch', () => {
    const { body, signer, signature, signingBytes } = readyVector
    const message = readyBytes(body, vectorDomain())
    expect(hexOf(message)).toBe(signingBytes)
    expect(hexOf(sign(message, seedOf(signer)))).toBe(hexOf(signature))
  })

  test.each(Object.entries(messageVectors.messages))('message: %s', (type, hex) => {
    const decoded = decodeMessage(bytesOf(hex))
    expect(decoded).toMatchObject({ ok: true, value: { type } })
    if (decoded.ok) expect(hexOf(encodeMessage(decoded.value))).toBe(hex)
  })

  test('a proposal names its transactions by hash', () => {
    const decoded = decodeMessage(bytesOf(messageVectors.messages['proposal'] ?? ''))
    expect(decoded).toMatchObject({
      ok: true,
      value: { proposal: { transactionHashes: messageVectors.transactionHashes } },
    })
  })

  test.each(Object.entries(fetchVectors.requests))('fetch request: %s', (type, hex) => {
    const decoded = decodeFetchRequest(bytesOf(hex))
    expect(decoded).toMatchObject({ ok: true, value: { type, id: 9 } })
    if (decoded.ok) expect(hexOf(encodeFetchRequest(decoded.value))).toBe(hex)
  })

  test.each(Object.entries(fetchVectors.responses))('fetch response: %s', (type, hex) => {
    const decoded = decodeFetchResponse(bytesOf(hex))
    expect(decoded).toMatchObject({ ok: true, value: { type, id: 9 } })
    if (decoded.ok) expect(hexOf(encodeFetchResponse(decoded.value))).toBe(hex)
  })
})
