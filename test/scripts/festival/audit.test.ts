import { expect, test } from 'vitest'
import { AssetId, deriveId, WalletId } from '#protocol/id.ts'
import { createRunningBalances } from '#scripts/festival/audit.ts'

const wallet = WalletId.parse(deriveId('wal', new Uint8Array(1)))
const asset = AssetId.parse(deriveId('ast', new Uint8Array(1)))
const moved = (change: number, held?: number) => ({
  ...{ wallet, asset, change },
  ...(held !== undefined && { held }),
})

test('money that comes, is held, captured and spent is nowhere below zero', () => {
  const running = createRunningBalances()
  for (const one of [moved(100), moved(0, 60), moved(-60, -60), moved(-40)]) running.move([one])
  expect(running.overdrawn()).toEqual([])
})

test('what is taken beyond what there was, or beyond what was held, is noticed though it comes back', () => {
  const overdrawn = [
    [moved(100), moved(-101), moved(1)],
    [moved(100), moved(0, 60), moved(-41), moved(1)],
    [moved(100), moved(0, 60), moved(-61, -61), moved(1, 1)],
  ]
  for (const movements of overdrawn) {
    const running = createRunningBalances()
    for (const one of movements) running.move([one])
    expect(running.overdrawn()).toEqual([`${wallet}/${asset}`])
  }
})

test('what one transaction moves is judged when all of it is done', () => {
  const running = createRunningBalances()
  running.move([moved(-30), moved(100)])
  expect(running.overdrawn()).toEqual([])
})
