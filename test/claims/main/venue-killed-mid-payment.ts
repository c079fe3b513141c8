import { setTimeout as sleep } from 'node:timers/promises'
import { v7 } from 'uuid'
import type { LocalFederation } from '#scripts/federation/local-federation.ts'
import { readLedgers } from '#scripts/festival/account.ts'
import { effectKey } from '#scripts/festival/audit.ts'
import { settleOrder, type Verdict } from '#scripts/festival/verdict.ts'
import type { Claim } from '#test/claims/claim.ts'
import { venueOf, withFederation } from '../../support/federation.ts'
import { compared, type Row } from '../../support/federation-claim.ts'
import { FederationTill, type NewCard } from '../../support/federation-till.ts'

const ROUNDS = 4
const PAYMENTS = 12
const AMOUNT = 100
/** From before the request is read to after its answer is on its way. */
const KILL_AFTER_MS = [2, 8, 20, 60] as const

export const claim: Claim = {
  area: 'main',
  name: 'venue-killed-mid-payment',
  bound: 'each payment that a killed venue was taking has one outcome, and one effect at most',
  short: true,
  run: async ({ directory, progress }) =>
    await withFederation(directory, async (federation) => {
      const till = new FederationTill(venueOf(federation, 0))
      const card = await till.newCard('secret', 20_000)
      const verdicts = new Map<string, Verdict>()
      for (let round = 0; round < ROUNDS; round += 1) {
        progress(`kill ${round + 1} of ${ROUNDS}`)
        const ids = Array.from({ length: PAYMENTS }, () => v7())
        const settled = await killWhile(federation, KILL_AFTER_MS[round] ?? 0, () =>
          payAll(till, card, ids),
        )
        for (const [id, verdict] of settled) verdicts.set(id, verdict)
      }
      const applied = [...verdicts.values()].filter(({ status }) => status === 'applied').length
      const balance = await till.balance(card.id)
      till.close()
      return compared([
        ['outcomes', verdicts.size, ROUNDS * PAYMENTS],
        ['balance', balance, 20_000 - applied * AMOUNT],
        ...(await effectRows(federation, till.place, verdicts)),
      ])
    }),
}

/** Tills hold on: the same id is sent again until its outcome is known. */
const payAll = async (
  till: FederationTill,
  card: NewCard,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Verdict>> => {
  const entries = ids.map(async (id): Promise<[string, Verdict]> => {
    const body = { id, payers: [card.face], amount: AMOUNT }
    return [id, await settleOrder(till.client, { path: '/v1/payments', id, body })]
  })
  return new Map(await Promise.all(entries))
}

const killWhile = async <T>(
  federation: LocalFederation,
  afterMs: number,
  act: () => Promise<T>,
): Promise<T> => {
  const acting = act()
  const killing = async (): Promise<void> => {
    await sleep(afterMs)
    await federation.kill('venue-1')
    await federation.restart('venue-1')
  }
  const [result] = await Promise.all([acting, killing()])
  return result
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
