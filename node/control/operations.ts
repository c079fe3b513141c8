import type { HealthReport } from '#api/ports/health.ts'
import type { Head } from '#api/ports/ledger.ts'
import type { SubmissionAnswer } from '#api/ports/outcome.ts'
import type { NodeConfig } from '#config/node-config.ts'
import type { EpochEnd } from '#consensus/epoch-end.ts'
import type { Genesis } from '#protocol/genesis.ts'
import type { GrantId, NetworkId, PlaceId } from '#protocol/id.ts'
import type { View } from '#protocol/ledger/view.ts'
import type { FamilyName, Records } from '#protocol/state/families.ts'
import type { TransactionBody } from '#protocol/transaction/kinds/transaction-body.ts'
import type { PaymentId } from '#protocol/transaction/payment-id.ts'
import type { InvitationStore } from '../join/invitation-store.ts'
import type { CaptureAnswer, CaptureOrder } from '../leases/capture.ts'
import type { LeaseFigures } from '../leases/lease-figures.ts'
import type { PairingStore } from '../pairing/pairing-store.ts'
import type { StoredCapture } from '../storage/local-facts.ts'

/** Which key of this node signs, by its name in the key store. */
export type NodeSigner = 'place' | 'operator' | 'gateway'

/** A transaction that this node signs in its own name, under a payment id the caller chose. */
export type SubmitOrder = {
  readonly id: PaymentId
  readonly body: TransactionBody
  readonly as: NodeSigner
  readonly consents?: readonly string[]
  /** When the transaction lapses; default: shortly, as long as a person waits. */
  readonly expMs?: number
  /** How long to wait for the outcome before `pending` is answered. */
  readonly waitMs: number
}

/** The secrets of this node by name; `keep` resolves once it is on disk. */
export type Secrets = {
  readonly get: (name: string) => Uint8Array | undefined
  /** Adds a secret unless there is one of that name; gives the one that is kept. */
  readonly keep: (name: string, secret: Uint8Array) => Promise<Uint8Array>
}

/** An API key to be made for a grant whose signing key is in the key store as `secret`. */
export type ApiKeyOrder = {
  readonly place: PlaceId
  readonly grant: GrantId
  readonly till: string
  readonly secret: string
  readonly expiresAtMs?: number
}

/** An API key without its token, which nobody can show twice. */
export type ApiKeySummary = {
  readonly keyId: string
  readonly place: PlaceId
  readonly grant: GrantId
  readonly till?: string
  readonly createdMs: number
  readonly expiresAtMs?: number
  readonly lastUsedMs?: number
  readonly revoked: boolean
}

/** The API keys of this node. `token` (`krm_live_…`) is told once; only its hash is kept. */
export type ApiKeys = {
  /** `exhausted`: the node has as many as it may, and all of them work. */
  readonly create: (
    order: ApiKeyOrder,
  ) => Promise<{ readonly keyId: string; readonly token: string } | 'exhausted'>
  /** Whether one more can be made. */
  readonly hasRoom: () => boolean
  /** Resolves once the revocation is on disk. */
  readonly revoke: (keyId: string) => Promise<'revoked' | 'unknown'>
  readonly list: () => readonly ApiKeySummary[]
}

/** What this node promised from the leases whose key it has. */
export type LeaseOperations = {
  /** Resolves once the capture is on disk, or with why there is none. */
  readonly capture: (order: CaptureOrder) => Promise<CaptureAnswer>
  /** Captures that came to nothing, oldest first. */
  readonly losses: () => readonly StoredCapture[]
  readonly figures: () => LeaseFigures
  /** After closing time: all are given back, and none is opened until `reopen`, or a restart. */
  readonly close: () => void
  readonly reopen: () => void
  readonly isClosed: () => boolean
}

/** A peer whose link is up. */
export type LinkSummary = { readonly peer: string; readonly role: string }

/** What the network turned away since the node started, by why; the numbers only rise. */
export type TurnedAway = {
  /** Connections of peers that nobody registered. */
  readonly strangers: number
  /** Connections of peers that are refused for a while. */
  readonly banned: number
  /** Streams of connected peers that may not have them. */
  readonly streams: number
  /** Gossip that is of no use here, or that no honest peer sends. */
  readonly gossip: number
  /** Messages held against the peer that sent them. */
  readonly faults: number
  /** Peers that were refused for a while for what they did. */
  readonly bans: number
}

/** Where this node is reached: libp2p addresses with its peer id, and its HTTP API. */
export type NodeAddresses = {
  readonly peerId: string
  readonly listen: readonly string[]
  readonly apiUrl?: string
  /** SHA-256 of its certificate in hex, where it speaks TLS itself. */
  readonly tlsFingerprint?: string
}

/** What the commands of the control socket and the invited need of a running node. */
export type NodeOperations = {
  readonly role: NodeConfig['role']
  readonly networkId: NetworkId
  readonly genesis: Genesis
  /** How every epoch before this one ended, oldest first. */
  readonly ends: () => readonly EpochEnd[]
  /** The newest final block applied here. */
  readonly head: () => Head
  /** Reads of final state, valid until the next await. */
  readonly view: () => View
  /** All records of a family in final state, by ascending slot; read before the next await. */
  readonly records: <F extends FamilyName>(family: F) => Iterable<Records[F]>
  /**
   * Signs, keeps in the outbox and waits. The same id with the same content answers the outcome of
   * the first signed bytes; with other content `turned_away: id_reused`.
   */
  readonly submit: (order: SubmitOrder) => Promise<SubmissionAnswer>
  readonly secrets: Secrets
  readonly leases: LeaseOperations
  readonly apiKeys: ApiKeys
  readonly invitations: InvitationStore
  readonly pairings: Pick<PairingStore, 'create'>
  readonly health: () => HealthReport
  /** The node's figures in Prometheus text format. */
  readonly metrics: () => Promise<string>
  readonly links: () => readonly LinkSummary[]
  readonly turnedAway: () => TurnedAway
  readonly addresses: () => NodeAddresses
  readonly clock: { readonly wallMs: () => number }
}
