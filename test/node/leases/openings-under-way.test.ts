import { expect, test } from 'vitest'
import { OpeningsUnderWay } from '#node/leases/openings-under-way.ts'

const seen = async (waiting: Promise<void> | undefined): Promise<() => boolean> => {
  let isOver = false
  void waiting?.then(() => {
    isOver = true
  })
  await Promise.resolve()
  return () => isOver
}

test('a payment waits for what is opened for its payer, and for nobody else', async () => {
  const underWay = new OpeningsUnderWay()
  const over = underWay.begin(['blue', 'green'])
  expect(underWay.over(['red'])).toBeUndefined()
  const isOver = await seen(underWay.over(['red', 'blue']))
  expect(isOver()).toBe(false)
  over()
  expect(underWay.over(['blue', 'green'])).toBeUndefined()
  await new Promise(setImmediate)
  expect(isOver()).toBe(true)
})

test('of two openings for one payer the later one is waited for', async () => {
  const underWay = new OpeningsUnderWay()
  const first = underWay.begin(['blue'])
  const second = underWay.begin(['blue'])
  first()
  const isOver = await seen(underWay.over(['blue']))
  await new Promise(setImmediate)
  expect(isOver()).toBe(false)
  second()
  await new Promise(setImmediate)
  expect(isOver()).toBe(true)
})

test('an opening that takes too long is waited for no longer', async () => {
  const underWay = new OpeningsUnderWay()
  underWay.begin(['blue'])
  await underWay.over(['blue'])
})
