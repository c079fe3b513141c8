import { describe, expect, test } from 'vitest'
import { utf8 } from '#protocol/bytes.ts'
import { FLAG_SEALING, type Header, headerDigest } from '#protocol/chain/header.ts'
import { hashOf } from '#protocol/hash.ts'
import { finalityOf } from '#protocol/proof/finality.ts'
import { type Receipt, receiptOf, verifyReceipt } from '#protocol/proof/receipt.ts'
import { createHistory } from '#protocol/state/history.ts'
import { createTransactionTree } from '#protocol/state/transaction-tree.ts'
import {
  authorities,
  descendantOf,
  finalizationOf,
  hashNamed,
  headerWith,
  TRUSTED,
  throughJson,
  verifySignature,
} from './sample-proof.ts'

const TRANSACTION = 'eyJhbGciOiJFZERTQSJ9.e30.c2lnbmF0dXJl'
const HASH = hashOf(utf8(TRANSACTION))
const COUNT = 4096
const INDEX = 2_345

const tree = createTransactionTree(
  Array.from({ length: COUNT }, (_, index) => ({
    hash: index === INDEX ? HASH : hashNamed(`transaction ${index}`),
    outcome: 'applied',
  })),
)
const path = tree.path(INDEX)
const header = headerWith({ transactionCount: COUNT, transactionRoot: tree.root() })
const finality = finalityOf(header, finalizationOf(header))
const receipt = receiptOf({ transaction: TRANSACTION, path, finality })
const descendant = descendantOf(header)
const stray = descendantOf(header, { chainId: hashNamed('other'), epoch: 2 })

const withDescendant = receiptOf({
  transaction: TRANSACTION,
  path,
  finality: finalityOf(header, finalizationOf(descendant.header), descendant),
})

const judge = (value: unknown, trusted = TRUSTED) =>
  verifyReceipt(throughJson(value), trusted, verifySignature)

/** The receipt as it would be if the certified header were another. */
const certified = (fields: Partial<Header>, certificate = {}): Receipt => {
  const other = { ...header, ...fields }
  return { ...receipt, finality: finalityOf(other, finalizationOf(other, certificate)) }
}

test('a receipt proves the outcome of its transaction without any node', () => {
  const facts = { ok: true, hash: HASH, transaction: TRANSACTION, outcome: 'applied', index: INDEX }
  expect(judge(receipt)).toEqual({ ...facts, header })
  expect(judge(withDescendant)).toEqual({ ...facts, header })
})

test('a receipt without the transaction proves its hash', () => {
  const { transaction: _, ...bare } = receipt
  expect(judge(bare)).toMatchObject({ ok: true, hash: HASH, transaction: undefined })
})

test('a real history leads from a block to a certified descendant', () => {
  const early = headerWith({ ...header, height: 1, view: 1 })
  const digests = [hashNamed('genesis'), headerDigest(early), hashNamed('two')]
  const history = createHistory(digests)
  const late = headerWith({ height: 3, view: 9, historyRoot: history.root() })
  const shown = { header: late, path: history.path(1, 3, headerDigest(early)) }
  const proof = receiptOf({ path, finality: finalityOf(early, finalizationOf(late), shown) })
  expect(judge(proof)).toMatchObject({ ok: true, header: early })
})

test('a sealing block may be certified in a later view, another block not', () => {
  const sealing = certified({ flags: FLAG_SEALING }, { view: header.view + 2 })
  expect(judge(sealing)).toMatchObject({ ok: true })
  expect(judge(certified({}, { view: header.view + 2 }))).toEqual({
    ok: false,
    code: 'certificate_mismatch',
  })
})

test('without its transaction a receipt of the largest block, by a descendant, is under 4 kB', () => {
  const { transaction: _, ...bare } = withDescendant
  expect(JSON.stringify(bare).length).toBeLessThanOrEqual(4_000)
})

describe('in precedence order', () => {
  const other = authorities('stranger')
  const one = (text: string): string =>
    text.startsWith('A') ? `B${text.slice(1)}` : `A${text.slice(1)}`
  const last = receipt.finality.certificate.at(-1) === 'A' ? 'B' : 'A'
  test.each<[string, string, unknown]>([
    ['nothing', 'proof_malformed', null],
    ['another format', 'proof_malformed', { ...receipt, format: 'kermesse-receipt-2' }],
    ['one field more', 'proof_malformed', { ...receipt, more: 1 }],
    ['one field less', 'proof_malformed', { ...receipt, index: undefined }],
    ['a negative index', 'proof_malformed', { ...receipt, index: -1 }],
    ['a path that is not nodes', 'proof_malformed', { ...receipt, path: 'AAAA' }],
    ['a path too long', 'proof_malformed', { ...receipt, path: 'A'.repeat(43 * 40) }],
    [
      'a path that is not base64url',
      'proof_malformed',
      { ...receipt, path: `+${receipt.path.slice(1)}` },
    ],
    [
      'a header cut short',
      'proof_malformed',
      { ...receipt, finality: { ...receipt.finality, header: receipt.finality.header.slice(4) } },
    ],
    [
      'a certificate cut short',
      'proof_malformed',
      {
        ...receipt,
        finality: { ...receipt.finality, certificate: receipt.finality.certificate.slice(0, -4) },
      },
    ],
    ['another network', 'wrong_network', certified({ chainId: hashNamed('other'), epoch: 2 })],
    [
      'a block of another network',
      'wrong_network',
      {
        ...withDescendant,
        finality: finalityOf(
          { ...header, chainId: hashNamed('other') },
          finalizationOf(descendant.header),
          descendant,
        ),
      },
    ],
    [
      'a descendant of another network',
      'wrong_network',
      { ...withDescendant, finality: finalityOf(header, finalizationOf(stray.header), stray) },
    ],
    ['another epoch', 'authority_set_unknown', certified({ epoch: 2 })],
    ['another set', 'authority_set_unknown', certified({ authoritySetHash: other.set.hash })],
    [
      'the certificate of another block',
      'certificate_mismatch',
      {
        ...receipt,
        finality: { ...finality, certificate: certified({ height: 1 }).finality.certificate },
      },
    ],
    ['a notarization', 'certificate_mismatch', certified({}, { kind: 'notarize', signers: [0] })],
    [
      'a certificate with a signature missing',
      'quorum_missing',
      certified({}, { signers: [0, 1, 2, 3] }),
    ],
    [
      'a certificate by others',
      'certificate_invalid',
      { ...receipt, finality: finalityOf(header, finalizationOf(header, {}, other)) },
    ],
    [
      'one bit of a signature',
      'certificate_invalid',
      {
        ...receipt,
        finality: {
          ...receipt.finality,
          certificate: `${receipt.finality.certificate.slice(0, -8)}${one(receipt.finality.certificate.slice(-8))}`,
        },
      },
    ],
    [
      'a descendant without the block',
      'history_path_invalid',
      {
        ...withDescendant,
        finality: finalityOf(
          { ...header, timestampMs: 1 },
          finalizationOf(descendant.header),
          descendant,
        ),
      },
    ],
    [
      'one byte of the transaction',
      'transaction_mismatch',
      { ...receipt, transaction: one(TRANSACTION), outcome: 'forged' },
    ],
    ['another outcome', 'transaction_path_invalid', { ...receipt, outcome: 'insufficient_funds' }],
    ['another index', 'transaction_path_invalid', { ...receipt, index: INDEX + 1 }],
    ['an index beyond the block', 'transaction_path_invalid', { ...receipt, index: INDEX + COUNT }],
    ['an index that wraps', 'transaction_path_invalid', { ...receipt, index: INDEX + 2 ** 32 }],
    ['another path', 'transaction_path_invalid', { ...receipt, path: one(receipt.path) }],
    ['no path', 'transaction_path_invalid', { ...receipt, path: '' }],
    [
      'another header',
      'transaction_path_invalid',
      certified({ transactionRoot: hashNamed('other') }),
    ],
    [
      'another transaction',
      'transaction_path_invalid',
      {
        ...receipt,
        transaction: `${TRANSACTION}${last}`,
        hash: hashOf(utf8(`${TRANSACTION}${last}`)),
      },
    ],
  ])('%s is %s', (_, code, value) => {
    expect(judge(value)).toEqual({ ok: false, code })
  })

  test('a network that trusts others does not believe it', () => {
    expect(judge(receipt, { ...TRUSTED, chainId: hashNamed('other') })).toEqual({
      ok: false,
      code: 'wrong_network',
    })
    expect(judge(receipt, { ...TRUSTED, authoritySet: other.set })).toEqual({
      ok: false,
      code: 'authority_set_unknown',
    })
  })
})

test('one flipped character anywhere in a receipt is never believed', () => {
  const text = JSON.stringify(withDescendant)
  for (let at = 0; at < text.length; at += 7) {
    const flipped = `${text.slice(0, at)}${text[at] === 'Q' ? 'R' : 'Q'}${text.slice(at + 1)}`
    const value = parsed(flipped)
    if (value !== undefined) expect(verifyReceipt(value, TRUSTED, verifySignature).ok).toBe(false)
  }
})

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
