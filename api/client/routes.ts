/** The operations of the API that the client uses: a test holds them against `docs/openapi.json`. */
export const ROUTES = {
  takePayment: ['POST', '/v1/payments'],
  refundPayment: ['POST', '/v1/payments/{id}/refunds'],
  cancelPayment: ['POST', '/v1/payments/{id}/cancel'],
  listOpenPayments: ['GET', '/v1/payments'],
  openHold: ['POST', '/v1/holds'],
  captureHold: ['POST', '/v1/holds/{id}/captures'],
  releaseHold: ['POST', '/v1/holds/{id}/release'],
  listHolds: ['GET', '/v1/holds'],
  getHold: ['GET', '/v1/holds/{id}'],
  getWalletHolds: ['GET', '/v1/wallets/{id}/holds'],
  getLeases: ['GET', '/v1/leases'],
  listLeaseCaptures: ['GET', '/v1/leases/captures'],
  topUp: ['POST', '/v1/topups'],
  registerCard: ['POST', '/v1/cards'],
  getCard: ['GET', '/v1/cards/{tag}'],
  activateCard: ['POST', '/v1/cards/{tag}/activate'],
  blockCard: ['POST', '/v1/cards/{tag}/block'],
  cashOutCard: ['POST', '/v1/cards/{tag}/cashout'],
  submitTransaction: ['POST', '/v1/transactions'],
  getTransaction: ['GET', '/v1/transactions/{id}'],
  getReceipt: ['GET', '/v1/transactions/{id}/receipt'],
  getBalances: ['GET', '/v1/wallets/{id}/balances'],
  getHistory: ['GET', '/v1/wallets/{id}/history'],
  getBalanceProof: ['GET', '/v1/wallets/{id}/proof'],
  listAssets: ['GET', '/v1/assets'],
  getNetwork: ['GET', '/v1/network'],
  isReady: ['GET', '/readyz'],
  streamEvents: ['GET', '/v1/events'],
} as const satisfies Record<string, readonly ['GET' | 'POST', `/${string}`]>
export type Operation = keyof typeof ROUTES

/** Where an operation is found, with what stands in braces filled in. */
export const addressOf = (
  operation: Operation,
  named: Readonly<Record<string, string>> = {},
): { readonly method: 'GET' | 'POST'; readonly path: string } => {
  const [method, template] = ROUTES[operation]
  const path = template.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(named[name] ?? ''),
  )
  return { method, path }
}
