import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { utf8 } from '#protocol/bytes.ts'
import { createAuthoritySet, faultsOf, quorumOf } from '#protocol/chain/authority-set.ts'
import { type Block, bodyMatches, decodeBlock, encodeBlock } from '#protocol/chain/block.ts'
import {
  type Certificate,
  decodeCertificate,
  verifyCertificate,
} from '#protocol/chain/certificate.ts'
import { BLOCK_BODY_BYTES_MAX, BLOCK_TRANSACTIONS_MAX } from '#protocol/chain/chain-limits.ts'
import { decodeFetchRequest, decodeFetchResponse } from '#protocol/chain/fetch.ts'
import { decodeHeader, encodeHeader, headerDigest } from '#protocol/chain/header.ts'
import { decodeMessage, encodeMessage } from '#protocol/chain/message.ts'
import { decodeVote } from '#protocol/chain/vote.ts'
import { hashOf } from '#protocol/hash.ts'
import { createTransactionTree } from '#protocol/state/transaction-tree.ts'
import { sign, verifySignature } from '#signature'
import {
  blockVector,
  certificateVectors,
  fetchVectors,
  headerVectors,
  messageVectors,
  vectorDomain,
  vectorMembers,
  voteVectors,
} from './vectors.ts'

const bytesOf = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'))
const [headerVector] = headerVectors
const headerHex = headerVector?.bytes ?? ''
const certificateAt = (index: number): Certificate => {
  const vector = certificateVectors[index]
  if (vector === undefined) throw new Error('no such vector')
  const { ballot, signers, signatures } = vector
  return { ...ballot, signers, signatures }
}

describe('sizes of a set', () => {
  test.each([
    [1, 1, 0],
    [4, 3, 1],
    [5, 4, 1],
    [7, 5, 2],
    [10, 7, 3],
    [30, 21, 9],
  ])('%i members: quorum %i, faults %i', (size, quorum, faults) => {
    expect([quorumOf(size), faultsOf(size)]).toEqual([quorum, faults])
  })

  test('two quorums share more than the faults', () => {
    for (let size = 4; size <= 30; size++) {
      expect(2 * quorumOf(size) - size).toBeGreaterThan(faultsOf(size))
    }
  })

  test.each([0, 2, 3, 31])('%i members are refused', (size) => {
    const members = Array.from({ length: size }, (_, index) => vectorMembers[index % 4]).flatMap(
      (member) => member ?? [],
    )
    expect(createAuthoritySet(members)).toEqual({ ok: false, code: 'size_unsupported' })
  })

  test.each(['consensusKey', 'operatorKey', 'peerId'] as const)(
    'a %s twice is refused',
    (field) => {
      const [first] = vectorMembers
      const members = vectorMembers.map((member, index) =>
        index === 1 && first !== undefined ? { ...member, [field]: first[field] } : member,
      )
      expect(createAuthoritySet(members)).toEqual({ ok: false, code: 'duplicate_member' })
    },
  )

  test('a peer id that is no text of letters and digits is refused', () => {
    const members = vectorMembers.map((member) => ({ ...member, peerId: 'not one' }))
    expect(createAuthoritySet(members)).toEqual({ ok: false, code: 'peer_id_invalid' })
  })
})

describe('decoding refuses', () => {
  const flipped = (hex: string, at: number, value: number): Uint8Array => {
    const bytes = bytesOf(hex)
    bytes[at] = value
    return bytes
  }

  test.each([
    ['a header cut short', () => decodeHeader(bytesOf(headerHex).slice(0, 265)), 'truncated'],
    ['a header with a byte more', () => decodeHeader(bytesOf(`${headerHex}00`)), 'trailing_bytes'],
    ['another header format', () => decodeHeader(flipped(headerHex, 0, 2)), 'unknown_format'],
    ['an unknown flag', () => decodeHeader(flipped(headerHex, 265, 4)), 'unknown_format'],
    ['a height beyond 2^53', () => decodeHeader(flipped(headerHex, 49, 0x20)), 'out_of_range'],
    [
      'an unknown vote kind',
      () => decodeVote(flipped(voteVectors.votes[0]?.bytes ?? '', 0, 4)),
      'unknown_format',
    ],
    [
      'a certificate without signers',
      () => decodeCertificate(bytesOf(`02${'00'.repeat(20)}`)),
      'out_of_range',
    ],
    ['a message of unknown kind', () => decodeMessage(new Uint8Array([99])), 'unknown_format'],
    [
      'final blocks asked for from genesis on',
      () => decodeFetchRequest(bytesOf(`0300000001${'00'.repeat(8)}`)),
      'out_of_range',
    ],
    ['an empty message', () => decodeMessage(new Uint8Array(0)), 'truncated'],
    ['a message beyond its limit', () => decodeMessage(new Uint8Array(262_145)), 'out_of_range'],
    [
      'a bit that is neither 0 nor 1',
      () => decodeMessage(proposalWithParentBit(2)),
      'not_canonical',
    ],
  ])('%s', (_name, decode, code) => {
    expect(decode()).toEqual({ ok: false, code })
  })

  const proposalWithParentBit = (bit: number): Uint8Array =>
    flipped(messageVectors.messages['proposal'] ?? '', 1 + 266 + 16, bit)

  const blockOf = (transactions: readonly string[], transactionCount = transactions.length) => {
    const header = { ...blockVector.header, transactionCount }
    const outcomes = transactions.map(() => 'applied' as const)
    return { header, digest: headerDigest(header), transactions, outcomes }
  }

  test.each([
    ['an empty transaction', blockOf([''])],
    ['a body beyond 1 MiB', blockOf(['a'.repeat(BLOCK_BODY_BYTES_MAX), 'b'])],
    ['more than 4,096 transactions', blockOf([], BLOCK_TRANSACTIONS_MAX + 1)],
    ['a control character', blockOf(['a\n'])],
  ])('a block with %s', (_name, block) => {
    expect(decodeBlock(encodeBlock(block))).toEqual({ ok: false, code: 'out_of_range' })
  })

  test('a block at the limit passes', () => {
    const block = blockOf(['a'.repeat(BLOCK_BODY_BYTES_MAX)])
    expect(decodeBlock(encodeBlock(block))).toEqual({ ok: true, value: block })
  })
})

describe('a body is held against its header', () => {
  const texts = ['one', 'two']
  const outcomes = ['applied', 'insufficient_funds'] as const
  const transactionRoot = createTransactionTree(
    texts.map((text, index) => ({
      hash: hashOf(utf8(text)),
      outcome: outcomes[index] ?? 'applied',
    })),
  ).root()
  const header = { ...blockVector.header, transactionCount: 2, transactionRoot }
  const block = { header, digest: headerDigest(header), transactions: texts, outcomes }

  test('the right one matches', () => {
    expect(bodyMatches(block)).toBe(true)
  })

  test.each<[string, Partial<Block>]>([
    ['another transaction', { transactions: ['one', 'zwei'] }],
    ['another order', { transactions: ['two', 'one'] }],
    ['another outcome', { outcomes: ['applied', 'applied'] }],
    ['an outcome less', { outcomes: ['applied'] }],
    ['a transaction less', { transactions: ['one'], outcomes: ['applied'] }],
  ])('%s does not', (_name, change) => {
    expect(bodyMatches({ ...block, ...change })).toBe(false)
  })
})

describe('a certificate is refused', () => {
  const good = certificateAt(0)
  const { signers, signatures } = good
  const last = signatures.at(-1) ?? new Uint8Array(64)
  const domain = vectorDomain()
  const otherChain = { ...domain, chainId: new Uint8Array(32) }

  test.each<[string, Certificate]>([
    ['below a quorum', { ...good, signers: signers.slice(1), signatures: signatures.slice(1) }],
    ['with a signer twice', { ...good, signers: [0, 1, 1] }],
    ['with a stranger', { ...good, signers: [0, 1, 9] }],
    ['with another signer named', { ...good, signers: [0, 1, 3] }],
    ['with a signature missing', { ...good, signatures: signatures.slice(1) }],
    [
      'with one bad signature',
      { ...good, signatures: [...signatures.slice(0, 2), last.with(5, 0)] },
    ],
    ['of another view', { ...good, view: good.view + 1 }],
    ['of another epoch', { ...good, epoch: 2 }],
  ])('%s', (_name, certificate) => {
    expect(verifyCertificate(certificate, domain, verifySignature)).toBe(false)
  })

  test('of another network', () => {
    expect(verifyCertificate(good, otherChain, verifySignature)).toBe(false)
  })

  test('signed for another purpose', () => {
    const message = new TextEncoder().encode('KRM1')
    const forged = vectorMembers
      .slice(0, 3)
      .map(({ consensusSeed }) => sign(message, consensusSeed))
    const certificate = { ...good, signatures: forged }
    expect(verifyCertificate(certificate, domain, verifySignature)).toBe(false)
  })
})

describe('mutated bytes', () => {
  const samples = [
    ...Object.values(messageVectors.messages),
    ...Object.values(fetchVectors.requests),
    ...Object.values(fetchVectors.responses),
    blockVector.bytes,
    headerHex,
  ].map(bytesOf)
  const decoders = [
    decodeMessage,
    decodeFetchRequest,
    decodeFetchResponse,
    decodeBlock,
    decodeHeader,
    decodeVote,
    decodeCertificate,
  ]

  test('give a value or a code, never an exception', () => {
    const mutation = fc.record({
      sample: fc.constantFrom(...samples),
      cut: fc.nat(2_000),
      edits: fc.array(fc.tuple(fc.nat(2_000), fc.nat(255)), { maxLength: 6 }),
    })
    fc.assert(
      fc.property(mutation, ({ sample, cut, edits }) => {
        const bytes = sample.slice(0, Math.max(1, sample.length - (cut % 3 === 0 ? cut : 0)))
        for (const [at, value] of edits) bytes[at % bytes.length] = value
        for (const decode of decoders) expect(decode(bytes)).toHaveProperty('ok')
      }),
      { numRuns: 300 },
    )
  })

  test('that decode to a message encode back to the same bytes', () => {
    const edited = fc.tuple(fc.constantFrom(...samples), fc.nat(2_000), fc.nat(255))
    fc.assert(
      fc.property(edited, ([sample, at, value]) => {
        const bytes = sample.with(at % sample.length, value)
        const decoded = decodeMessage(bytes)
        if (decoded.ok) expect(encodeMessage(decoded.value)).toEqual(bytes)
        const header = decodeHeader(bytes)
        if (header.ok) expect(encodeHeader(header.value)).toEqual(bytes)
      }),
      { numRuns: 300 },
    )
  })
})
