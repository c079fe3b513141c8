import { describe, expect, test } from 'vitest'
import { ASSET, CARD, idOf, PLACE, TIME } from './fake-ports.ts'
import { get, openServer } from './open-server.ts'

describe('GET /v1/federations', () => {
  test('lists each with its places', async () => {
    const answer = await get(await openServer(), '/v1/federations')
    expect(answer.statusCode).toBe(200)
    expect(answer.json().items).toEqual([
      {
        id: idOf('fed'),
        name: 'Test circle',
        admins: [idOf('key', 7)],
        assets: [],
        places: [PLACE],
        weakCards: false,
      },
    ])
  })

  test('reads one, and says 404 of one that is not there', async () => {
    const app = await openServer()
    expect((await get(app, `/v1/federations/${idOf('fed')}`)).json().places).toEqual([PLACE])
    const other = await get(app, `/v1/federations/${idOf('fed', 2)}`)
    expect(other.json()).toMatchObject({ status: 404, code: 'record_unknown' })
  })
})

describe('GET /v1/cards/:tag', () => {
  test('tells memberships, presences and holds', async () => {
    const answer = await get(await openServer(), `/v1/cards/${CARD}`)
    expect(answer.json()).toMatchObject({
      card: { id: CARD, hasClaim: false },
      memberships: [{ asset: idOf('ast', 4), until: TIME, contributions: 1_000 }],
      presences: [{ asset: idOf('ast', 5), inSince: TIME, visits: 2, totalMs: 60_000 }],
      holds: [{ purpose: 'lease', place: PLACE, asset: ASSET, cap: 500, captured: 0 }],
    })
  })
})
