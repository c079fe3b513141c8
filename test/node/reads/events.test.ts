import { afterEach, describe, expect, test } from 'vitest'
import type { Entry, EventReader } from '#api/ports/events.ts'
import type { Position } from '#api/ports/ledger.ts'
import { placeIdOfKey } from '#protocol/derive.ts'
import { actor } from '../../support/actors.ts'
import { closeBars, loadedCard, openedBar, pay } from '../desk/bar.ts'
import type { Bar } from '../desk/solo-node.ts'

afterEach(closeBars)

const START: Position = { height: 0, index: Number.MAX_SAFE_INTEGER }

const positionOf = (entry: Entry): Position =>
  entry.kind === 'block' ? entry : { height: entry.event.height, index: entry.event.index }

const readAll = async ({ node }: Bar, reader: EventReader, limit: number): Promise<Entry[]> => {
  const entries: Entry[] = []
  let after = START
  for (;;) {
    const page = await node.events.after({ reader, after, limit })
    entries.push(...page.entries)
    after = page.next
    if (!page.more) return entries
  }
}

const placeOf = (place: Bar['place']): EventReader => ({ kind: 'place', place })

const busyBar = async (): Promise<Bar> => {
  const bar = await openedBar()
  await loadedCard(bar, 5_000)
  const ids = Array.from({ length: 12 }, () => bar.node.newId())
  await Promise.all(ids.map((id) => pay(bar, bar.errand(), { id, amount: 10 })))
  await bar.node.recent.reachStored(bar.node.recent.head().height, new AbortController().signal)
  return bar
}

describe('the stream of events', () => {
  test('ascends, each entry once, a block after its transactions, whatever the page', async () => {
    const bar = await busyBar()
    const whole = await readAll(bar, placeOf(bar.place), 256)
    const positions = whole.map(positionOf)
    const ordered = positions.toSorted((a, b) => a.height - b.height || a.index - b.index)
    expect(positions).toEqual(ordered)
    expect(new Set(positions.map(({ height, index }) => `${height}/${index}`)).size).toBe(
      positions.length,
    )
    expect(whole.filter(({ kind }) => kind === 'block')).toHaveLength(
      bar.node.recent.storedHeight(),
    )
    const sales = whole.filter((entry) => entry.kind !== 'block' && entry.event.kind === 'sale')
    expect(sales).toHaveLength(12)
    for (const limit of [1, 2, 3, 7]) {
      expect(await readAll(bar, placeOf(bar.place), limit)).toEqual(whole)
    }
  })

  test('shows others the blocks and nothing of what is not theirs', async () => {
    const bar = await busyBar()
    const entries = await readAll(bar, placeOf(placeIdOfKey(actor('elsewhere').key)), 5)
    expect(entries.every(({ kind }) => kind === 'block')).toBe(true)
    expect(entries).toHaveLength(bar.node.recent.storedHeight())
  })

  test('shows a wallet what moved its money, and not at which till', async () => {
    const bar = await busyBar()
    const whole = await readAll(bar, placeOf(bar.place), 256)
    const sale = whole.find((entry) => entry.kind !== 'block' && entry.event.kind === 'sale')
    if (sale?.kind !== 'transaction') throw new Error('no sale')
    expect(sale.till).toBe('bar')
    const wallet = sale.event.legs?.[0]?.wallet
    if (wallet === undefined) throw new Error('no leg')
    const own = (await readAll(bar, { kind: 'wallet', wallet }, 5)).filter(
      ({ kind }) => kind === 'transaction',
    )
    // The top-up and the sales.
    expect(own).toHaveLength(13)
    for (const entry of own) {
      expect(entry).not.toHaveProperty('till')
      expect(entry).toMatchObject({
        event: { movements: expect.arrayContaining([expect.objectContaining({ wallet })]) },
      })
    }
  })

  test('is read once for all who stand at one place, and again once there is more', async () => {
    const bar = await busyBar()
    const { events } = bar.node
    const query = { reader: placeOf(bar.place), after: START, limit: 100 }
    const [one, ...others] = await Promise.all(
      Array.from({ length: 100 }, () => events.after({ ...query })),
    )
    expect(others.every((page) => page === one)).toBe(true)
    const { height } = bar.node.recent.head()
    await pay(bar, bar.errand(), { id: bar.node.newId(), amount: 10 })
    await bar.node.recent.reachStored(height + 1, new AbortController().signal)
    const later = await events.after(query)
    expect(later.entries.slice(0, one?.entries.length)).toEqual(one?.entries)
    expect(later.entries.length).toBe((one?.entries.length ?? 0) + 2)
  })

  test('waits above its end, and goes on with what comes', async () => {
    const bar = await busyBar()
    const { events, recent } = bar.node
    const after = { height: recent.storedHeight(), index: 0xffff_ffff }
    const query = { reader: placeOf(bar.place), after, limit: 10 }
    expect(await events.after(query)).toEqual({ entries: [], next: after, more: false })
    const reached = events.reach(after.height + 1, new AbortController().signal)
    await pay(bar, bar.errand(), { id: bar.node.newId(), amount: 10 })
    await reached
    const { entries } = await events.after(query)
    expect(entries).toMatchObject([
      { kind: 'transaction', event: { kind: 'sale' } },
      { kind: 'block', transactions: 1 },
    ])
  })

  test('ends its waiting with the reader', async () => {
    const bar = await openedBar()
    const { signal, abort } = ((controller) => ({
      signal: controller.signal,
      abort: () => controller.abort(),
    }))(new AbortController())
    const reached = bar.node.events.reach(1_000_000, signal)
    abort()
    await expect(reached).rejects.toThrow()
  })
})
