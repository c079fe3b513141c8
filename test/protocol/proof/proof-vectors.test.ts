import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { createAuthoritySet } from '#protocol/chain/authority-set.ts'
import { Hash } from '#protocol/hash.ts'
import { Key } from '#protocol/id.ts'
import { verifyBalanceProof } from '#protocol/proof/balance-proof.ts'
import type { Trusted } from '#protocol/proof/finality.ts'
import { verifyReceipt } from '#protocol/proof/receipt.ts'
import { verifySignature } from '#signature'

const Vectors = z.object({
  trusted: z.object({
    chainId: Hash,
    epoch: z.number(),
    members: z.array(z.object({ consensusKey: Key, operatorKey: Key, peerId: z.string() })),
  }),
  cases: z.array(z.object({ name: z.string(), code: z.string().nullable(), proof: z.unknown() })),
})
type Vectors = z.infer<typeof Vectors>

const load = (name: string): Vectors =>
  Vectors.parse(
    JSON.parse(readFileSync(new URL(`../../vectors/${name}.json`, import.meta.url), 'utf8')),
  )

const trustedOf = ({ trusted }: Vectors): Trusted => {
  const built = createAuthoritySet(trusted.members)
  if (!built.ok) throw new Error(built.code)
  return { chainId: trusted.chainId, epoch: trusted.epoch, authoritySet: built.set }
}

describe.each([
  ['receipt', load('proof-receipt'), verifyReceipt],
  ['balance proof', load('proof-balance'), verifyBalanceProof],
])('golden %s', (_, vectors, verify) => {
  const trusted = trustedOf(vectors)
  test.each(vectors.cases)('$name: $code', ({ proof, code }) => {
    const verdict = verify(proof, trusted, verifySignature)
    expect(verdict.ok ? null : verdict.code).toBe(code)
  })
})
