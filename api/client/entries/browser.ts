/* What `kermesse/client` is in a browser. */

export { type BrowserStorage, openBrowserJournal } from '../browser-journal.ts'
export { type ApiRequest, apiKey, type Credential } from '../credential.ts'
export { CLIENT_CODES, type ClientCode, KermesseError } from '../error.ts'
export type { EventOptions, LedgerEvent } from '../events.ts'
export { type JournalEntry, type JournalStore, memoryJournal } from '../journal.ts'
export type {
  Applied,
  Cancelled,
  Captured,
  Expired,
  Outcome,
  Refused,
  Unchanged,
} from '../outcome.ts'
export type { Resolution } from '../settler.ts'
export { signedRequests, signerOfSeed, type TillSigner } from '../signer.ts'
export { type CallOptions, openTill, type Till, type TillOptions } from '../till.ts'
export type * from '../wire.ts'
export type { World } from '../world.ts'
