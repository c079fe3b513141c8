import type { AuthoritySet } from '#protocol/chain/authority-set.ts'
import type { Header } from '#protocol/chain/header.ts'
import type { Hash } from '#protocol/hash.ts'
import type { AssetId, FederationId, NetworkId, PlaceId, WalletId } from '#protocol/id.ts'
import type { LedgerEvent } from '#protocol/ledger/event.ts'
import type { BalanceProof } from '#protocol/proof/balance-proof.ts'
import type { Receipt } from '#protocol/proof/receipt.ts'
import type { Parameters } from '#protocol/state/parameters.ts'
import type {
  AssetRecord,
  BalanceRecord,
  CardRecord,
  FederationRecord,
  PlaceRecord,
  WalletRecord,
} from '#protocol/state/record.ts'
import type { HoldRecord } from '#protocol/state/record-hold.ts'
import type { MembershipRecord, PresenceRecord } from '#protocol/state/record-money.ts'
import type { PaymentId } from '#protocol/transaction/payment-id.ts'
import type { Reader } from './caller.ts'
import type { CardName } from './desk.ts'
import type { TransactionState } from './outcome.ts'

/** The newest final block this node has applied. */
export type Head = { readonly height: number; readonly timeMs: number }

/** A value read from the state of one final block. */
export type At<T> = Head & { readonly value: T }

/** A place in the ledger's order. */
export type Position = { readonly height: number; readonly index: number }

/** Newest first: entries strictly below `after`. Pages never shift while the ledger grows. */
export type PageQuery = { readonly limit: number; readonly after?: Position }
/** `next` continues below the last item; absent when there is no more. */
export type Page<T> = { readonly items: readonly T[]; readonly next?: Position }

export type BlockSummary = { readonly header: Header; readonly digest: Hash }
export type NetworkSummary = {
  readonly id: NetworkId
  readonly name: string
  readonly ruleVersion: number
  readonly epoch: number
  readonly authorities: number
  readonly quorum: number
  readonly heartbeatMs: number
  /** How long an id can be used and is remembered, from its own time on, by class of scope. */
  readonly validityMs: Parameters['validityMs']
}
export type Authorities = { readonly epoch: number; readonly set: AuthoritySet }
export type WalletBalance = { readonly balance: BalanceRecord; readonly asset: AssetRecord }
export type CardAccount = {
  readonly card: CardRecord
  readonly balances: readonly WalletBalance[]
  /** Subscriptions of its wallet, also those that have ended. */
  readonly memberships: readonly MembershipRecord[]
  /** Who comes and goes by it at the reading place. */
  readonly presences: readonly PresenceRecord[]
  /** What of its wallet's money is set apart, oldest first. */
  readonly holds: readonly HoldRecord[]
}

/** Places that share assets; its members are the places that say they are in it. */
export type FederationAccount = {
  readonly federation: FederationRecord
  readonly places: readonly PlaceId[]
}

/**
 * May this reader read that wallet: its own; a place also one with a mandate to it or to a federation
 * of it. What is not a holder's own is `denied`, whether or not there is such a wallet.
 */
export type WalletAccess = 'granted' | 'denied' | 'unknown'

/** Reads of final state. Each answer is of one block; a record that is absent is undefined. */
export type Ledger = {
  readonly head: () => Head
  /** Resolves once `height` is applied; rejects when `signal` aborts. */
  readonly reach: (height: number, signal: AbortSignal) => Promise<void>
  readonly network: () => Promise<At<NetworkSummary>>
  readonly authorities: () => Promise<At<Authorities>>
  readonly assets: () => Promise<At<readonly AssetRecord[]>>
  readonly asset: (id: AssetId) => Promise<At<AssetRecord | undefined>>
  readonly places: () => Promise<At<readonly PlaceRecord[]>>
  readonly place: (id: PlaceId) => Promise<At<PlaceRecord | undefined>>
  readonly federations: () => Promise<At<readonly FederationAccount[]>>
  readonly federation: (id: FederationId) => Promise<At<FederationAccount | undefined>>
  readonly blocks: (query: PageQuery) => Promise<At<Page<BlockSummary>>>
  readonly block: (height: number) => Promise<At<BlockSummary | undefined>>
  /** `unsettled`: after a start, until the node knows again of every outcome that it may have told. */
  readonly transaction: (
    scope: PlaceId,
    id: PaymentId,
  ) => Promise<At<TransactionState | 'unsettled' | undefined>>
  /** `unrecorded`: refused before signing, or expired: no block says anything of it. */
  readonly receipt: (
    scope: PlaceId,
    id: PaymentId,
  ) => Promise<At<Receipt | 'pending' | 'unrecorded' | 'unsettled' | undefined>>
  readonly walletAccess: (reader: Reader, wallet: WalletId) => Promise<WalletAccess>
  readonly wallet: (id: WalletId) => Promise<At<WalletRecord | undefined>>
  readonly balances: (wallet: WalletId) => Promise<At<readonly WalletBalance[]>>
  /** `busy`: the node has too much to do for a proof now. */
  readonly balanceProof: (
    wallet: WalletId,
    asset: AssetId,
  ) => Promise<At<BalanceProof | 'busy' | undefined>>
  /** Applied transactions that moved money of the wallet, newest first. */
  readonly history: (wallet: WalletId, query: PageQuery) => Promise<At<Page<LedgerEvent>>>
  /**
   * `denied`: a card of another place that does not let the reader charge it, or that is not the
   * holder's, whether or not there is such a card. `tags_not_supported`: the
   * node lacks the federation's tag key.
   */
  readonly card: (
    name: CardName,
    reader: Reader,
  ) => Promise<At<CardAccount | 'denied' | 'tags_not_supported' | undefined>>
}
