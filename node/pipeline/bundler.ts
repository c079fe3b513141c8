import { BUNDLE_BYTES_MAX, BUNDLE_TRANSACTIONS_MAX } from '../loop/link-message.ts'
import type { Clock, Timers } from '../loop/ports.ts'

/** How long transactions are gathered for one bundle while bundles follow one another. */
export const BUNDLE_GAP_MS = 5

/** Gathers transactions for the same peers: at once when idle, a few milliseconds' worth under load. */
export type Bundler = {
  readonly add: (text: string) => void
  /** What is gathered leaves now. */
  readonly flush: () => void
}

export const createBundler = (
  name: string,
  ports: { readonly clock: Clock; readonly timers: Timers },
  send: (transactions: readonly string[]) => void,
): Bundler => {
  let gathered: string[] = []
  let bytes = 0
  let sentAtMs = Number.NEGATIVE_INFINITY
  let armed = false

  const flush = (): void => {
    armed = false
    if (gathered.length === 0) return
    const bundle = gathered
    gathered = []
    bytes = 0
    sentAtMs = ports.clock.monotonicMs()
    send(bundle)
  }

  const add = (text: string): void => {
    if (bytes + text.length > BUNDLE_BYTES_MAX) flush()
    gathered.push(text)
    bytes += text.length
    if (gathered.length >= BUNDLE_TRANSACTIONS_MAX) flush()
    if (armed || gathered.length === 0) return
    armed = true
    ports.timers.set(`bundle/${name}`, sentAtMs + BUNDLE_GAP_MS, flush)
  }

  return { add, flush }
}
