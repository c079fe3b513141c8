import { v7 } from 'uuid'
import { z } from 'zod'
import { placeIdOfKey } from '#protocol/derive.ts'
import type { NetworkId, PlaceId } from '#protocol/id.ts'
import type { TransactionBody } from '#protocol/transaction/kinds/transaction-body.ts'
import { parseTransaction } from '#protocol/transaction/parse.ts'
import { PaymentId } from '#protocol/transaction/payment-id.ts'
import type { KeyRing, Signer } from '../desk/key-ring.ts'
import { GrantTally } from '../leases/grant-tally.ts'
import { HoldGrants, type OpenedIn } from '../leases/hold-grants.ts'
import { LeaseBook, type LeaseBookParts } from '../leases/lease-book.ts'
import { createLeaseClock, type LeaseClock } from '../leases/lease-clock.ts'
import { LEASE_SECRET } from '../leases/lease-key.ts'
import { Leases } from '../leases/leases.ts'
import { LEASE_CLOCK_MS, LEASE_TICK_MS } from '../leases/limits.ts'
import type { Clock } from '../loop/ports.ts'
import type { Outbox } from '../outbox/outbox.ts'
import type { FinalView } from '../pipeline/executor.ts'
import type { StoredCapture } from '../storage/local-facts.ts'
import type { LocalTable } from '../storage/local-table.ts'
import type { Storage } from '../storage/storage.ts'

/** Name of the setting that holds the time of the lease clock. */
const CLOCK_SETTING = 'lease-clock'

export type LeasesOptions = {
  readonly clock: Clock
  readonly storage: Pick<Storage, 'local' | 'reader' | 'blockAt'>
  readonly networkId: NetworkId
  readonly outbox: Pick<Outbox, 'submit' | 'onEnd' | 'entries'>
  readonly keys: KeyRing
  readonly view: () => FinalView
  /** Time of the final block. */
  readonly headMs: () => number
  readonly repeat: (name: string, pauseMs: number, act: () => void) => void
}

/** What a venue has against being cut off: what it may capture from, and what it has promised. */
export type LeaseRoom = {
  readonly leases: Leases
  readonly book: LeaseBook
  readonly clock: LeaseClock
  /** What was captured here under grants. */
  readonly grants: GrantTally
  readonly onFinal: (blocks: readonly OpenedIn[]) => void
}

/** Reads the journal of captures, and brings on its way what an earlier run promised. */
export const openLeases = async (options: LeasesOptions): Promise<LeaseRoom> => {
  const { storage, headMs, repeat } = options
  const { captures, settings } = storage.local
  const recovered = await every(captures)
  const noted = NotedMs.catch(0).parse(settings.get(CLOCK_SETTING)?.value)
  const journalledMs = Math.max(noted, ...recovered.map(({ atMs }) => atMs))
  const clock = createLeaseClock(options.clock, { journalledMs })
  clock.onFinal(headMs())
  const { grants, holdGrants } = await openGrants(options)
  const leases = new Leases(
    {
      clock,
      wallMs: options.clock.wallMs,
      headMs,
      view: options.view,
      networkId: options.networkId,
      signer: () => options.keys(LEASE_SECRET),
      journal: captures,
      grants,
      noteTime: (value, done) => settings.put({ name: CLOCK_SETTING, value }, done),
      outbox: options.outbox,
      storedOutcome: ({ place, jti }) => storage.reader.payment(place, jti)?.outcome,
      storedBody: (payment, answer) => readBody(options, payment, answer),
      newId: (msecs) => PaymentId.parse(v7({ msecs })),
    },
    recovered,
  )
  retireReleased(options, leases)
  repeat('lease-clock', LEASE_CLOCK_MS, () => clock.onFinal(headMs()))
  repeat('leases', LEASE_TICK_MS, () => {
    leases.tick()
    grants.tick()
    holdGrants.tick()
  })
  const book = new LeaseBook({
    view: options.view,
    own: createOwn(options.keys),
    nowMs: clock.nowMs,
  })
  const onFinal = (blocks: readonly OpenedIn[]): void => {
    book.onFinal(blocks)
    holdGrants.onFinal(blocks)
  }
  return { leases, book, clock, grants, onFinal }
}

const openGrants = async ({ storage, clock, headMs, view, keys }: LeasesOptions) => {
  const { grantUses, holdGrants: openings } = storage.local
  const key = () => keys(LEASE_SECRET)?.signerKey
  const holdGrants = new HoldGrants({ view, key, table: openings }, await every(openings))
  const grants = new GrantTally(
    {
      ...{ view, headMs, table: grantUses },
      nextMs: () => Math.max(clock.wallMs(), headMs()),
      countedBy: (hold) => holdGrants.countedBy(hold),
    },
    await every(grantUses),
  )
  return { grants, holdGrants }
}

/** What an earlier run was about to give back stays so: its release is still on its way. */
const retireReleased = (
  { outbox, networkId }: Pick<LeasesOptions, 'outbox' | 'networkId'>,
  leases: Leases,
): void => {
  for (const { kind, text, expMs } of outbox.entries()) {
    if (kind !== 'hold.release' && kind !== 'batch') continue
    const parsed = parseTransaction(text, networkId)
    if (!parsed.ok) continue
    const { body } = parsed.transaction
    for (const operation of body.kind === 'batch' ? body.operations : [body]) {
      if (operation.kind === 'hold.release') leases.retire(operation.hold, expMs)
    }
  }
}

/**
 * Whom this node captures for: the place whose key it keeps, by the key of its leases. Every payment
 * asks, so the place is derived once for a key.
 */
const createOwn = (keys: KeyRing): LeaseBookParts['own'] => {
  let known: { readonly signer: Signer; readonly place: PlaceId } | undefined
  return () => {
    const signer = keys('place')
    const lease = keys(LEASE_SECRET)
    if (signer === undefined || lease === undefined) return undefined
    if (known?.signer !== signer) known = { signer, place: placeIdOfKey(signer.signerKey) }
    return { place: known.place, key: lease.signerKey }
  }
}

/** What cannot be read is told by nothing: the id is used up either way. */
const readBody = (
  { storage, networkId }: Pick<LeasesOptions, 'storage' | 'networkId'>,
  { place, jti }: Pick<StoredCapture, 'place' | 'jti'>,
  answer: (body: TransactionBody | undefined) => void,
): void => {
  const end = storage.reader.payment(place, jti)
  if (end === undefined) {
    answer(undefined)
    return
  }
  storage.blockAt(end.height, (found) => {
    const text = found.ok ? found.value?.transactions[end.index] : undefined
    const parsed = text === undefined ? undefined : parseTransaction(text, networkId)
    answer(parsed?.ok === true ? parsed.transaction.body : undefined)
  })
}

const NotedMs = z.int().min(0)

const every = <T>(table: Pick<LocalTable<T>, 'each'>): Promise<readonly T[]> =>
  new Promise((resolve, reject) => {
    const found: T[] = []
    table.each(
      (value) => found.push(value),
      (error) => (error === undefined ? resolve(found) : reject(error)),
    )
  })
