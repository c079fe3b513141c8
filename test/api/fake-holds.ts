import type { HoldAccount, Holds, LeaseReport } from '#api/ports/holds.ts'
import type { At } from '#api/ports/ledger.ts'
import { units } from '#protocol/amount.ts'
import { encodeId, type IdKind, type IdOf } from '#protocol/id.ts'
import { PaymentId } from '#protocol/transaction/payment-id.ts'

const TIME_MS = Date.UTC(2026, 5, 21, 18, 4, 5, 123)
const idOf = <K extends IdKind>(kind: K): IdOf[K] => encodeId(kind, new Uint8Array(32).fill(1))
const at = <T>(value: T): At<T> => ({ height: 42, timeMs: TIME_MS, value })

/** A card's lease of 30.00: 5.00 are final, 2.00 on their way. */
export const holdAccount = (change: Partial<HoldAccount> = {}): HoldAccount => ({
  hold: {
    id: idOf('hld'),
    purpose: 'lease',
    status: 'open',
    owner: idOf('wal'),
    card: idOf('crd'),
    beneficiary: idOf('plc'),
    key: idOf('key'),
    asset: idOf('ast'),
    cap: units(3_000),
    captured: units(500),
    expiresAtMs: TIME_MS + 3_600_000,
    graceMs: 7_200_000,
  },
  here: true,
  onTheWay: 200,
  left: 2_300,
  releaseAtMs: TIME_MS + 10_800_000,
  ...change,
})

export const leaseReport = (change: Partial<LeaseReport> = {}): LeaseReport => ({
  mode: 'leases_only',
  key: idOf('key'),
  policy: { enabled: true, granted: true, closed: false, amount: 3_000, minutes: 360 },
  stateAgeMs: 61_900,
  totals: [
    { asset: idOf('ast'), leases: 2, cap: 6_000, captured: 500, onTheWay: 200, left: 5_300 },
  ],
  leases: { items: [holdAccount()], next: { height: TIME_MS, index: 7 } },
  ...change,
})

/** Holds with one of everything. */
export const fakeHolds = (change: Partial<Holds> = {}): Holds => ({
  list: async () => at({ items: [holdAccount()], next: { height: TIME_MS, index: 7 } }),
  one: async (_place, id) => at(id === idOf('hld') ? holdAccount() : undefined),
  ofWallet: async () => at([holdAccount().hold]),
  leases: async () => at(leaseReport()),
  captures: async () =>
    at({
      totals: [
        {
          asset: idOf('ast'),
          on_the_way: { captures: 1, amount: 200 },
          final: { captures: 0, amount: 0 },
          lost: { captures: 1, amount: 650 },
        },
      ],
      captures: {
        items: [
          {
            id: PaymentId.parse('0199e6a0-2b7c-7c4e-9d15-000000000001'),
            state: 'lost',
            hold: idOf('hld'),
            asset: idOf('ast'),
            amount: 650,
            till: 'bar-1',
            capturedMs: TIME_MS,
            code: 'hold_over',
          },
        ],
        next: { height: TIME_MS, index: 7 },
      },
    }),
  ...change,
})
