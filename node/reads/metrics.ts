import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { Health, Metrics, Warning } from '#api/ports/health.ts'
import type { LeaseFigures } from '../leases/lease-figures.ts'
import type { Counters } from '../network/counters.ts'

export type MetricsParts = {
  readonly health: Health
  /** The view of the agreement. */
  readonly view: () => number
  readonly storedHeight: () => number
  readonly outbox: () => { readonly size: number; readonly oldestSinceMs: number | undefined }
  /** Transactions that wait for a block here. */
  readonly waiting: () => number
  readonly wallMs: () => number
  /** Bytes given to the journal and the block log that are not on disk yet. */
  readonly pendingBytes: () => number
  readonly network: () => Counters
  readonly leases: () => LeaseFigures
}

export type NodeMetrics = Metrics & {
  /** A submission of this node is in a final block after so long. */
  readonly settled: (ms: number) => void
  /** Adds the figures of another room. */
  readonly watch: (add: (registry: Registry) => void) => void
}

/** Seconds from the outbox to a final block: an idle network to a congested one. */
const FINALITY_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]
/** Seconds of an answer: a read from memory to a submission that waited to the end. */
const REQUEST_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 35]

/** The node's figures. A label is a code, a route's pattern or a counter's name: never an id. */
export const createMetrics = (parts: MetricsParts): NodeMetrics => {
  const registry = new Registry()
  const finality = new Histogram({
    name: 'kermesse_finality_seconds',
    help: 'From the outbox of this node to a final block',
    buckets: FINALITY_BUCKETS,
    registers: [registry],
  })
  const requests = new Histogram({
    name: 'kermesse_http_request_seconds',
    help: 'Time to answer an HTTP request',
    labelNames: ['method', 'route', 'status'],
    buckets: REQUEST_BUCKETS,
    registers: [registry],
  })
  for (const [name, { help, read }] of Object.entries(gaugesOf(parts))) {
    addGauge(registry, { name: `kermesse_${name}`, help, read })
  }
  addNetworkCounter(registry, parts.network)
  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    answered: ({ method, route, status, seconds }) =>
      requests.observe({ method, route, status: String(status) }, seconds),
    settled: (ms) => finality.observe(ms / 1_000),
    watch: (add) => add(registry),
  }
}

type Reading = { readonly help: string; readonly read: () => number }

const gaugesOf = (parts: MetricsParts): { readonly [name: string]: Reading } => {
  const { health, outbox, wallMs } = parts
  const oldest = (): number => outbox().oldestSinceMs ?? wallMs()
  return {
    final_height: { help: 'Newest final block', read: () => health.report().height },
    stored_height: { help: 'Newest final block in the store', read: parts.storedHeight },
    lag_blocks: {
      help: 'Final blocks that peers announce and this node has not applied',
      read: () => health.report().lagBlocks,
    },
    final_age_seconds: {
      help: 'Age of the newest final block',
      read: () => health.report().lagMs / 1_000,
    },
    consensus_view: { help: 'View of the agreement', read: parts.view },
    online: {
      help: '1 while this node can take a payment',
      read: () => (health.report().mode === 'online' ? 1 : 0),
    },
    amnesia: {
      help: '1 while this authority has lost votes and casts none',
      read: () => (health.report().mode === 'amnesia' ? 1 : 0),
    },
    conserved: {
      help: '1 while every invariant of the ledger holds',
      read: () => (health.report().conservation === 'ok' ? 1 : 0),
    },
    payouts_overdue: {
      help: 'Payouts of this node’s place or gateway that nobody has settled for a week',
      read: () => warned(health, 'payout_overdue'),
    },
    clearings_overdue: {
      help: 'Clearings of this node’s place that nobody has settled for a week',
      read: () => warned(health, 'clearing_overdue'),
    },
    peers: { help: 'Linked peers', read: () => health.report().peers },
    clock_offset_seconds: {
      help: 'Own clock against the peers’; NaN while unknown',
      read: () => (health.report().clockOffsetMs ?? Number.NaN) / 1_000,
    },
    outbox_entries: { help: 'Submissions without an outcome', read: () => outbox().size },
    outbox_oldest_age_seconds: {
      help: 'Age of the oldest submission without an outcome; 0 when there is none',
      read: () => Math.max(0, wallMs() - oldest()) / 1_000,
    },
    mempool_waiting: { help: 'Transactions that wait for a block', read: parts.waiting },
    leases_open: { help: 'Leases to take payments from', read: () => parts.leases().open },
    leases_left: {
      help: 'What can be taken of them, in smallest units',
      read: () => parts.leases().left,
    },
    captures_waiting: {
      help: 'Payments out of leases that no final block tells of yet',
      read: () => parts.leases().waiting,
    },
    captures_lost: {
      help: 'Payments out of leases that came too late, of the last 90 days',
      read: () => parts.leases().lost,
    },
    leases_only: {
      help: '1 while payments are taken from leases alone',
      read: () => (health.report().mode === 'leases_only' ? 1 : 0),
    },
    write_pending_bytes: { help: 'Bytes on their way to disk', read: parts.pendingBytes },
  }
}

const warned = (health: Pick<Health, 'report'>, code: Warning['code']): number =>
  health.report().warnings.find((warning) => warning.code === code)?.count ?? 0

const addGauge = (registry: Registry, { name, help, read }: Reading & { readonly name: string }) =>
  new Gauge({
    name,
    help,
    registers: [registry],
    collect() {
      this.set(read())
    },
  })

/** What the network room counts since it was opened; its counts only rise. */
const addNetworkCounter = (registry: Registry, read: () => Counters) =>
  new Counter({
    name: 'kermesse_network_total',
    help: 'Messages, bytes, links and faults of the network',
    labelNames: ['what'],
    registers: [registry],
    collect() {
      this.reset()
      for (const [what, count] of Object.entries(read())) this.inc({ what }, count)
    },
  })
