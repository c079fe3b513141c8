import { expect, test } from 'vitest'
import { createChain, fetchBlock } from '#consensus/chain.ts'
import { addTarget } from '#consensus/commit.ts'
import { FETCHES_MAX, TARGETS_MAX } from '#consensus/limits.ts'
import { utf8 } from '#protocol/bytes.ts'
import { hashOf } from '#protocol/hash.ts'
import { createHarness } from './harness.ts'
import { originOfSet } from './harness-parts.ts'

const MANY = 100

const openChain = () => {
  const { chainId, set } = createHarness({ size: 4, latencyMs: 1 })
  return createChain({ ...originOfSet(chainId, set), certificate: null, emptyRun: 0 }, 1)
}

const finalization = (view: number) => ({
  kind: 'finalize' as const,
  epoch: 1,
  view,
  parentView: view - 1,
  digest: hashOf(utf8(`block ${view}`)),
  signers: [0, 1, 2],
  signatures: [],
})

test('of finalizations that wait for their blocks a few are kept, the newest among them', () => {
  const chain = openChain()
  for (let view = 1; view <= MANY; view++) addTarget(chain, finalization(view))
  expect(chain.targets).toHaveLength(TARGETS_MAX)
  expect(chain.targets.at(-1)?.view).toBe(MANY)
})

test('few blocks are asked for at once', () => {
  const chain = openChain()
  for (let view = 1; view <= MANY; view++) {
    fetchBlock(chain, hashOf(utf8(`block ${view}`)), { view, peers: [1] })
  }
  expect(chain.effects).toHaveLength(FETCHES_MAX)
})
