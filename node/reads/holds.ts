import type { HealthMode } from '#api/ports/health.ts'
import type {
  CaptureQuery,
  CaptureSum,
  CaptureTotal,
  HoldAccount,
  HoldQuery,
  Holds,
  JournalledCapture,
  LeaseReport,
} from '#api/ports/holds.ts'
import type { Head, Page, PageQuery } from '#api/ports/ledger.ts'
import type { AssetId, Key, PlaceId } from '#protocol/id.ts'
import { isOpenedByPlace, lastGapMs, releaseAtMs } from '#protocol/ledger/hold.ts'
import type { HoldRecord } from '#protocol/state/record-hold.ts'
import type { Journalled } from '../leases/kept-capture.ts'
import type { LeaseBook } from '../leases/lease-book.ts'
import { leaseTotalsOf } from '../leases/lease-figures.ts'
import { type LeaseKeeper, leaseGrantOf } from '../leases/lease-keeper.ts'
import type { LeaseSettings } from '../leases/lease-policy.ts'
import type { Leases } from '../leases/leases.ts'
import type { FinalView } from '../pipeline/executor.ts'
import { waitingPage } from './waiting-page.ts'

export type HoldReadsParts = {
  readonly view: () => FinalView
  readonly head: () => Head
  readonly leases: Pick<Leases, 'journal' | 'leftOf' | 'onTheWay'>
  readonly book: Pick<LeaseBook, 'all'>
  readonly keeper: Pick<LeaseKeeper, 'isClosed'>
  readonly settings: LeaseSettings
  /** Captures from the holds that name it. */
  readonly key: () => Key | undefined
  readonly mode: () => HealthMode
  readonly wallMs: () => number
}

/** Money set apart for places, in final state, with what the journal of this node knows of it. */
export const createHoldReads = (parts: HoldReadsParts): Holds => {
  const { view, head } = parts
  return {
    list: async (query) => ({ ...head(), value: holdPage(parts, holdsOf(view(), query), query) }),
    one: async (place, id) => {
      const hold = view().get('hold', id)
      const isOwn = hold !== undefined && isOf(hold, place)
      return { ...head(), value: isOwn ? accountOf(parts, hold) : undefined }
    },
    ofWallet: async (wallet) => {
      const ids = view().get('wallet', wallet)?.holds ?? []
      return { ...head(), value: ids.flatMap((id) => view().get('hold', id) ?? []) }
    },
    leases: async (place, query) => ({ ...head(), value: leaseReport(parts, place, query) }),
    captures: async (query) => ({ ...head(), value: captureReport(parts, query) }),
  }
}

const isOf = (hold: HoldRecord, place: PlaceId): boolean =>
  hold.beneficiary === place && isOpenedByPlace(hold)

/** A look at each hold that there is. */
const holdsOf = (
  view: FinalView,
  { place, status, purpose, wallet, card }: HoldQuery,
): readonly HoldRecord[] => {
  const found: HoldRecord[] = []
  for (const hold of view.records('hold')) {
    const isMeant =
      isOf(hold, place) &&
      (status === undefined || hold.status === status) &&
      (purpose === undefined || hold.purpose === purpose) &&
      (wallet === undefined || hold.owner === wallet) &&
      (card === undefined || hold.card === card)
    if (isMeant) found.push(hold)
  }
  return found
}

/** By when they expire, which never changes. */
const holdPage = (
  parts: HoldReadsParts,
  holds: readonly HoldRecord[],
  query: PageQuery,
): Page<HoldAccount> => {
  const keyOf = ({ expiresAtMs = 0, id }: HoldRecord) => ({ sinceMs: expiresAtMs, name: id })
  const { items, ...rest } = waitingPage(holds, keyOf, query)
  return { items: items.map((hold) => accountOf(parts, hold)), ...rest }
}

const accountOf = ({ view, leases, key }: HoldReadsParts, hold: HoldRecord): HoldAccount => {
  const releaseMs = releaseAtMs(hold, lastGapMs(view()))
  return {
    hold,
    here: hold.key === key(),
    onTheWay: leases.onTheWay(hold.id),
    left: Math.max(0, leases.leftOf(hold)),
    ...(Number.isFinite(releaseMs) && { releaseAtMs: releaseMs }),
  }
}

const leaseReport = (parts: HoldReadsParts, place: PlaceId, query: PageQuery): LeaseReport => {
  const { settings, keeper, book, leases, head, mode, wallMs } = parts
  const open = book.all().filter((hold) => isOf(hold, place))
  const key = parts.key()
  const grant = key && leaseGrantOf(parts.view(), place, key)
  return {
    mode: mode(),
    ...(key !== undefined && { key }),
    policy: { ...settings, granted: grant !== undefined, closed: keeper.isClosed() },
    stateAgeMs: Math.max(0, wallMs() - head().timeMs),
    totals: leaseTotalsOf(open, leases),
    leases: holdPage(parts, open, query),
  }
}

const captureReport = (parts: HoldReadsParts, query: CaptureQuery) => {
  const all = parts.leases
    .journal()
    .flatMap((each) => (each.capture.place === query.place ? journalledOf(parts.view(), each) : []))
  const meant = all.filter(
    ({ state, till }) =>
      (query.state === undefined || state === query.state) &&
      (query.till === undefined || till === query.till),
  )
  const keyOf = ({ capturedMs, id }: JournalledCapture) => ({ sinceMs: capturedMs, name: id })
  return { totals: captureTotalsOf(meant), captures: waitingPage(meant, keyOf, query) }
}

const journalledOf = (view: FinalView, { capture, state }: Journalled): JournalledCapture => {
  const { id, hold, amount, till, atMs, lost, from } = capture
  const asset = from?.asset ?? view.get('hold', hold)?.asset
  return {
    id,
    state,
    hold,
    ...(asset !== undefined && { asset }),
    amount,
    ...(till !== undefined && { till }),
    capturedMs: atMs,
    ...(lost !== undefined && { code: lost }),
  }
}

const captureTotalsOf = (captures: readonly JournalledCapture[]): readonly CaptureTotal[] => {
  const totals = new Map<AssetId | undefined, CaptureTotal>()
  for (const { asset, state, amount } of captures) {
    const before = totals.get(asset) ?? { ...(asset !== undefined && { asset }), ...NONE }
    totals.set(asset, { ...before, [state]: increased(before[state], amount) })
  }
  return [...totals.values()]
}

const increased = ({ captures, amount }: CaptureSum, more: number): CaptureSum => ({
  captures: captures + 1,
  amount: amount + more,
})

const ZERO_SUM: CaptureSum = { captures: 0, amount: 0 }
const NONE = { on_the_way: ZERO_SUM, final: ZERO_SUM, lost: ZERO_SUM } as const
