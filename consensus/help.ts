import type { Certificate } from '#protocol/chain/certificate.ts'
import { REPAIR_ITEMS_MAX } from './limits.ts'
import { endOf } from './round.ts'
import { type Core, emit } from './state.ts'

/** Pause of a retry, and twice the least pause between two helps to one peer: t_r = 2Δ. */
export const retryMs = (core: Core): number => 2 * core.config.deltaMs

/** Sends a peer that is behind what brings it to our view; at most once per peer in t_r / 2. */
export const help = (core: Core, to: number, theirView: number): void => {
  if (!mayHelp(core, to)) return
  const { certificate } = core.settled
  const wanted =
    theirView <= core.settled.view
      ? [certificate, core.entry]
      : [endOfView(core, theirView), core.entry]
  sendCertificates(core, to, wanted)
}

/** Sends the highest finalization to a peer whose final block is older than ours. */
export const helpFinal = (core: Core, to: number): void => {
  if (mayHelp(core, to)) sendCertificates(core, to, [core.settled.certificate, core.entry])
}

/** Answers a request for the certificates of a range of views, oldest first. */
export const answerRequest = (
  core: Core,
  to: number,
  range: { readonly fromView: number; readonly toView: number },
): void => {
  if (!mayHelp(core, to)) return
  const wanted: Certificate[] = []
  const settled = core.settled.certificate
  if (settled !== null && range.fromView <= settled.view) wanted.push(settled)
  const last = Math.min(range.toView, core.view)
  let view = Math.max(range.fromView, core.settled.view + 1)
  for (; view <= last && wanted.length < REPAIR_ITEMS_MAX; view++) {
    const round = core.rounds.get(view)
    if (round?.notarization !== undefined) wanted.push(round.notarization)
    if (round?.nullification !== undefined) wanted.push(round.nullification)
  }
  sendCertificates(core, to, wanted)
}

/** Whether a peer may be helped again; counts as a help. */
export const mayHelp = (core: Core, to: number): boolean => {
  const peer = core.peers[to]
  const nowMs = core.now.monotonicMs
  if (peer === undefined || nowMs - peer.helpedAtMs < retryMs(core) / 2) return false
  peer.helpedAtMs = nowMs
  return true
}

const endOfView = (core: Core, view: number): Certificate | null => {
  const round = core.rounds.get(view)
  return round === undefined ? null : (endOf(round) ?? null)
}

const sendCertificates = (
  core: Core,
  to: number,
  certificates: readonly (Certificate | null)[],
): void => {
  for (const certificate of new Set(certificates)) {
    if (certificate !== null)
      emit(core, { type: 'send', to, message: { type: 'certificate', certificate } })
  }
}
