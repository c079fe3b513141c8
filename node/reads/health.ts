import type { Health, HealthMode, HealthReport, Warning } from '#api/ports/health.ts'
import type { Head } from '#api/ports/ledger.ts'
import type { Follower } from '#consensus/follower.ts'
import type { Replica } from '#consensus/replica.ts'
import { type AuthoritySet, quorumOf } from '#protocol/chain/authority-set.ts'
import type { Clock } from '../loop/ports.ts'
import type { LinkedPeer } from '../network/network-port.ts'
import { STALL_MS } from './limits.ts'
import { createModeWatch } from './mode-watch.ts'

export type HealthSeat =
  | { readonly kind: 'authority'; readonly replica: Pick<Replica, 'standing'> }
  | {
      readonly kind: 'follower'
      readonly follower: Pick<Follower, 'freshness' | 'isCurrent' | 'standing'>
    }

export type HealthParts = {
  /** The node's part in the present epoch, and who has one. */
  readonly seating: () => { readonly seat: HealthSeat; readonly set: AuthoritySet }
  readonly clock: Clock
  readonly head: () => Head
  readonly peers: () => readonly Pick<LinkedPeer, 'role'>[]
  /** What waits for a block: an authority's mempool, the outbox of a venue. */
  readonly waiting: () => number
  readonly started: () => boolean
  /** The code of what stopped it, also in an earlier run: nothing goes on any more. */
  readonly haltedBy: () => string | undefined
  /** Whether there are leases here that can be captured from now. */
  readonly hasLeases: () => boolean
  readonly clockOffsetMs: () => number | null
  readonly warnings: () => readonly Warning[]
}

/** `takesPart`: whether it is in touch, stalled or not; for asking at every submission. */
export type NodeHealth = Health & { readonly takesPart: () => boolean }

/** How a node of either seat feels. Asks only what is in memory; `stalled` needs it asked regularly. */
export const createHealth = (parts: HealthParts): NodeHealth => {
  const { clock, head } = parts
  const isStalled = createStallWatch(parts)

  const takesPart = (): boolean => {
    if (!parts.started() || parts.haltedBy() !== undefined) return false
    const { seat } = parts.seating()
    return seat.kind === 'authority'
      ? isVoting(parts, seat.replica)
      : seat.follower.isCurrent(nowOf(clock))
  }

  const mode = (): HealthMode => {
    const stalled = isStalled()
    if (isAmnesic(parts)) return 'amnesia'
    if (takesPart() && !stalled) return 'online'
    // Of a chain that it halted for nobody can say what its leases are worth.
    if (parts.started() && parts.haltedBy() === undefined && parts.hasLeases()) return 'leases_only'
    return takesPart() ? 'stalled' : 'blocked'
  }
  const watch = createModeWatch({ mode, wallMs: clock.wallMs, head })

  const report = (): HealthReport => {
    const { height, timeMs } = head()
    const haltedBy = parts.haltedBy()
    return {
      mode: watch.mode(),
      height,
      lagMs: Math.max(0, clock.wallMs() - timeMs),
      lagBlocks: Math.max(0, claimedHeight(parts) - height),
      peers: parts.peers().length,
      clockOffsetMs: parts.clockOffsetMs(),
      conservation: haltedBy === 'invariant_broken' ? 'broken' : 'ok',
      haltedBy: haltedBy ?? null,
      warnings: parts.warnings(),
    }
  }

  return { started: parts.started, report, takesPart, ...watch }
}

/** Votes, and is linked to a quorum. */
const isVoting = ({ seating, peers }: HealthParts, replica: Pick<Replica, 'standing'>): boolean => {
  const { voting, halted } = replica.standing()
  const others = peers().filter(({ role }) => role === 'authority').length
  return voting && !halted && 1 + others >= quorumOf(seating().set.members.length)
}

const isAmnesic = ({ started, haltedBy, seating }: HealthParts): boolean => {
  const { seat } = seating()
  const runs = started() && haltedBy() === undefined
  return runs && seat.kind === 'authority' && seat.replica.standing().amnesia !== null
}

/**
 * Whether work has waited for long while no block became final. Idle is not stalled. It knows what it
 * saw when it was asked: it is to be asked every few seconds.
 */
const createStallWatch = ({ waiting, head, clock }: HealthParts): (() => boolean) => {
  let since: { readonly height: number; readonly atMs: number } | undefined
  return () => {
    const { height } = head()
    const atMs = clock.monotonicMs()
    if (waiting() === 0) since = undefined
    else if (since?.height !== height) since = { height, atMs }
    return since !== undefined && atMs - since.atMs >= STALL_MS
  }
}

const nowOf = ({ wallMs, monotonicMs }: Clock) => ({ wallMs: wallMs(), monotonicMs: monotonicMs() })

const claimedHeight = ({ seating, clock }: HealthParts): number => {
  const { seat } = seating()
  return seat.kind === 'follower'
    ? seat.follower.freshness(nowOf(clock)).claimedHeight
    : seat.replica.standing().finalisedHeight
}
