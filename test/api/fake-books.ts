import type { Books } from '#api/ports/books.ts'
import { units } from '#protocol/amount.ts'
import type { HoldRecord } from '#protocol/state/record-hold.ts'
import { ASSET, asset, at, idOf, PLACE, paymentId, TIME_MS, WALLET } from './fake-ports.ts'

export const hold = (change: Partial<HoldRecord> = {}): HoldRecord => ({
  id: idOf('hld'),
  purpose: 'payout',
  status: 'open',
  owner: WALLET,
  beneficiary: PLACE,
  key: idOf('key', 8),
  asset: ASSET,
  cap: units(500),
  captured: units(0),
  graceMs: 0,
  ...change,
})

/** Books with one of everything. */
export const fakeBooks = (change: Partial<Books> = {}): Books => ({
  positions: async () =>
    at({
      items: [
        {
          place: idOf('plc', 2),
          owed: [{ asset: idOf('ast', 2), available: 300, held: 100 }],
          owing: [],
        },
      ],
      next: { height: 0, index: 1 },
    }),
  openClearings: async () =>
    at({
      items: [
        {
          clearing: {
            id: paymentId(5),
            place: PLACE,
            other: idOf('plc', 2),
            holds: [idOf('hld', 2)],
            otherHolds: [],
          },
          gives: [hold({ id: idOf('hld', 2), purpose: 'clearing', asset: idOf('ast', 2) })],
          takes: [],
          sinceMs: TIME_MS - 60_000,
          overdue: false,
        },
      ],
    }),
  openPayouts: async () =>
    at({
      items: [
        { hold: hold(), payer: 'gateway', sinceMs: TIME_MS - 60_000, overdue: false },
        { hold: hold({ id: idOf('hld', 3) }), payer: 'place', overdue: true },
      ],
      next: { height: TIME_MS, index: 7 },
    }),
  reserves: async ({ from }) =>
    at({
      reserves: [
        {
          asset: asset(from + 1),
          inWallets: 1_350,
          atGateway: 0,
          atPlaces: 650,
          deficit: 50,
          inPayouts: 0,
          inClearings: 0,
          places: [{ place: PLACE, available: 650, held: 0 }],
        },
      ],
      more: from < 2,
    }),
  ...change,
})
