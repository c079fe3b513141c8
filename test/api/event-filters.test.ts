import { describe, expect, test, vi } from 'vitest'
import { STREAMS_PER_HOLDER_MAX } from '#api/limits.ts'
import type { Owned } from '#api/ports/caller.ts'
import type { Entry, EventReader, Events } from '#api/ports/events.ts'
import { blockEntry, blockOf, listen, openStream, read } from './event-source.ts'
import { caller, event, fakeRequests, HEIGHT, idOf } from './fake-ports.ts'
import { get, openServer } from './open-server.ts'

describe('GET /v1/events', () => {
  test('filters by till, by wallet and by asset', async () => {
    const { events, append, ledger } = openStream(8)
    const [mine, other] = [idOf('wal', 2), idOf('wal', 3)]
    const moved = (index: number, wallet: typeof mine, n: number): Entry => ({
      kind: 'transaction',
      event: event({ height: 1, index, movements: [{ wallet, asset: idOf('ast', n), change: 5 }] }),
      till: `bar-${n}`,
    })
    append(moved(0, mine, 1), moved(1, mine, 2), moved(2, other, 1), blockEntry(1))
    const url = `${await listen(await openServer({ events, ledger }))}/v1/events?after=0-0`
    const indexes = async (query: string, count: number) =>
      (await read(`${url}&${query}`, count)).map(({ data }) => data.index ?? 'block')
    expect(await indexes('till=bar-1', 3)).toEqual([0, 2, 'block'])
    expect(await indexes(`wallet=${mine}`, 3)).toEqual([0, 1, 'block'])
    expect(await indexes(`asset=${idOf('ast', 2)}`, 2)).toEqual([1, 'block'])
    expect(await indexes(`wallet=${other}&asset=${idOf('ast', 1)}`, 2)).toEqual([2, 'block'])
    expect(await indexes(`wallet=${other}&asset=${idOf('ast', 2)}`, 1)).toEqual(['block'])
  })

  test.each(['kinds=sales', 'kinds=', 'wallet=me', 'asset=EUR', 'till=%20', 'blocks=no'])(
    'refuses the filter %s',
    async (query) => {
      const answer = await get(await openServer(), `/v1/events?${query}`)
      expect(answer.json()).toMatchObject({ status: 400, code: 'request_invalid' })
    },
  )

  test.each<[Owned, EventReader]>([
    [{ wallet: idOf('wal', 2) }, { kind: 'wallet', wallet: idOf('wal', 2) }],
    [{ card: idOf('crd', 2) }, { kind: 'card', card: idOf('crd', 2) }],
  ])('shows a holder what is of %j, on so many streams', async (owns, reader) => {
    const { events, append, ledger } = openStream()
    append(...blockOf(1))
    const after = vi.fn(events.after)
    const visitor = { keyId: 'holder-1', owns }
    const requests = fakeRequests({
      open: () => ({
        ok: true,
        signer: idOf('key'),
        visitor,
        bodyHash: undefined,
        spend: () => 'spent',
      }),
      stands: () => true,
    })
    const app = await openServer({ events: { ...events, after }, ledger, requests })
    const url = `${await listen(app)}/v1/events?after=0-0`
    const leaving = new AbortController()
    const open = async () =>
      (await fetch(url, { headers: { authorization: 'JWS a.b.c' }, signal: leaving.signal })).status
    for (let n = 0; n < STREAMS_PER_HOLDER_MAX; n++) expect(await open()).toBe(200)
    expect(await open()).toBe(429)
    await vi.waitFor(() => expect(after).toHaveBeenCalledWith(expect.objectContaining({ reader })))
    leaving.abort()
  })

  test('shows a key that may not read what everybody may see', async () => {
    const after = vi.fn<Events['after']>(async (query) => ({
      entries: [blockEntry(HEIGHT + 1)],
      next: query.after,
      more: false,
    }))
    const reach: Events['reach'] = (height) =>
      height > HEIGHT ? Promise.reject(new Error('stopping')) : Promise.resolve()
    const credentials = {
      authenticate: () => ({ ok: true, caller: caller({ actions: ['sale'] }) }) as const,
    }
    const app = await openServer({ events: { after, reach }, credentials })
    await read(`${await listen(app)}/v1/events`, 1)
    expect(after).toHaveBeenCalledWith(expect.objectContaining({ reader: { kind: 'public' } }))
  })
})
