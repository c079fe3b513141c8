import { type Beacon, type BeaconBody, beaconBytes } from '#protocol/chain/beacon.ts'
import type { BeaconEcho } from '#protocol/chain/message.ts'
import { sampleClock } from './clock-monitor.ts'
import { help, helpFinal } from './help.ts'
import { BEACON_INTERVAL_MS } from './limits.ts'
import { type Core, emit, others, setTimer } from './state.ts'

const NO_ECHO: BeaconEcho = { sentAtMs: 0, receivedAtMs: 0 }

/** Upon the beacon timer: says what is final and durable here, to followers and to each authority. */
export const sendBeacons = (core: Core): void => {
  const beacon = signBeacon(core)
  if (knowsWhatIsFinal(core)) {
    emit(core, { type: 'publish', message: { type: 'beacon', beacon, echo: NO_ECHO } })
  }
  for (const to of others(core)) {
    const echo = core.peers[to]?.beacon ?? NO_ECHO
    emit(core, { type: 'send', to, message: { type: 'beacon', beacon, echo } })
  }
  scheduleBeacon(core)
}

export const scheduleBeacon = (core: Core): void =>
  setTimer(core, 'beacon', core.now.monotonicMs + BEACON_INTERVAL_MS)

/**
 * Upon another authority's beacon: it is alive, its clock is measured, and it is helped when it has
 * fallen behind a final block that is older than the last beacon.
 */
export const onBeacon = (core: Core, from: number, beacon: Beacon, echo: BeaconEcho): void => {
  const peer = core.peers[from]
  if (peer === undefined || beacon.signer !== from) return
  sampleClock(core, peer, beacon.wallClockMs, echo)
  if (namesAnother(core, beacon)) helpFinal(core, from)
  if (core.now.monotonicMs - core.settledAtMs < BEACON_INTERVAL_MS) return
  if (beacon.finalisedHeight < core.durable.height) helpFinal(core, from)
  else if (beacon.view < core.view) help(core, from, beacon.view)
}

/** Another final block at the height of ours: a fork, unless it lies; our finalization tells which. */
const namesAnother = ({ durable }: Core, { finalisedHeight, finalisedDigest }: Beacon): boolean =>
  finalisedHeight === durable.height && finalisedDigest !== durable.digest

/**
 * A beacon tells followers that nothing above is final. After a start that may be wrong while a block
 * above has a finalize vote of ours, or may have: of any f + 1 members one voted for what is final.
 */
export const knowsWhatIsFinal = ({ loss, durable, memory }: Core): boolean =>
  loss === undefined && durable.view >= memory.finalizedTo

const signBeacon = (core: Core): Beacon => {
  const body: BeaconBody = {
    epoch: core.config.epoch,
    view: core.view,
    finalisedHeight: core.durable.height,
    finalisedDigest: core.durable.digest,
    wallClockMs: core.now.wallMs,
  }
  const signature = core.config.sign(beaconBytes(body, core.domain))
  return { ...body, signer: core.config.me, signature }
}
