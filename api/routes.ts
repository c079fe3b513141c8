import type { App } from './app.ts'
import type { Door } from './door.ts'
import { registerApiKeys } from './routes/api-keys.ts'
import { registerCardBatches } from './routes/card-batches.ts'
import { registerCardEndings } from './routes/card-endings.ts'
import { registerCards } from './routes/cards.ts'
import { registerChain } from './routes/chain.ts'
import { registerClearing } from './routes/clearing.ts'
import { registerClosings } from './routes/closings.ts'
import { registerDocumentation } from './routes/documentation.ts'
import { registerEvents } from './routes/events.ts'
import { registerExports } from './routes/exports.ts'
import { registerFederations } from './routes/federations.ts'
import { registerGrants } from './routes/grants.ts'
import { registerHealth } from './routes/health.ts'
import { registerHolds } from './routes/holds.ts'
import { registerLeases } from './routes/leases.ts'
import { registerPairings } from './routes/pairings.ts'
import { registerPayments } from './routes/payments.ts'
import { registerPayouts } from './routes/payouts.ts'
import { registerRecords } from './routes/records.ts'
import { registerReserves } from './routes/reserves.ts'
import { registerServices } from './routes/services.ts'
import { registerTopUps } from './routes/topups.ts'
import { registerTransactionBatches } from './routes/transaction-batches.ts'
import { registerTransactions } from './routes/transactions.ts'
import { registerWallets } from './routes/wallets.ts'
import { registerWebhooks } from './routes/webhooks.ts'

/** Every resource of the API, in the order of its documentation. */
export const registerRoutes = (app: App, door: Door): void => {
  registerPayments(app, door)
  registerTopUps(app, door)
  registerCards(app, door)
  registerCardBatches(app, door)
  registerCardEndings(app, door)
  registerServices(app, door)
  registerHolds(app, door)
  registerLeases(app, door)
  registerPayouts(app, door)
  registerClearing(app, door)
  registerReserves(app, door)
  registerClosings(app, door)
  registerExports(app, door)
  registerTransactions(app, door)
  registerTransactionBatches(app, door)
  registerPairings(app, door)
  registerGrants(app, door)
  registerApiKeys(app, door)
  registerWallets(app, door)
  registerRecords(app, door)
  registerFederations(app, door)
  registerChain(app, door)
  registerEvents(app, door)
  registerWebhooks(app, door)
  registerHealth(app, door)
  registerDocumentation(app, door)
}
