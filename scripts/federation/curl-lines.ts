import { v7 } from 'uuid'

/** A first evening in four lines, ready to paste in a second terminal. */
export const curlLines = (apiUrl: string, apiKey: string): readonly string[] => {
  const [topUp, payment] = [v7(), v7()]
  const base = apiUrl.replace(/^http:\/\//, '').replace('127.0.0.1', 'localhost')
  return [
    `KEY=${apiKey}`,
    `H="authorization: Bearer $KEY"; J='content-type: application/json'; U=${base}/v1`,
    `curl -s $U/cards    -H "$H" -H "$J" -d '{"tag":"04A1B2C3","activate":true}'`,
    `curl -s $U/topups   -H "$H" -H "$J" -d '{"id":"${topUp}","tag":"04A1B2C3","amount":2000}'`,
    `curl -s $U/payments -H "$H" -H "$J" -d '{"id":"${payment}","payers":[{"tag":"04A1B2C3"}],"amount":650}'`,
    `curl -s $U/transactions/${payment}/receipt -H "$H" > r.json && npx kermesse receipt verify r.json`,
  ]
}
