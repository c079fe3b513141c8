import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { openVerifier, openVerifierAt, type Verifier } from '#api/client/verifier.ts'
import { networkIdOf, parseGenesis } from '#protocol/genesis.ts'
import { encodeId, idBytes } from '#protocol/id.ts'

const read = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../vectors/${name}.json`, import.meta.url), 'utf8'))

const Vectors = z.object({
  trusted: z.object({
    chainId: z.string(),
    epoch: z.number(),
    members: z.array(
      z.object({ consensusKey: z.string(), operatorKey: z.string(), peerId: z.string() }),
    ),
  }),
  cases: z.array(z.object({ name: z.string(), code: z.string().nullable(), proof: z.unknown() })),
})

const verifierFor = ({ trusted }: z.infer<typeof Vectors>): Verifier => {
  const network = encodeId('net', Uint8Array.from(Buffer.from(trusted.chainId, 'hex')))
  return openVerifierAt({ network, epoch: trusted.epoch, members: trusted.members })
}

describe.each(['receipt', 'balance'] as const)('golden %s proofs', (what) => {
  const vectors = Vectors.parse(read(`proof-${what}`))
  const verifier = verifierFor(vectors)
  test.each(vectors.cases)('$name: $code', ({ proof, code }) => {
    const verdict = verifier[what](proof)
    expect(verdict.proven ? null : verdict.code).toBe(code)
    if (verdict.proven) expect(verdict.time).toMatch(/^\d{4}-.*Z$/)
  })
})

describe('whom a verifier trusts', () => {
  const Vector = z.object({ genesis: z.looseObject({}) })
  const genesis = JSON.stringify(Vector.parse(read('genesis')).genesis)

  test('a genesis, pinned by its network', () => {
    const parsed = parseGenesis(genesis)
    if (!parsed.ok) throw new Error('no genesis among the vectors')
    const network = networkIdOf(parsed.genesis)
    expect(openVerifier(genesis, network).network).toBe(network)
    const other = encodeId(
      'net',
      idBytes(network).map((byte) => byte ^ 1),
    )
    expect(() => openVerifier(genesis, other)).toThrow(network)
  })

  test('nothing that is no genesis, and no set that is none', () => {
    expect(() => openVerifier('{}')).toThrow('not a genesis')
    expect(() => openVerifier('')).toThrow(RangeError)
    const network = encodeId('net', new Uint8Array(32))
    expect(() => openVerifierAt({ network, epoch: 1, members: [] })).toThrow(RangeError)
    expect(() => openVerifierAt({ network: 'net1x', epoch: 1, members: [] })).toThrow('network')
  })
})
