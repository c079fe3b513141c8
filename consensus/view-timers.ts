import { isInactive } from './activity.ts'
import { longerPause, scaledByBackoff } from './backoff.ts'
import { castVote } from './cast-vote.ts'
import type { TimerName } from './effect.ts'
import { retryMs } from './help.ts'
import { REOFFER_MAX, RETRY_CAP_MS } from './limits.ts'
import { fillingMs } from './pace.ts'
import {
  broadcast,
  type Core,
  cancelTimer,
  emit,
  leaderAt,
  mayVoteIn,
  roundAt,
  setTimer,
} from './state.ts'
import { hasWork } from './work.ts'

/** Starts the timers of a view that has work, and stops those of one that has none. */
export const refreshViewTimers = (core: Core): void => {
  const work = hasWork(core)
  if (work && !core.armed) arm(core)
  if (!work && core.armed) disarm(core)
}

/** Upon a timer of the current view; one that was set for another view is void. */
export const onViewTimer = (
  core: Core,
  timer: TimerName,
  place: { readonly epoch: number; readonly view: number },
): void => {
  if (place.epoch !== core.config.epoch || place.view !== core.view) return
  if (!core.armed || !hasWork(core)) return
  if (timer === 'retry') retry(core)
  else nullifyView(core)
}

/** Gives up the current view, unless we helped to finalise it; asks again until it ends. */
export const nullifyView = (core: Core): void => {
  const { mine } = roundAt(core, core.view)
  if (!mayVoteIn(core, core.view) || core.chain.end !== undefined) return
  if (mine.finalize !== undefined || mine.nullify !== undefined) return
  if (castVote(core, { kind: 'nullify', epoch: core.config.epoch, view: core.view }) === undefined)
    return
  cancelTimer(core, 'leader')
  cancelTimer(core, 'advance')
  startRetry(core)
}

const arm = (core: Core): void => {
  core.armed = true
  const round = roundAt(core, core.view)
  if (round.mine.nullify !== undefined) {
    startRetry(core)
    return
  }
  const nowMs = core.now.monotonicMs
  const absent = isInactive(core, leaderAt(core, core.view))
  const pauseMs = (share: 2 | 3): number =>
    absent ? 0 : fillingMs(core) + viewShareMs(core, share, core.view)
  if (round.proposal === undefined) setTimer(core, 'leader', nowMs + pauseMs(2))
  setTimer(core, 'advance', nowMs + pauseMs(3))
}

/** 2Δ or 3Δ of a view, with the back-off that views without finality earn. */
export const viewShareMs = (core: Core, share: 2 | 3, view: number): number =>
  scaledByBackoff(core.config.deltaMs, share, { view, finalView: core.settled.view })

const disarm = (core: Core): void => {
  core.armed = false
  cancelTimer(core, 'leader')
  cancelTimer(core, 'advance')
  cancelTimer(core, 'retry')
}

const startRetry = (core: Core): void => {
  core.retryPauseMs = retryMs(core)
  setTimer(core, 'retry', core.now.monotonicMs + core.retryPauseMs)
}

/** Sends the stored bytes again: our votes of this view and what proves that we may be in it. */
const retry = (core: Core): void => {
  const { mine } = roundAt(core, core.view)
  if (core.entry !== null) broadcast(core, { type: 'certificate', certificate: core.entry })
  if (mine.notarize !== undefined) broadcast(core, { type: 'vote', vote: mine.notarize })
  if (mine.nullify !== undefined) broadcast(core, { type: 'vote', vote: mine.nullify })
  if (core.work.transactions > 0) emit(core, { type: 'reoffer', max: REOFFER_MAX })
  core.retryPauseMs = longerPause(core.retryPauseMs, RETRY_CAP_MS)
  setTimer(core, 'retry', core.now.monotonicMs + core.retryPauseMs)
}
