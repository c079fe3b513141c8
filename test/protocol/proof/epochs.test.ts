import { describe, expect, test } from 'vitest'
import { quorumOf } from '#protocol/chain/authority-set.ts'
import { FLAG_SEALING, type Header, headerDigest } from '#protocol/chain/header.ts'
import {
  type Finality,
  finalityOf,
  judgeFinality,
  type ProvenEpochEnd,
  type Trusted,
  withEpochs,
} from '#protocol/proof/finality.ts'
import { authorities, finalizationOf, headerWith, SEVEN, verifySignature } from './sample-proof.ts'

const header = headerWith({})

const FOUR = authorities('later', 4)
const ONE = authorities('last', 1)

/** Of a header by a quorum of its set. */
const final = (of: Header, by: typeof SEVEN, fields: { readonly view?: number } = {}) => {
  const signers = Array.from({ length: quorumOf(by.seeds.length) }, (_, index) => index)
  return finalizationOf(of, { ...fields, signers }, by)
}

const trusted: Trusted = {
  chainId: header.chainId,
  epoch: header.epoch,
  authoritySet: SEVEN.set,
}

const sealing = (by: typeof SEVEN, next: typeof SEVEN, epoch: number): ProvenEpochEnd => {
  const sealed: Header = {
    ...header,
    epoch,
    height: header.height + epoch,
    authoritySetHash: by.set.hash,
    nextSetHash: next.set.hash,
    flags: FLAG_SEALING,
  }
  const certificate = final(sealed, by, { view: sealed.view + 3 })
  return { header: sealed, certificate, next: next.set }
}

const FIRST = sealing(SEVEN, FOUR, 1)
const SECOND = sealing(FOUR, ONE, 2)

const blockOf = (by: typeof SEVEN, epoch: number): Finality => {
  const block: Header = {
    ...header,
    epoch,
    height: header.height + 50,
    authoritySetHash: by.set.hash,
    nextSetHash: by.set.hash,
  }
  return finalityOf(block, final(block, by))
}

const judge = (finality: Finality, from: Trusted = trusted) => {
  const judged = judgeFinality(finality, from, verifySignature)
  return judged.ok ? headerDigest(judged.header) : judged.code
}
const digestOf = (finality: Finality) => judge(finality, { ...trusted, ...lastOf(finality) })
const lastOf = ({ epochs = [] }: Finality) =>
  epochs.length === 2 ? { epoch: 3, authoritySet: ONE.set } : { epoch: 2, authoritySet: FOUR.set }

describe('a proof of a later epoch', () => {
  const second = withEpochs(blockOf(FOUR, 2), [FIRST])
  const third = withEpochs(blockOf(ONE, 3), [FIRST, SECOND])

  test.each([
    ['the next', second],
    ['the one after', third],
  ])('of %s leads there from the first set', (_, finality) => {
    expect(judge(finality)).toBe(digestOf(finality))
  })

  test('needs no chain by whoever trusts its epoch, and passes over what is before that', () => {
    const known = { ...trusted, epoch: 2, authoritySet: FOUR.set }
    expect(judge(blockOf(FOUR, 2), known)).toBe(digestOf(second))
    expect(judge(second, known)).toBe(digestOf(second))
    expect(judge(third, known)).toBe(digestOf(third))
  })

  test('of the first epoch is as it was, whatever chain comes along', () => {
    const first = finalityOf(header, finalizationOf(header))
    expect(judge(withEpochs(first, [FIRST, SECOND]))).toBe(judge(first))
  })

  const unsealed = { ...FIRST.header, flags: 0 }
  test.each<[string, string, Finality]>([
    ['without the chain', 'authority_set_unknown', blockOf(FOUR, 2)],
    ['with a gap in it', 'authority_set_unknown', withEpochs(blockOf(ONE, 3), [SECOND])],
    ['that ends too early', 'authority_set_unknown', withEpochs(blockOf(ONE, 3), [FIRST])],
    [
      'with other members than the sealing block names',
      'authority_set_unknown',
      withEpochs(blockOf(ONE, 2), [{ ...FIRST, next: ONE.set }]),
    ],
    [
      'by a block that seals nothing',
      'authority_set_unknown',
      withEpochs(blockOf(FOUR, 2), [
        { ...FIRST, header: unsealed, certificate: finalizationOf(unsealed) },
      ]),
    ],
    [
      'by a block of another network',
      'wrong_network',
      withEpochs(blockOf(FOUR, 2), [
        { ...FIRST, header: { ...FIRST.header, chainId: FIRST.header.stateRoot } },
      ]),
    ],
    [
      'by a certificate of another block',
      'certificate_mismatch',
      withEpochs(blockOf(FOUR, 2), [{ ...FIRST, certificate: finalizationOf(header) }]),
    ],
    [
      'by fewer than a quorum',
      'quorum_missing',
      withEpochs(blockOf(FOUR, 2), [
        {
          ...FIRST,
          certificate: {
            ...FIRST.certificate,
            signers: FIRST.certificate.signers.slice(0, 4),
            signatures: FIRST.certificate.signatures.slice(0, 4),
          },
        },
      ]),
    ],
    [
      'by signatures of others',
      'certificate_invalid',
      withEpochs(blockOf(FOUR, 2), [
        { ...FIRST, certificate: finalizationOf(FIRST.header, {}, authorities('strangers', 7)) },
      ]),
    ],
  ])('%s proves nothing: %s', (_, code, finality) => {
    expect(judge(finality)).toBe(code)
  })
})
