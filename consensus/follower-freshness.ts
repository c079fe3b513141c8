import { type Beacon, verifyBeacon } from '#protocol/chain/beacon.ts'
import { medianOf } from './clock-monitor.ts'
import { fetchSegments } from './commit.ts'
import { type FollowerCore, type HeardBeacon, rejectSource } from './follower-state.ts'
import { BEACON_INTERVAL_MS, FRESH_MS } from './limits.ts'

/** Whether a copy is current: one authority can starve a follower, though never lie to it. */
export type Freshness = {
  /** At least f + 1 authorities said within 5 s that nothing above our final block was final. */
  readonly current: boolean
  /** Distinct authorities heard within 5 s. */
  readonly heard: number
  /** Highest final height that any of them claims. */
  readonly claimedHeight: number
  /** Our wall clock minus the middle of theirs, the way of a beacon included; null when unheard. */
  readonly clockOffsetMs: number | null
}

/** Upon an authority's beacon: proof of freshness, or a reason to ask for what we miss. */
export const onFollowedBeacon = (core: FollowerCore, beacon: Beacon, source: string): void => {
  const known = core.beacons.get(beacon.signer)?.beacon
  // Nobody of a later epoch counts before its set is proven: what leads there is asked for.
  if (beacon.epoch > core.config.epoch && core.chain.targets.length === 0) {
    fetchSegments(core.chain, [...core.config.set.members.keys()])
  }
  if (beacon.epoch !== core.config.epoch) return
  if (known !== undefined && beacon.wallClockMs <= known.wallClockMs) return
  if (!verifyBeacon(beacon, core.domain, core.config.verify)) {
    rejectSource(core, source, 'invalid_signature')
    return
  }
  const { monotonicMs: atMs, wallMs } = core.now
  core.beacons.set(beacon.signer, { beacon, atMs, offsetMs: wallMs - beacon.wallClockMs })
  if (core.chain.targets.length === 0) askAfter(core, beacon)
}

/** What it has above our final block; or, where it has another one at that height, its proof of it. */
const askAfter = (core: FollowerCore, beacon: Beacon): void => {
  const { header, digest } = core.chain.finalised
  const { finalisedHeight, finalisedDigest, signer } = beacon
  const stale = core.now.monotonicMs - core.committedAtMs >= BEACON_INTERVAL_MS
  if (finalisedHeight > header.height && stale) fetchSegments(core.chain, [signer])
  if (finalisedHeight === header.height && header.height > 0 && finalisedDigest !== digest) {
    fetchSegments(core.chain, [signer], header.height)
  }
}

/** Who said of late that it has more than we, or anybody where nobody says anything. */
export const membersAhead = (core: FollowerCore): readonly number[] => {
  const { height } = core.chain.finalised.header
  const fresh = freshBeacons(core)
  if (fresh.length === 0) return [...core.config.set.members.keys()]
  return fresh.flatMap(({ beacon }) => (beacon.finalisedHeight > height ? [beacon.signer] : []))
}

export const freshnessOf = (core: FollowerCore): Freshness => {
  const { height } = core.chain.finalised.header
  const fresh = freshBeacons(core)
  const recent = fresh.map(({ beacon }) => beacon.finalisedHeight)
  return {
    current: isCurrent(core),
    heard: recent.length,
    claimedHeight: Math.max(height, ...recent),
    clockOffsetMs: medianOf(fresh.map(({ offsetMs }) => offsetMs)),
  }
}

/** `current` alone. It is asked at every submission: nothing is made for it. */
export const isCurrent = ({ beacons, chain, now, faults }: FollowerCore): boolean => {
  let agreeing = 0
  for (const { atMs, beacon } of beacons.values()) {
    const isFresh = now.monotonicMs - atMs <= FRESH_MS
    if (isFresh && beacon.finalisedHeight <= chain.finalised.header.height) agreeing += 1
  }
  return agreeing > faults
}

const freshBeacons = ({ beacons, now }: FollowerCore): readonly HeardBeacon[] =>
  [...beacons.values()].filter(({ atMs }) => now.monotonicMs - atMs <= FRESH_MS)
