import { expect, test } from 'vitest'
import { at, fakeLedger, PLACE } from './fake-ports.ts'
import { get, openServer } from './open-server.ts'

const leaving = async () => {
  const { value } = await fakeLedger().place(PLACE)
  if (value === undefined) throw new Error('no place')
  return { ...value, status: 'leaving', leftMs: 1 } as const
}

test('a place that is leaving is shown, alone and in the list', async () => {
  const record = await leaving()
  const ledger = fakeLedger({
    place: async () => at(record),
    places: async () => at([record]),
  })
  const app = await openServer({ ledger })
  const alone = await get(app, `/v1/places/${PLACE}`)
  expect([alone.statusCode, alone.json().status]).toEqual([200, 'leaving'])
  const list = await get(app, '/v1/places')
  expect([list.statusCode, list.json().items.length]).toEqual([200, 1])
})
