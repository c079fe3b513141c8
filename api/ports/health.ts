export const HEALTH_MODES = ['online', 'leases_only', 'stalled', 'amnesia', 'blocked'] as const
/**
 * Whether this node can take a payment: in blocks, from leases alone, or not at all. `stalled`: it is
 * linked and its copy is current, yet what waits for a block does not become final. `amnesia`: an
 * authority that lost votes and does not know yet from where on it may vote. `blocked`: it has not started, stopped, is cut off, or its copy may be old.
 */
export type HealthMode = (typeof HEALTH_MODES)[number]

/** Modes in which a payment that comes now can be final soon. */
export const READY_MODES: ReadonlySet<HealthMode> = new Set(['online', 'leases_only'])

/** Something that the operator is to see to, though payments go on. */
export type Warning = {
  readonly code: 'payout_overdue' | 'clearing_overdue' | 'lease_grant_missing'
  readonly count: number
  /** Of the oldest; absent when that is longer ago than the node looks back. */
  readonly sinceMs?: number
}

export type HealthReport = {
  readonly mode: HealthMode
  readonly height: number
  /** Age of the newest final block. */
  readonly lagMs: number
  /** Final blocks that peers announce and this node has not applied. */
  readonly lagBlocks: number
  readonly peers: number
  /** This node's clock against its peers'; null while unknown. */
  readonly clockOffsetMs: number | null
  readonly conservation: 'ok' | 'broken'
  /** What stopped it for good: reads are of what was final then. */
  readonly haltedBy: string | null
  readonly warnings: readonly Warning[]
}

/** What this node alone says of itself: no block holds it, and no other node says the same. */
export type ModeNotice = {
  readonly mode: HealthMode
  /** The newest final block here when it began. */
  readonly height: number
  readonly sinceMs: number
}

/** How the node feels. Synchronous: answering proves that the main loop turns. */
export type Health = {
  /** Whether the ledger is loaded and served; before that every resource is unavailable. */
  readonly started: () => boolean
  readonly report: () => HealthReport
  /** The mode alone, for every answer. */
  readonly mode: () => HealthMode
  /** The present mode, and since when. */
  readonly notice: () => ModeNotice
  /** Calls back at each change of the mode, within a second; the returned function ends it. */
  readonly onMode: (changed: (notice: ModeNotice) => void) => () => void
}

/** One answered request, labelled by its route pattern: never by an address that holds an id. */
export type AnsweredRequest = {
  readonly method: string
  readonly route: string
  readonly status: number
  readonly seconds: number
}

/** The node's figures in Prometheus text format. */
export type Metrics = {
  readonly contentType: string
  readonly text: () => Promise<string>
  readonly answered: (request: AnsweredRequest) => void
}
