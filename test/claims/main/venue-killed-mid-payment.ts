import { setTimeout as sleep } from 'node:timers/promises'
import { v7 } from 'uuid'
import type { LocalFederation } from '#scripts/federation/local-federation.ts'
import { readLedgers } from '#scripts/festival/account.ts'
import { effectKey } from '#scripts/festival/audit.ts'
import { settleOrder, trafficOf, type Verdict } from '#scripts/festival/verdict.ts'
import type { Claim } from '#test/claims/claim.ts'
import { venueOf, withFederation } from '../../support/federation.ts'
import { compared, type Row } from '../../support/federation-claim.ts'
import { FederationTill, type NewCard } from '../../support/federation-till.ts'

const QUEUES = 12
const FUNDS = 20_000
/** From before the first request is read to the midst of a stream of answers. */
const KILL_AFTER_MS = [2, 8, 20, 60] as const

export const claim: Claim = {
  area: 'main',
  name: 'venue-killed-mid-payment',
  bound:
    'each kill of a venue cuts off payments; each payment has one outcome, and one effect at most on every disk',
  short: true,
  run: async ({ directory, progress }) =>
    await withFederation(directory, async (federation) => {
      const till = new FederationTill(venueOf(federation, 0))
      const card = await till.newCard('secret', FUNDS)
      const verdicts = new Map<string, Verdict>()
      const rows: Row[] = []
      for (const [round, afterMs] of KILL_AFTER_MS.entries()) {
        progress(`kill ${round + 1} of ${KILL_AFTER_MS.length}`)
        const before = trafficOf(till.client).cut
        for (const [id, verdict] of await killWhilePaying(federation, { till, card, afterMs })) {
          verdicts.set(id, verdict)
        }
        const cut = trafficOf(till.client).cut - before
        rows.push([`kill ${round + 1} cut off ${cut} requests`, cut > 0, true])
      }
      const applied = [...verdicts.values()].filter(({ status }) => status === 'applied').length
      const balance = await till.balance(card.id)
      till.close()
      return compared([
        ...rows,
        ['every payment is applied', applied, verdicts.size],
        ['balance', balance, FUNDS - applied],
        ...(await effectRows(federation, till.place, verdicts)),
      ])
    }),
}

type Paying = {
  readonly till: FederationTill
  readonly card: NewCard
  readonly afterMs: number
}

/** Customers pay one after the other in each queue, until the venue was killed and is up again. */
const killWhilePaying = async (
  federation: LocalFederation,
  { till, card, afterMs }: Paying,
): Promise<ReadonlyMap<string, Verdict>> => {
  const verdicts = new Map<string, Verdict>()
  let isOver = false
  const queue = async (): Promise<void> => {
    while (!isOver) {
      const id = v7()
      const body = { id, payers: [card.face], amount: 1 }
      // Tills hold on: the same id is sent again until its outcome is known.
      verdicts.set(id, await settleOrder(till.client, { path: '/v1/payments', id, body }))
    }
  }
  const killing = async (): Promise<void> => {
    await sleep(afterMs)
    await federation.kill('venue-1')
    await federation.restart('venue-1')
    isOver = true
  }
  const queues = Array.from({ length: QUEUES }, queue)
  await killing().finally(() => {
    isOver = true
  })
  await Promise.all(queues)
  return verdicts
}

/** On every disk each payment has the effect that was answered, and no other. */
const effectRows = async (
  federation: LocalFederation,
  place: string,
  verdicts: ReadonlyMap<string, Verdict>,
): Promise<readonly Row[]> => {
  const ledgers = await readLedgers(federation)
  return ledgers.flatMap(({ name, ledger }) =>
    [...verdicts].map(([id, { status }]): Row => {
      const effects = ledger.effects.get(effectKey(place, id)) ?? 0
      return [`${id} at ${name}`, effects, status === 'applied' ? 1 : 0]
    }),
  )
}
