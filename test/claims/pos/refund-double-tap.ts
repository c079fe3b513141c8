import { v7 } from 'uuid'
import { settleOrder, type Verdict } from '#scripts/festival/verdict.ts'
import type { Claim } from '#test/claims/claim.ts'
import { venueOf, withFederation } from '../../support/federation.ts'
import { compared, type Row } from '../../support/federation-claim.ts'
import { FederationTill } from '../../support/federation-till.ts'

const TAPS = 20
const PRICE = 300

/** Of a till that repeats itself, and of cashiers who each mean it: both give back once. */
const CASES = [
  { name: 'one refund sent 20 times', idOf: (): ((tap: number) => string) => always(v7()) },
  { name: '20 refunds of one payment', idOf: (): ((tap: number) => string) => () => v7() },
] as const
const always = (id: string) => () => id

export const claim: Claim = {
  area: 'pos',
  name: 'refund-double-tap',
  bound: `${TAPS} refunds of a payment at once, under one id or under ${TAPS}: the money comes back once`,
  short: true,
  run: async ({ directory, progress }) =>
    await withFederation(directory, async (federation) => {
      const till = new FederationTill(venueOf(federation, 0))
      const rows: Row[] = []
      for (const { name, idOf } of CASES) {
        progress(name)
        const card = await till.newCard('weak', PRICE)
        const sale = v7()
        await till.pay(card.face, PRICE, sale)
        const verdicts = await tapAll(till, sale, idOf())
        rows.push([`${name}: back on the card`, await till.balance(card.id), PRICE])
        rows.push(...rowsOf(name, verdicts))
      }
      till.close()
      return compared(rows)
    }),
}

const tapAll = async (
  till: FederationTill,
  sale: string,
  idOf: (tap: number) => string,
): Promise<readonly (readonly [id: string, Verdict])[]> =>
  await Promise.all(
    Array.from({ length: TAPS }, async (_, tap) => {
      const id = idOf(tap)
      const order = { path: `/v1/payments/${sale}/refunds`, id, body: { id } }
      return [id, await settleOrder(till.client, order)] as const
    }),
  )

/** One id has one answer; of several one is applied, and the others hear that it was. */
const rowsOf = (
  name: string,
  verdicts: readonly (readonly [string, Verdict])[],
): readonly Row[] => {
  const applied = verdicts.filter(([, { status }]) => status === 'applied')
  const ids = new Set(applied.map(([id]) => id))
  const others = verdicts.filter(([, verdict]) => verdict.status === 'refused')
  const strange = others.filter(
    ([, verdict]) => verdict.status !== 'refused' || verdict.code !== 'already_refunded',
  )
  return [
    [`${name}: answers`, verdicts.length, TAPS],
    [`${name}: refunds that took effect`, ids.size, 1],
    [`${name}: applied or already refunded`, applied.length + others.length, TAPS],
    [`${name}: refused for another reason`, strange.length, 0],
  ]
}
