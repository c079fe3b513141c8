import { retryMs } from './help.ts'
import { type Core, emit, others } from './state.ts'

/** Peers asked at once: one may be down. */
const ASKED_AT_ONCE = 2

/** Asks two members, others each time, for the certificates of a range of views. */
export const askCertificates = (core: Core, fromView: number, toView: number): void => {
  if (core.now.monotonicMs < core.certificatesAskedAtMs + retryMs(core) / 2) return
  core.certificatesAskedAtMs = core.now.monotonicMs
  const peers = others(core)
  for (let nth = 0; nth < Math.min(ASKED_AT_ONCE, peers.length); nth++) {
    const to = peers[core.certificateAsks++ % peers.length]
    const { epoch } = core.config
    const message = { type: 'certificateRequest', epoch, fromView, toView } as const
    if (to !== undefined) emit(core, { type: 'send', to, message })
  }
}
