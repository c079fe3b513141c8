import type { BeaconEcho } from '#protocol/chain/message.ts'
import { CLOCK_AHEAD_MS, CLOCK_SAMPLE_MS } from './limits.ts'
import { type Core, type Peer, report } from './state.ts'

/**
 * Measures a peer's wall clock against ours by a beacon's round trip (RFC 5905 §8): the offset is
 * known up to half of the time that the two messages were under way.
 */
export const sampleClock = (core: Core, peer: Peer, sentAtMs: number, echo: BeaconEcho): void => {
  peer.beacon = { sentAtMs, receivedAtMs: core.now.wallMs }
  if (echo.sentAtMs === 0) return
  const outMs = echo.receivedAtMs - echo.sentAtMs
  const backMs = core.now.wallMs - sentAtMs
  const underWayMs = outMs + backMs
  if (underWayMs < 0 || underWayMs > CLOCK_SAMPLE_MS) return
  peer.offset = { lowMs: -backMs, highMs: outMs, atMs: core.now.monotonicMs }
  judgeClock(core)
}

/**
 * Our clock is not trusted while q − 1 others agree that it is off by more than a block's timestamp
 * may be: then this node proposes nothing and gives up its own views.
 */
const judgeClock = (core: Core): void => {
  const trusted = Math.max(countOff(core, 1), countOff(core, -1)) < core.quorum - 1
  if (trusted === core.clockTrusted) return
  core.clockTrusted = trusted
  report(core, { kind: 'clock', trusted })
}

/** Our wall clock minus the median of what the others' clocks are most likely to show. */
export const clockOffsetOf = (core: Core): number | null =>
  medianOf(
    core.peers.flatMap(({ offset }) => {
      const fresh = offset !== undefined && core.now.monotonicMs - offset.atMs <= OFFSET_FRESH_MS
      return fresh ? [-(offset.lowMs + offset.highMs) / 2] : []
    }),
  )

/** The middle value, the lower of two; null of nothing. */
export const medianOf = (values: readonly number[]): number | null =>
  values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? null

/** How long a measurement is worth telling: some beacons may be lost. */
const OFFSET_FRESH_MS = 10_000

/** Peers whose clock is certainly ahead of ours (1) or behind (−1) by more than the tolerance. */
const countOff = (core: Core, direction: 1 | -1): number =>
  core.peers.filter(({ offset }) => {
    if (offset === undefined || core.now.monotonicMs - offset.atMs > CLOCK_SAMPLE_MS) return false
    return direction === 1 ? offset.lowMs > CLOCK_AHEAD_MS : offset.highMs < -CLOCK_AHEAD_MS
  }).length
