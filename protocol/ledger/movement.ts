import { AMOUNT_MAX, units, ZERO } from '../amount.ts'
import type { AssetId, WalletId } from '../id.ts'
import { ASSETS_PER_CARD_MAX } from '../limits.ts'
import type { AssetRecord, BalanceRecord, WalletRecord } from '../state/record.ts'
import type { Kind } from '../transaction/kinds/transaction-body.ts'
import type { Movement } from './event.ts'
import { type Flow, type HeldEnd, type Refusal, refuse, type Write, writing } from './rule.ts'
import type { View } from './view.ts'
import { walletKey } from './wallet-key.ts'

/** Where money of a flow comes from or goes to: a wallet of a kind, or out of the ledger. */
type FlowEnd = WalletRecord['kind'] | 'outside'

/**
 * One way money moves under a kind. From outside: it is issued; to outside: it is burned. With `held`
 * an end is held money; only then may both ends be one wallet.
 */
export type FlowShape = {
  readonly from: readonly FlowEnd[]
  readonly to: readonly FlowEnd[]
  readonly held?: HeldEnd
}

/**
 * What moves money: every kind of transaction, genesis before the first of them, and the sweep of holds
 * at the start of a block.
 */
export type MovingKind = Kind | 'genesis' | 'sweep'

const EVERY_WALLET = ['person', 'place', 'card', 'gateway'] as const

/**
 * The balance effects of every kind, for the writer and for every checker. A batch has those of its
 * operations. A kind without a shape moves nothing.
 */
export const FLOW_SHAPES = {
  'asset.archive': [],
  'asset.create': [],
  'asset.update': [],
  'authority.change': [],
  batch: [],
  'card.activate': [],
  'card.block': [],
  'card.link': [
    { from: ['card'], to: ['person'] },
    { from: ['card'], to: ['person'], held: 'both' },
  ],
  'card.register': [],
  'card.replace': [],
  'card.unblock': [],
  'card.void': [],
  'clearing.open': [{ from: ['place'], to: ['place'], held: 'to' }],
  'clearing.settle': [
    { from: ['place'], to: ['outside'], held: 'from' },
    { from: ['place'], to: ['place'], held: 'from' },
  ],
  correction: [],
  'correction.execute': [{ from: EVERY_WALLET, to: EVERY_WALLET }],
  'correction.withdraw': [],
  'deficit.cover': [{ from: ['gateway'], to: ['outside'] }],
  cashout: [
    { from: ['person', 'card'], to: ['outside'] },
    { from: ['person', 'card'], to: ['place'] },
  ],
  genesis: [{ from: ['outside'], to: ['person', 'place', 'gateway'] }],
  'federation.accept': [],
  'federation.create': [],
  'federation.invite': [],
  'federation.leave': [],
  'federation.set': [],
  'grant.issue': [],
  'grant.revoke': [],
  'hold.capture': [{ from: ['person', 'card'], to: ['place'], held: 'from' }],
  'hold.open': [{ from: ['person', 'card'], to: ['person', 'card'], held: 'to' }],
  'hold.release': [{ from: ['person', 'card'], to: ['person', 'card'], held: 'from' }],
  'hold.split': [],
  issue: [{ from: ['outside'], to: ['person', 'card', 'place', 'gateway'] }],
  'mandate.revoke': [],
  badge: [],
  'mandate.set': [],
  'membership.set': [],
  'parameter.change': [],
  'payment.cancel': [],
  'payout.settle': [
    { from: EVERY_WALLET, to: ['outside'], held: 'from' },
    { from: EVERY_WALLET, to: EVERY_WALLET, held: 'from' },
  ],
  'place.leave': [],
  'place.register': [],
  redeem: [{ from: ['person', 'place'], to: ['person', 'place'], held: 'to' }],
  'place.suspend': [],
  'place.update': [],
  refund: [{ from: ['place'], to: ['person', 'card'] }],
  reverse: [{ from: EVERY_WALLET, to: ['outside'] }],
  sale: [
    { from: ['person', 'card'], to: ['place'] },
    { from: ['person', 'card'], to: ['person'] },
    { from: ['outside'], to: ['person', 'card'] },
  ],
  sweep: [{ from: ['person', 'card'], to: ['person', 'card'], held: 'from' }],
  'topup.refund': [{ from: EVERY_WALLET, to: EVERY_WALLET, held: 'to' }],
  transfer: [{ from: ['person', 'card'], to: ['person', 'card'] }],
  'wallet.freeze': [],
  'wallet.open': [],
  'wallet.rotate': [],
} as const satisfies { readonly [K in MovingKind]: readonly FlowShape[] }

/** Balances and supplies after some flows, not yet written. */
export type MovementPlan = {
  readonly ok: true
  readonly writes: readonly Write[]
  readonly movements: readonly Movement[]
}

const NO_MOVEMENT: MovementPlan = { ok: true, writes: [], movements: [] }

/**
 * The only place where balances and supplies change. A flow that is not of its kind's shape, that
 * overdraws, or whose asset is missing is a broken rule and throws; one asset too many on a card is
 * refused with `card_asset_limit_reached`, a running total that would pass 2^53 − 1 with
 * `total_limit_reached`. What leaves one end enters the other, so that the
 * sum over all balances of an asset changes exactly as its supply does.
 */
export const planFlows = (
  view: View,
  kind: MovingKind,
  flows: readonly Flow[],
): MovementPlan | Refusal => {
  if (flows.length === 0) return NO_MOVEMENT
  const balances: PlannedBalance[] = []
  const supplies: PlannedSupply[] = []
  const planned = { balances, supplies }
  for (const flow of flows) {
    requireShape(view, kind, flow)
    planFrom(view, flow, planned)
    planTo(view, flow, planned)
  }
  const listed = listAssets(view, balances)
  if (listed.some(({ record }) => (record.assets?.length ?? 0) > ASSETS_PER_CARD_MAX)) {
    return refuse('card_asset_limit_reached')
  }
  if (!staysWithinTotals(balances, supplies)) return refuse('total_limit_reached')
  const writes = writesOf(balances, supplies)
  writes.push(...listed)
  return { ok: true, writes, movements: movementsOf(balances) }
}

/** What can be spent of an asset by a wallet. */
export const availableOf = (view: View, wallet: WalletId, asset: AssetId): number =>
  view.get('balance', walletKey(wallet, asset))?.available ?? 0

/** Few enough that a list is searched faster than a map is made. */
type PlannedBalance = {
  readonly key: string
  readonly before: BalanceRecord
  /** The wallet had none of the asset ever before. */
  readonly isFirst: boolean
  in: number
  out: number
  /** Change of what is held. */
  held: number
}
type PlannedSupply = {
  readonly before: AssetRecord
  issued: number
  burned: number
  redeemed: number
}

type Planned = {
  readonly balances: PlannedBalance[]
  readonly supplies: PlannedSupply[]
}

/** Held money that stays in one wallet neither leaves it nor enters it. */
function planFrom(view: View, flow: Flow, { balances, supplies }: Planned): void {
  const { asset, amount, from, to, held } = flow
  if (from === undefined) {
    supplyOf(view, supplies, asset).issued += amount
    return
  }
  const balance = balanceOf(view, balances, from, asset)
  if (from !== to) balance.out += amount
  if (held === 'from' || held === 'both') balance.held -= amount
}

function planTo(view: View, flow: Flow, { balances, supplies }: Planned): void {
  const { asset, amount, from, to, held } = flow
  if (to === undefined) {
    const supply = supplyOf(view, supplies, asset)
    supply.burned += amount
    if (flow.redeems) supply.redeemed += amount
    return
  }
  const balance = balanceOf(view, balances, to, asset)
  if (from !== to) balance.in += amount
  if (held === 'to' || held === 'both') balance.held += amount
}

function balanceOf(
  view: View,
  balances: PlannedBalance[],
  wallet: WalletId,
  asset: AssetId,
): PlannedBalance {
  const key = walletKey(wallet, asset)
  for (const planned of balances) if (planned.key === key) return planned
  const known = view.get('balance', key)
  const before = known ?? emptyBalance(wallet, asset)
  const fresh = { key, before, isFirst: known === undefined, in: 0, out: 0, held: 0 }
  balances.push(fresh)
  return fresh
}

function emptyBalance(wallet: WalletId, asset: AssetId): BalanceRecord {
  return { wallet, asset, available: ZERO, held: ZERO, totalIn: ZERO, totalOut: ZERO }
}

function supplyOf(view: View, supplies: PlannedSupply[], asset: AssetId): PlannedSupply {
  for (const planned of supplies) if (planned.before.id === asset) return planned
  const before = view.get('asset', asset)
  if (before === undefined) throw new Error(`a flow of no asset: ${asset}`)
  const fresh = { before, issued: 0, burned: 0, redeemed: 0 }
  supplies.push(fresh)
  return fresh
}

function requireShape(view: View, kind: MovingKind, flow: Flow): void {
  const { asset, amount, from, to, held } = flow
  const source = endOf(view, from)
  const target = endOf(view, to)
  const shapes: readonly FlowShape[] = FLOW_SHAPES[kind]
  const fits = isOneOf(shapes, { source, target, held })
  const staysPut = from === to && held !== 'from' && held !== 'to'
  if (!fits || amount <= 0 || staysPut) {
    throw new Error(`${kind} moves ${amount} of ${asset} from ${source} to ${target}`)
  }
}

function isOneOf(
  shapes: readonly FlowShape[],
  { source, target, held }: { source: FlowEnd; target: FlowEnd; held: HeldEnd | undefined },
): boolean {
  for (const { from, to, held: moves } of shapes) {
    if (moves === held && from.includes(source) && to.includes(target)) return true
  }
  return false
}

function endOf(view: View, wallet: WalletId | undefined): FlowEnd {
  if (wallet === undefined) return 'outside'
  const record = view.get('wallet', wallet)
  if (record === undefined) throw new Error(`a flow of no wallet: ${wallet}`)
  return record.kind
}

const NO_WALLETS: readonly Write<'wallet'>[] = []
const isFirstOf = ({ isFirst }: PlannedBalance): boolean => isFirst

/** A card's wallet lists what it has balances of, so that whoever moves all of them finds them. */
function listAssets(view: View, balances: readonly PlannedBalance[]): readonly Write<'wallet'>[] {
  if (!balances.some(isFirstOf)) return NO_WALLETS
  const listed = new Map<WalletId, Write<'wallet'>>()
  for (const { before, isFirst } of balances) {
    if (!isFirst) continue
    const { wallet: id, asset } = before
    const wallet = listed.get(id)?.record ?? view.get('wallet', id)
    if (wallet?.kind !== 'card') continue
    const assets = [...(wallet.assets ?? []), asset]
    listed.set(id, writing('wallet', id, { ...wallet, assets }))
  }
  return [...listed.values()]
}

function staysWithinTotals(
  balances: readonly PlannedBalance[],
  supplies: readonly PlannedSupply[],
): boolean {
  for (const { before, in: received } of balances) {
    if (before.totalIn + received > AMOUNT_MAX) return false
  }
  for (const { before, issued } of supplies) {
    if (before.issued + issued > AMOUNT_MAX) return false
  }
  return true
}

/** `units` throws on anything negative. */
function writesOf(
  balances: readonly PlannedBalance[],
  supplies: readonly PlannedSupply[],
): Write[] {
  const writes: Write[] = []
  for (const { key, before, in: received, out, held } of balances) {
    const record = {
      wallet: before.wallet,
      asset: before.asset,
      available: units(before.available + received - out - held),
      held: units(before.held + held),
      totalIn: units(before.totalIn + received),
      totalOut: units(before.totalOut + out),
    }
    writes.push(writing('balance', key, record))
  }
  for (const { before, issued, burned, redeemed } of supplies) {
    const record = {
      ...before,
      ...(redeemed > 0 && { redeemed: units((before.redeemed ?? 0) + redeemed) }),
      supply: units(before.supply + issued - burned),
      issued: units(before.issued + issued),
      burned: units(before.burned + burned),
    }
    writes.push(writing('asset', before.id, record))
  }
  return writes
}

function movementsOf(balances: readonly PlannedBalance[]): Movement[] {
  const movements: Movement[] = []
  for (const { before, in: received, out, held } of balances) {
    const movement = { wallet: before.wallet, asset: before.asset, change: received - out }
    movements.push(held === 0 ? movement : { ...movement, held })
  }
  return movements
}
