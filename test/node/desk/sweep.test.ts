import { afterEach, expect, test } from 'vitest'
import { sweepLapsed } from '#node/desk/sweep.ts'
import { closeBars, loadedCard, openedBar, pay } from './bar.ts'

afterEach(closeBars)

test('a refusal is forgotten once no block can contain its id, and not before', async () => {
  const bar = await openedBar()
  await loadedCard(bar, 100)
  const { node, place, errand } = bar
  const id = node.newId()
  await pay(bar, errand(), { id, amount: 650 })
  const { local } = node.storage
  const sweepAt = (afterMs: number) => {
    const head = () => ({ height: 0, timeMs: node.clock.wallMs() + afterMs })
    return sweepLapsed({ local, view: node.view, head })
  }
  const validityMs = 7 * 86_400_000
  expect(await sweepAt(validityMs - 60_000)).toBe(0)
  expect(node.outcomes.stateOf(place, id)).toMatchObject({ status: 'refused' })
  expect(await sweepAt(validityMs + 60_000)).toBe(1)
  expect(node.outcomes.stateOf(place, id)).toBeUndefined()
})
