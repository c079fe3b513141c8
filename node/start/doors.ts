import { join } from 'node:path'
import type { Ports } from '#api/ports/ports.ts'
import type { NodeConfig } from '#config/node-config.ts'
import type { Genesis } from '#protocol/genesis.ts'
import type { VerifiedTransaction } from '#protocol/transaction/envelope.ts'
import { verifySignature } from '#signature'
import type { NodeOperations, TurnedAway } from '../control/operations.ts'
import { newPaymentId } from '../control/settle.ts'
import { openApiKeys } from '../desk/api-keys.ts'
import type { LeaseMode } from '../desk/capture-now.ts'
import { createDesk } from '../desk/desk.ts'
import { createKeyRing, type KeyRing } from '../desk/key-ring.ts'
import { createOutcomes } from '../desk/outcomes.ts'
import { ownPlaceOf } from '../desk/own-place.ts'
import { createOwnSubmit } from '../desk/own-submit.ts'
import { createRights } from '../desk/rights.ts'
import { createSubmissions } from '../desk/submissions.ts'
import { type BlockedCode, createSubmitter } from '../desk/submitter.ts'
import { sweepLapsed } from '../desk/sweep.ts'
import { createTombstones } from '../desk/tombstones.ts'
import { createUnsettled } from '../desk/unsettled.ts'
import type { InvitationStore } from '../join/invitation-store.ts'
import type { KeyStore } from '../keys/key-store.ts'
import { createGrantWatch } from '../leases/grant-watch.ts'
import type { LeaseBook } from '../leases/lease-book.ts'
import { leaseFiguresOf } from '../leases/lease-figures.ts'
import type { LeaseKeeper } from '../leases/lease-keeper.ts'
import { keepLeaseKey, LEASE_SECRET } from '../leases/lease-key.ts'
import type { Leases } from '../leases/leases.ts'
import type { Clock } from '../loop/ports.ts'
import type { Seat } from '../loop/seating.ts'
import type { Counters } from '../network/counters.ts'
import { createPairings } from '../pairing/pair-till.ts'
import { PairingStore } from '../pairing/pairing-store.ts'
import type { FinalView } from '../pipeline/executor.ts'
import { createBooks } from '../reads/books.ts'
import { createCaughtUp } from '../reads/caught-up.ts'
import { createEvents } from '../reads/events.ts'
import { createHealth, type NodeHealth } from '../reads/health.ts'
import { createHoldReads } from '../reads/holds.ts'
import { createLedgerReads } from '../reads/ledger.ts'
import { createMetrics, type NodeMetrics } from '../reads/metrics.ts'
import type { Overdue } from '../reads/overdue.ts'
import { PayoutBook } from '../reads/payout-book.ts'
import { createPlaceBooks } from '../reads/place-books.ts'
import type { NodeWebhooks } from '../webhooks/webhooks.ts'
import type { Inside } from './inside.ts'
import { startLeaseKeeper } from './lease-keeper.ts'
import { type LeaseRoom, openLeases } from './leases.ts'
import { openOverdue } from './overdue.ts'
import { openSignedRequests } from './signed-requests.ts'
import { webhooksOf } from './webhooks.ts'

export type DoorsOptions = {
  readonly config: NodeConfig
  readonly genesis: Genesis
  readonly keyStore: KeyStore
  readonly inside: Inside
  readonly invitations: InvitationStore
}

/** What the HTTP server and the control socket are built on. */
export type Doors = {
  readonly ports: Ports
  readonly operations: NodeOperations
  readonly webhooks: Pick<NodeWebhooks, 'start' | 'stop'>
  /** Notes on disk what the next process is to know; to be called once the HTTP server heard its last. */
  readonly leaveNote: () => Promise<void>
}

const SWEEP_PAUSE_MS = 3_600_000
/** How often the node looks whether it stalls, should nobody else ask. */
const HEALTH_PAUSE_MS = 1_000

/** Joins the inside of a node to what its doors need. */
export const createDoors = async (options: DoorsOptions): Promise<Doors> => {
  const { inside, keyStore } = options
  const keys = createKeyRing(keyStore)
  const { leases, book, grants } = await leaseRoomOf(inside, keys)
  const payoutBook = payoutBookOf(inside)
  const overdue = openOverdue(inside, { keys, payoutBook })
  const grantWatch = createGrantWatch(inside.reporter.report)
  const warnings = () => [...overdue.warnings(), ...grantWatch.warnings()]
  const { health, metrics } = watchersOf(inside, { leases, book }, warnings)
  inside.repeat('health', HEALTH_PAUSE_MS, () => void health.mode())
  health.onMode(({ mode: now }) => void (now === 'online' && inside.core.outbox.offerAnew()))
  const mode = leaseModeOf(health)
  const own = { keys, book, grants, mode }
  const parts = { ...deskPartsOf(inside, keyStore, { health, metrics, leases }), ...own }
  const settings = options.config.leases
  const keeper = startLeaseKeeper(inside, parts, { settings, health, grantWatch })
  const desk = { ...parts, agree: keeper.agree }
  inside.repeat('unsettled', HEALTH_PAUSE_MS, desk.unsettled.observe)
  const apiKeys = await openApiKeys({
    table: inside.directory.storage.local.apiKeys,
    peerId: inside.keys.peerId,
    ...desk,
    onFailure: ({ code, message }) => inside.reporter.fail(code, message),
  })
  const submissions = createSubmissions({
    ...desk,
    check: inside.check,
    isQuarantined: (hash) => inside.core.isQuarantined(hash),
  })
  const reads = readsOf(inside, { ...desk, payoutBook })
  const webhooks = await webhooksOf(inside, {
    ...options,
    events: reads.events,
    view: desk.view,
    apiKeys,
    metrics,
  })
  const submit = createOwnSubmit(desk)
  const pairings = await PairingStore.open({
    file: join(inside.directory.path, 'pairings.json'),
    wallMs: inside.clock.wallMs,
    newId: newPaymentId,
  })
  const { requests, leaveNote } = await openSignedRequests(inside, desk)
  const ports: Ports = {
    ...reads,
    credentials: apiKeys,
    desk: createDesk({
      ...desk,
      apiKeys,
      submissions,
      ...(options.config.topUpAsset && { topUpAsset: options.config.topUpAsset }),
    }),
    health,
    holds: holdReadsOf(desk, { keeper, settings, health }),
    metrics,
    pairings: createPairings({ ...desk, store: pairings, submit, secrets: keyStore }),
    rights: createRights({ ...desk, apiKeys, secrets: keyStore }),
    requests,
    submissions,
    webhooks,
    clock: () => performance.now(),
  }
  sweepNowAndThen(inside, desk.view)
  const lease = { leases, book, keeper }
  const made = { ports, apiKeys, pairings, submit, leases: lease }
  return { ports, operations: operationsOf(options, made), webhooks, leaveNote }
}

const holdReadsOf = (
  desk: DeskParts & Pick<LeaseParts, 'book'> & { readonly keys: KeyRing },
  {
    keeper,
    settings,
    health,
  }: Pick<LeaseParts, 'keeper'> & {
    readonly settings: NodeConfig['leases']
    readonly health: NodeHealth
  },
): Ports['holds'] =>
  createHoldReads({
    ...{ ...desk, keeper, settings },
    key: () => desk.keys(LEASE_SECRET)?.signerKey,
    mode: health.mode,
    wallMs: desk.clock.wallMs,
  })

const payoutBookOf = (inside: Inside): PayoutBook => {
  const { core, directory, recent } = inside
  const view = () => core.executor.finalView()
  const book = new PayoutBook({ view, recent, storage: directory.storage })
  inside.watchFinal((blocks) => book.onFinal(blocks))
  return book
}

const leaseRoomOf = async (inside: Inside, keys: KeyRing): Promise<LeaseRoom> => {
  const { clock, core, directory, origin, recent } = inside
  const room = await openLeases({
    clock,
    keys,
    storage: directory.storage,
    networkId: origin.networkId,
    outbox: core.outbox,
    view: () => core.executor.finalView(),
    headMs: () => recent.head().timeMs,
    repeat: (name, pauseMs, act) => inside.repeat(name, pauseMs, act),
  })
  inside.watchFinal(room.onFinal)
  return room
}

/** Refusals and expiries that no block can contradict any more are forgotten, hour by hour. */
const sweepNowAndThen = (inside: Inside, view: () => FinalView): void => {
  const { directory, recent, reporter } = inside
  const { local } = directory.storage
  inside.repeat('sweep', SWEEP_PAUSE_MS, () => {
    sweepLapsed({ local, view, head: recent.head }).catch((error: unknown) =>
      reporter.fail('storage_failed', error instanceof Error ? error.message : String(error)),
    )
  })
}

/** For payments, which then come from leases. */
const leaseModeOf = (health: NodeHealth): LeaseMode => ({
  isLeasesOnly: () => health.mode() === 'leases_only',
  onLeasesOnly: (begun) => health.onMode(({ mode }) => void (mode === 'leases_only' && begun())),
})

type Watchers = { readonly health: NodeHealth; readonly metrics: NodeMetrics }

const watchersOf = (
  inside: Inside,
  { leases, book }: Omit<LeaseParts, 'keeper'>,
  warnings: Overdue['warnings'],
): Watchers => {
  const { clock, core, directory, network, recent } = inside
  const seat = () => core.seating().seat
  const { storage } = directory
  const { outbox } = core
  const waiting = () => core.waitingCount()
  const health = createHealth({
    seating: () => core.seating(),
    clock,
    head: recent.head,
    peers: network.peers,
    waiting: () => (seat().kind === 'authority' ? waiting() : outbox.size()),
    started: () => inside.isStarted(),
    haltedBy: () => inside.haltedBy(),
    hasLeases: () => book.hasAny(),
    clockOffsetMs: () => clockOffsetOf(seat(), clock),
    warnings,
  })
  const metrics = createMetrics({
    health,
    view: () => viewOf(seat()),
    storedHeight: () => storage.chain.applied()?.height ?? 0,
    outbox: () => ({ size: outbox.size(), oldestSinceMs: outbox.oldestSinceMs() }),
    waiting,
    wallMs: clock.wallMs,
    pendingBytes: storage.pendingBytes,
    network: network.counters,
    leases: () => leaseFiguresOf({ leases, book }),
  })
  return { health, metrics }
}

const clockOffsetOf = (seat: Seat, { wallMs, monotonicMs }: Clock): number | null =>
  seat.kind === 'authority'
    ? seat.replica.clockOffsetMs()
    : seat.follower.freshness({ wallMs: wallMs(), monotonicMs: monotonicMs() }).clockOffsetMs

/** What every desk works with. */
const deskPartsOf = (
  inside: Inside,
  keyStore: KeyStore,
  { health, metrics, leases }: Watchers & { readonly leases: Leases },
) => {
  const { clock, core, directory, origin, recent } = inside
  const { storage } = directory
  const { outbox, executor } = core
  const view = () => executor.finalView()
  const tip = () => executor.tipView()
  const { head } = recent
  // A copy that is out of date would judge payments against what was.
  const blockedBy = (): BlockedCode | undefined => {
    if (health.mode() === 'leases_only') return 'ledger_required'
    return health.takesPart() ? undefined : 'node_blocked'
  }
  const tombstones = createTombstones(storage.local.tombstones)
  const unsettled = createUnsettled(
    outbox.entries(),
    createCaughtUp({
      seating: () => core.seating(),
      takesPart: health.takesPart,
      head,
      loggedHeight: Math.max(0, ...storage.logged.map(({ header }) => header.height)),
    }),
  )
  const captures = leases
  const outcomes = createOutcomes({
    ...{ view, recent, outbox, storage, tombstones, unsettled, captures },
  })
  const remember = (transaction: VerifiedTransaction) => core.remember(transaction)
  const common = { clock, view, tip, head, outbox, outcomes, blockedBy, tombstones, unsettled }
  const submitter = createSubmitter({ ...common, remember, onSettled: metrics.settled })
  return {
    ...common,
    leases,
    captures,
    submitter,
    networkId: origin.networkId,
    verify: verifySignature,
    tagKey: () => keyStore.get('tag-key'),
    leaseKey: () => keepLeaseKey(keyStore),
  }
}

type DeskParts = ReturnType<typeof deskPartsOf>

const readsOf = (
  inside: Inside,
  desk: DeskParts & { readonly keys: KeyRing; readonly payoutBook: PayoutBook },
): Pick<Ports, 'books' | 'events' | 'ledger' | 'placeBooks'> => {
  const { chain, core, recent, directory } = inside
  const { storage } = directory
  const { view, networkId, outcomes, tagKey, keys, payoutBook } = desk
  return {
    books: createBooks({ view, head: recent.head, payoutBook }),
    placeBooks: createPlaceBooks({
      ...{ networkId, view, recent, storage },
      clock: inside.clock,
      own: () => ownPlaceOf(view(), keys),
    }),
    events: createEvents({ view, recent, storage }),
    ledger: createLedgerReads({
      networkId,
      seating: () => core.seating(),
      executor: core.executor,
      state: chain.ledger.state,
      history: chain.history,
      recent,
      storage,
      outcomes,
      tagKey,
    }),
  }
}

/** A disk that fails stops the node: who waits for a capture then is never answered. */
const leaseOperationsOf = ({ leases, book, keeper }: LeaseParts): NodeOperations['leases'] => ({
  capture: (order) => new Promise((resolve) => leases.capture(order, resolve)),
  figures: () => leaseFiguresOf({ leases, book }),
  losses: () => leases.losses(),
  close: keeper.close,
  reopen: keeper.reopen,
  isClosed: keeper.isClosed,
})

type LeaseParts = {
  readonly leases: Leases
  readonly book: LeaseBook
  readonly keeper: LeaseKeeper
}

const operationsOf = (
  { config, genesis, keyStore, inside, invitations }: DoorsOptions,
  made: {
    readonly ports: Ports
    readonly apiKeys: NodeOperations['apiKeys']
    readonly pairings: PairingStore
    readonly submit: NodeOperations['submit']
    readonly leases: LeaseParts
  },
): NodeOperations => ({
  role: config.role,
  networkId: inside.origin.networkId,
  genesis,
  ends: () => inside.core.seating().ends,
  head: inside.recent.head,
  view: () => inside.core.executor.finalView(),
  records: (family) => inside.core.executor.finalView().records(family),
  submit: made.submit,
  secrets: keyStore,
  leases: leaseOperationsOf(made.leases),
  apiKeys: made.apiKeys,
  invitations,
  pairings: made.pairings,
  health: made.ports.health.report,
  metrics: made.ports.metrics.text,
  links: () => inside.network.peers().map(({ peer, role }) => ({ peer, role })),
  turnedAway: () => turnedAwayOf(inside.network.counters()),
  addresses: () => ({ peerId: inside.keys.peerId, listen: inside.network.addresses() }),
  clock: inside.clock,
})

const turnedAwayOf = (counters: Counters): TurnedAway => ({
  strangers: counters.refused_strangers,
  banned: counters.refused_banned,
  streams: counters.refused_streams,
  gossip: counters.gossip_rejected + counters.gossip_ignored,
  faults: counters.faults,
  bans: counters.bans,
})

const viewOf = (seat: Seat): number =>
  seat.kind === 'authority' ? seat.replica.standing().view : seat.follower.standing().settledView
