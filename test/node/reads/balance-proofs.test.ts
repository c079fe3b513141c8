import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type BalanceProofsParts, balanceProofAt } from '#node/reads/balance-proofs.ts'
import { FINAL_MOMENT_MS, WATCHERS_MAX } from '#node/reads/limits.ts'
import { createRecent } from '#node/reads/recent.ts'
import { headerDigest } from '#protocol/chain/header.ts'
import { idOf } from '../../api/fake-ports.ts'
import { headerWith } from '../../protocol/proof/sample-proof.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
afterEach(() => void vi.useRealTimers())

const pointAt = (height: number) => {
  const header = headerWith({ height, view: height })
  return { header, digest: headerDigest(header) }
}

/** An authority that always has a block above the final one. */
const busyParts = (): BalanceProofsParts => {
  const [final, tip] = [pointAt(1), pointAt(2)]
  return {
    executor: { final: () => final, tip: () => tip },
    state: { proofOf: () => undefined },
    recent: createRecent(final.header),
    finalities: async () => undefined,
  }
}

const proofIn = (parts: BalanceProofsParts) => balanceProofAt(parts, idOf('wal'), idOf('ast'))

test('a proof for which there is no moment is told to come back, not that the node is at fault', async () => {
  const proof = proofIn(busyParts())
  await vi.advanceTimersByTimeAsync(FINAL_MOMENT_MS)
  expect(await proof).toMatchObject({ height: 1, value: 'busy' })
})

test('one that waits beyond the bound is told so at once, and nothing is left behind', async () => {
  const parts = busyParts()
  const waiting = Array.from({ length: WATCHERS_MAX }, () => proofIn(parts))
  expect(await proofIn(parts)).toMatchObject({ height: 1, value: 'busy' })
  expect(vi.getTimerCount()).toBe(WATCHERS_MAX)
  await vi.advanceTimersByTimeAsync(FINAL_MOMENT_MS)
  expect((await Promise.all(waiting)).every(({ value }) => value === 'busy')).toBe(true)
  expect(vi.getTimerCount()).toBe(0)
  const next = proofIn(parts)
  expect(vi.getTimerCount()).toBe(1)
  await vi.advanceTimersByTimeAsync(FINAL_MOMENT_MS)
  expect(await next).toMatchObject({ value: 'busy' })
})
