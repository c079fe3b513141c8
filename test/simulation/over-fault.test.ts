import { describe, expect, test } from 'vitest'
import { originOf } from '#node/recovery/genesis-block.ts'
import { utf8 } from '#protocol/bytes.ts'
import {
  assembleCertificate,
  type Certificate,
  encodeCertificate,
} from '#protocol/chain/certificate.ts'
import { ballotBytes } from '#protocol/chain/vote.ts'
import { hashBytes, hashOf } from '#protocol/hash.ts'
import { calm } from './calm.ts'
import { createConviction } from './checkers/conviction.ts'
import { createCircuit } from './circuit.ts'
import { createStandInKeys } from './keys.ts'
import type { Who } from './observation.ts'
import { simulate } from './simulate.ts'

const SWARM = calm({})
const KEYS = createStandInKeys()
const CIRCUIT = createCircuit(SWARM, KEYS)
const ORIGIN = originOf(CIRCUIT.genesis)
const DOMAIN = { chainId: hashBytes(ORIGIN.chainId), set: ORIGIN.set }
const A: Who = { name: 'a0', index: 0, honest: true, impaired: false }

/** Members 2 and 3 are the liars. */
const conviction = () =>
  createConviction({ domain: DOMAIN, verify: KEYS.verify }, (member) => member >= 2)

const finalization = (name: string, signers: readonly number[]): Certificate => {
  const ballot = {
    kind: 'finalize',
    epoch: 1,
    view: 4,
    parentView: 3,
    digest: hashOf(utf8(name)),
  } as const
  const votes = signers.map((signer) => {
    const member = CIRCUIT.seatholders.get(signer)?.consensus
    if (member === undefined) throw new Error('no such member')
    return { ...ballot, signer, signature: member.sign(ballotBytes(ballot, DOMAIN)) }
  })
  return assembleCertificate(ballot, votes)
}

const halts = (...proof: readonly Certificate[]) => {
  const hex = proof.map((certificate) =>
    Buffer.from(encodeCertificate(certificate)).toString('hex'),
  )
  const detail = ['of view 4', ...hex].join('; proof ')
  const code = 'conflicting_certificates'
  return { who: A, atMs: 0, type: 'stopped', code, detail, excused: false } as const
}

const unsigned = (certificate: Certificate): Certificate => ({
  ...certificate,
  signatures: certificate.signatures.toReversed(),
})

describe('a node that halts on a fork', () => {
  const one = finalization('one', [0, 2, 3])
  const cases = [
    ['proves who made it', halts(one, finalization('two', [1, 2, 3])), undefined],
    ['without proof is noticed', halts(one), 'without two certificates'],
    [
      'for what nobody signed is noticed',
      halts(one, unsigned(finalization('two', [1, 2, 3]))),
      'does not verify',
    ],
    [
      'by accusing the honest is noticed',
      halts(one, finalization('two', [0, 2, 3])),
      'convicts honest member 0',
    ],
    [
      'for another reason is noticed',
      { ...halts(one, finalization('two', [1, 2, 3])), code: 'state_diverged' },
      'state_diverged',
    ],
  ] as const
  test.each(cases)('%s', (_, stopped, complaint) => {
    const wrong = conviction().see(stopped)
    if (complaint === undefined) expect(wrong).toBeUndefined()
    else expect(wrong).toContain(complaint)
  })
})

describe('more liars than may be', () => {
  test.each([
    { authorities: 4, liars: [1, 3] },
    { authorities: 7, liars: [0, 2, 5] },
  ])('of $authorities: make two chains, and halt the honest, who prove it', (shape) => {
    const liars = shape.liars.map((member) => ({ member, adversary: 'twins' }))
    const swarm = calm({ ...shape, liars, calm: false, overFault: true, load: 'single' })
    const { failure, marks } = simulate(swarm)
    expect(failure).toBeUndefined()
    expect(marks['over-fault fork']).toBe(1)
    expect(marks['stopped conflicting_certificates']).toBeGreaterThan(0)
  })
})
