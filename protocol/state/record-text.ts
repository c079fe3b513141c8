import type { BalanceRecord, CounterRecord, PaymentRecord, SaleRecord } from './record.ts'

/*
 * The canonical texts of the records that every payment writes, put together by hand: the members in
 * the order of the schema. No text in them may hold a character that JSON escapes: their schemas say so.
 */

export const balanceText = (record: BalanceRecord): string =>
  `{"wallet":"${record.wallet}","asset":"${record.asset}",` +
  `"available":${record.available},"held":${record.held},` +
  `"totalIn":${record.totalIn},"totalOut":${record.totalOut}}`

export const counterText = ({ name, value, untilMs }: CounterRecord): string =>
  `{"name":"${name}","value":${value},"untilMs":${untilMs}}`

export const paymentText = (record: PaymentRecord): string =>
  `{"scope":"${record.scope}","id":"${record.id}","kind":"${record.kind}",` +
  `"hash":"${record.hash}","outcome":"${record.outcome}",` +
  `"height":${record.height},"index":${record.index},"untilMs":${record.untilMs}}`

export const saleText = ({ id, place, legs, refunded, timeMs, bought }: SaleRecord): string => {
  let between = ''
  let list = ''
  for (const { card, wallet, asset, amount } of legs) {
    const member = card === undefined ? '' : `"card":"${card}",`
    list += `${between}{${member}"wallet":"${wallet}","asset":"${asset}","amount":${amount}}`
    between = ','
  }
  const last = bought === undefined ? '' : `,"bought":${bought}`
  return (
    `{"id":"${id}","place":"${place}","legs":[${list}],` +
    `"refunded":${refunded},"timeMs":${timeMs}${last}}`
  )
}
