import { describe, expect, test } from 'vitest'
import { createInlineChecker } from '#node/pipeline/check-inline.ts'
import {
  CHECKING_MAX,
  createIngress,
  type Entry,
  type SignatureChecker,
} from '#node/pipeline/ingress.ts'
import { createMempool } from '#node/pipeline/mempool.ts'
import { networkIdOf } from '#protocol/genesis.ts'
import type { Hash } from '#protocol/hash.ts'
import { LARGE_TRANSACTION_BYTES_MAX } from '#protocol/limits.ts'
import type { VerifiedTransaction } from '#protocol/transaction/envelope.ts'
import { verifySignature } from '#signature'
import { createForge } from './block-forge.ts'

const forge = createForge()
const networkId = networkIdOf(forge.world.genesis)
const honest = createInlineChecker(verifySignature)

const createBench = ({
  check = honest,
  transactionsMax = 100,
  quarantined = [],
}: {
  readonly check?: SignatureChecker
  readonly transactionsMax?: number
  readonly quarantined?: readonly Hash[]
} = {}) => {
  const mempool = createMempool({ transactionsMax, perScopeMax: 100, settledMax: 100 })
  const isQuarantined = (hash: Hash): boolean => quarantined.includes(hash)
  const ingress = createIngress({ networkId, mempool, check, isQuarantined })
  const receive = (...texts: readonly string[]): readonly Entry[] | undefined => {
    let answer: readonly Entry[] | undefined
    ingress.receive(texts, (entries) => {
      answer = entries
    })
    return answer
  }
  const verify = (...texts: readonly string[]) => {
    const answers: (readonly VerifiedTransaction[] | undefined)[] = []
    ingress.verify(texts, (verified) => answers.push(verified))
    return answers
  }
  return { mempool, receive, verify }
}

/** The same text with another last bit of its signature. */
const forged = ({ text }: VerifiedTransaction): string =>
  text.slice(0, -4) + (text.at(-4) === 'A' ? 'B' : 'A') + text.slice(-3)

test('entries come in the order of the texts, whatever becomes of each', () => {
  const [good, known, poison, expiring] = [1, 2, 3, 4].map((amount) => forge.transfer(amount))
  if (!(good && known && poison && expiring)) throw new Error('four')
  const { mempool, receive } = createBench({ quarantined: [poison.hash] })
  mempool.add(known)
  const tooLong = 'x'.repeat(LARGE_TRANSACTION_BYTES_MAX + 1)
  const texts = [
    tooLong,
    good.text,
    'nonsense',
    known.text,
    forged(expiring),
    poison.text,
    good.text,
  ]
  expect(receive(...texts)?.map((entry) => ('code' in entry ? entry.code : entry.kind))).toEqual([
    'too_large',
    'accepted',
    'malformed',
    'known',
    'signature_invalid',
    'quarantined',
    'known',
  ])
})

describe('a node that cannot take more', () => {
  test('says so of an authentic transaction, and takes it later', () => {
    const [first, second] = [forge.transfer(1), forge.transfer(2)]
    const { mempool, receive } = createBench({ transactionsMax: 1 })
    expect(receive(first.text, second.text)?.map(({ kind }) => kind)).toEqual([
      'accepted',
      'overloaded',
    ])
    mempool.settle([first.hash])
    expect(receive(second.text)?.map(({ kind }) => kind)).toEqual(['accepted'])
  })

  test('checks only so many signatures at once, and goes on when some are done', () => {
    const waiting: (() => void)[] = []
    const check: SignatureChecker = (parsed, done) => void waiting.push(() => honest(parsed, done))
    const { receive } = createBench({ check })
    const { text } = forge.transfer(1)
    const bundle = Array.from({ length: CHECKING_MAX / 10 }, () => text)
    for (let at = 0; at < 10; at++) expect(receive(...bundle)).toBeUndefined()
    expect(receive(text)).toEqual([expect.objectContaining({ kind: 'overloaded' })])
    expect(waiting).toHaveLength(10)
  })
})

describe('a body', () => {
  test('is checked in its order; what is here already is not checked again', () => {
    const [known, fresh] = [forge.transfer(1), forge.transfer(2)]
    const checked: number[] = []
    const check: SignatureChecker = (parsed, done) => {
      checked.push(parsed.length)
      honest(parsed, done)
    }
    const { mempool, verify } = createBench({ check })
    mempool.add(known)
    const [verified] = verify(fresh.text, known.text)
    expect(verified?.map(({ hash }) => hash)).toEqual([fresh.hash, known.hash])
    expect(verify(known.text)).toEqual([[known]])
    expect(verify()).toEqual([[]])
    expect(checked).toEqual([1])
  })

  test('with one bad signature, one bad text or a missing judgement is none at all', () => {
    const [good, bad] = [forge.transfer(1), forge.transfer(2)]
    const { verify } = createBench()
    expect(verify(good.text, forged(bad))).toEqual([undefined])
    expect(verify(good.text, 'nonsense')).toEqual([undefined])
    const lazy = createBench({ check: (parsed, done) => honest(parsed.slice(1), done) })
    expect(lazy.verify(good.text, bad.text)).toEqual([undefined])
  })
})
