import type { Position } from '#api/ports/ledger.ts'
import type {
  Captured,
  Expired,
  Lost,
  Pending,
  Refused,
  TransactionState,
} from '#api/ports/outcome.ts'
import type { Block } from '#protocol/chain/block.ts'
import type { Hash } from '#protocol/hash.ts'
import type { PlaceId, WalletId } from '#protocol/id.ts'
import type { LedgerEvent } from '#protocol/ledger/event.ts'
import { parametersOf } from '#protocol/ledger/network.ts'
import type { View } from '#protocol/ledger/view.ts'
import type { Scope } from '#protocol/state/record.ts'
import { type PaymentId, paymentIdTimeMs } from '#protocol/transaction/payment-id.ts'
import type { Leases } from '../leases/leases.ts'
import type { Outbox, OutboxEntry } from '../outbox/outbox.ts'
import type { FinalView } from '../pipeline/executor.ts'
import { requireHeld } from '../reads/held.ts'
import type { Recent } from '../reads/recent.ts'
import { promised } from '../storage/completion.ts'
import { type ExpiredSubmission, paymentName } from '../storage/local-facts.ts'
import type { Storage } from '../storage/storage.ts'
import { stateOfCapture } from './capture-state.ts'
import { idLapsesAtMs } from './door.ts'
import { stateOfEvent } from './event-state.ts'
import { FORGETTING_MARGIN_MS } from './limits.ts'
import type { Tombstones } from './tombstones.ts'
import type { Unsettled } from './unsettled.ts'

export type OutcomesParts = {
  readonly view: () => FinalView
  readonly recent: Pick<Recent, 'block' | 'event' | 'head'>
  readonly outbox: Pick<Outbox, 'find' | 'isStored'>
  readonly storage: Pick<Storage, 'reader' | 'blockAt' | 'local'>
  readonly tombstones: Tombstones
  readonly unsettled: Pick<Unsettled, 'has'>
  /** What was captured from leases here. */
  readonly captures: Pick<Leases, 'find' | 'leftOf'>
}

/** What used a payment id first, as far as this node knows, with the state it is in. */
export type Use = { readonly scope: Scope } & UsedBy

type UsedBy =
  | {
      readonly by: 'block'
      readonly hash: Hash
      readonly event: LedgerEvent
      readonly state: TransactionState
    }
  | {
      readonly by: 'outbox'
      readonly entries: readonly OutboxEntry[]
      readonly state: Pending
    }
  /** `content`: as in the outbox. */
  | {
      readonly by: 'expiry'
      readonly hash: Hash
      readonly content: Hash | undefined
      readonly state: Expired
    }
  /** In the journal of captures, and not on the ledger. `content`: as in the outbox. */
  | {
      readonly by: 'capture'
      readonly content: Hash | undefined
      readonly state: Captured | Lost
      readonly isStored: boolean
    }
  /** `content`: the hash of what was asked for. */
  | { readonly by: 'tombstone'; readonly content: Hash; readonly state: Refused }

/** What this node knows of payment ids: answered at once, from memory and from its own disk. */
export type Outcomes = {
  /**
   * Also what is still on its way to disk: for judging what comes, not for telling. A place and its
   * wallet share their ids here: what was used in the name of one is used in that of the other.
   */
  readonly useOf: (scope: Scope, id: PaymentId) => Use | undefined
  /** The one use that an id of this place is told by, whoever asks. */
  readonly toldOf: (place: PlaceId, id: PaymentId) => Use | undefined
  /** Only what a power cut cannot undo; `unsettled`: it may have an outcome that was told before. */
  readonly stateOf: (place: PlaceId, id: PaymentId) => TransactionState | 'unsettled' | undefined
  /** The text of a recorded transaction. */
  readonly textAt: (place: Position) => Promise<string>
}

/**
 * A block's word counts before this node's own: an id in a block is used up whatever was promised
 * here. What is neither final, pending, expired nor refused may be an id that state has forgotten.
 */
export const createOutcomes = (parts: OutcomesParts): Outcomes => {
  const { storage, recent, outbox, tombstones, unsettled } = parts

  const recorded = (scope: Scope, place: Position & { readonly hash: Hash }): Use => {
    const event = recent.event(place) ?? storage.reader.event(place)
    if (event === undefined) requireHeld(storage.reader, place.height)
    if (event === undefined) throw new Error(`no event ${place.height}/${place.index}`)
    return { by: 'block', scope, hash: place.hash, event, state: stateOfEvent(event) }
  }

  const pending = (scope: Scope, id: PaymentId): Use | undefined => {
    const entries = outbox.find(scope, id)
    if (entries.length === 0) return undefined
    const sinceMs = Math.min(...entries.map((entry) => entry.sinceMs))
    return { by: 'outbox', scope, entries, state: { status: 'pending', sinceMs } }
  }

  /** The end of a cancellation that did not live as long as its id says nothing of the id. */
  const endsId = ({ scope, id, content, timeMs }: ExpiredSubmission): boolean =>
    content !== undefined || timeMs >= idLapsesAtMs(parts.view(), { scope, id })

  const own = (scope: Scope, id: PaymentId): Use | undefined => {
    const expired = storage.local.expired.get(paymentName({ scope, id }))
    if (expired !== undefined && endsId(expired)) {
      const { hash, content, height, timeMs } = expired
      return { by: 'expiry', scope, hash, content, state: { status: 'expired', height, timeMs } }
    }
    const tombstone = tombstones.get(scope, id)
    if (tombstone === undefined) return undefined
    const { content, code, facts } = tombstone
    return { by: 'tombstone', scope, content, state: { status: 'refused', code, facts } }
  }

  const useIn = (scope: Scope, id: PaymentId): Use | undefined =>
    capturedUse(parts, { scope, id, onLedger }) ?? onLedger(scope, id)

  const onLedger = (scope: Scope, id: PaymentId): Use | undefined => {
    const view = parts.view()
    const record = view.get('payment', `${scope}/${id}`)
    if (record !== undefined) return recorded(scope, record)
    const open = pending(scope, id)
    if (open !== undefined) return open
    const isInState = isRemembered(view, id, recent.head().timeMs)
    const forgotten = isInState ? undefined : storage.reader.payment(scope, id)
    return forgotten === undefined ? own(scope, id) : recorded(scope, forgotten)
  }

  const useOf = (scope: Scope, id: PaymentId): Use | undefined => {
    const own = useIn(scope, id)
    if (own !== undefined) return own
    const kin = kinOf(parts.view(), scope)
    return kin && useIn(kin, id)
  }

  const toldOf = (place: PlaceId, id: PaymentId): Use | undefined => {
    const wallet = parts.view().get('place', place)?.wallet
    return firstOf(useIn(place, id), wallet && useIn(wallet, id))
  }

  const isDurable = (use: Use, id: PaymentId): boolean => {
    if (use.by === 'capture') return use.isStored
    if (use.by === 'outbox') return use.entries.some(({ hash }) => outbox.isStored(hash))
    return use.by !== 'tombstone' || tombstones.isSettled(use.scope, id)
  }

  return {
    useOf,
    toldOf,
    stateOf: (place, id) => {
      const use = toldOf(place, id)
      if (use === undefined || !isDurable(use, id)) return undefined
      const isOpen = use.by === 'outbox' && use.entries.some(({ hash }) => unsettled.has(hash))
      return isOpen ? 'unsettled' : use.state
    },
    textAt: async ({ height, index }) => {
      const block =
        recent.block(height)?.block ??
        (await promised<Block | undefined>((answer) => storage.blockAt(height, answer)))
      const text = block?.transactions[index]
      if (text === undefined) throw new Error(`no transaction ${height}/${index}`)
      return text
    },
  }
}

/** On the ledger it has the id that was signed, another than the till's where the first came to nothing. */
const capturedUse = (
  { captures, view }: Pick<OutcomesParts, 'captures' | 'view'>,
  {
    scope,
    id,
    onLedger,
  }: {
    readonly scope: Scope
    readonly id: PaymentId
    readonly onLedger: Outcomes['useOf']
  },
): Use | undefined => {
  const found = captures.find(scope, id)
  if (found === undefined) return undefined
  const { capture, isStored } = found
  const end = onLedger(scope, capture.jti)
  if (end?.by === 'block' && end.state.status === 'applied') return end
  const hold = view().get('hold', capture.hold)
  const left = hold === undefined ? 0 : Math.max(0, captures.leftOf(hold))
  const state = stateOfCapture(capture, left)
  return { by: 'capture', scope, content: capture.content, state, isStored }
}

/** The wallet of a place, or the place of a wallet. */
const kinOf = (view: FinalView, scope: Scope): PlaceId | WalletId | undefined => {
  const wallet = view.get('place', scope)?.wallet
  if (wallet !== undefined || view.get('wallet', scope)?.kind !== 'place') return wallet
  for (const { id, wallet: own } of view.records('place')) if (own === scope) return id
  return undefined
}

/** Another node may have let both be: then the one that was in a block first counts, for good. */
const firstOf = (one: Use | undefined, other: Use | undefined): Use | undefined => {
  if (one === undefined || other === undefined) return one ?? other
  if (one.by === 'block' && other.by === 'block') {
    const byHeight = one.event.height - other.event.height
    return (byHeight === 0 ? one.event.index - other.event.index : byHeight) <= 0 ? one : other
  }
  return WEIGHT[one.by] >= WEIGHT[other.by] ? one : other
}

const WEIGHT = {
  block: 2,
  capture: 1,
  outbox: 1,
  expiry: 0,
  tombstone: 0,
} as const satisfies Record<Use['by'], number>

/**
 * Whether state still holds whatever was recorded under the id, in any scope: then what state lacks is
 * in no block, and the index on disk need not be asked.
 */
const isRemembered = (view: View, id: PaymentId, headMs: number): boolean => {
  const { place, wallet, key } = parametersOf(view).validityMs
  return headMs + FORGETTING_MARGIN_MS < paymentIdTimeMs(id) + Math.min(place, wallet, key)
}
