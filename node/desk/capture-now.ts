import type { Errand } from '#api/ports/desk.ts'
import type { Settlement } from '#api/ports/outcome.ts'
import type { CaptureAnswer, CaptureOrder, CaptureRefusal } from '../leases/capture.ts'
import type { Leases } from '../leases/leases.ts'
import type { Outbox, OutboxEnd } from '../outbox/outbox.ts'
import type { Outcomes } from './outcomes.ts'
import { outcomeWithin, type Waiting } from './patience.ts'

export type CapturingParts = {
  readonly leases: Pick<Leases, 'capture' | 'find'>
  readonly outbox: Pick<Outbox, 'onEnd'>
  readonly outcomes: Pick<Outcomes, 'useOf'>
}

export type LeaseMode = {
  /** The ledger cannot be reached, or stands still, and there are leases. */
  readonly isLeasesOnly: () => boolean
  /** Calls back when that begins; the returned function ends it. */
  readonly onLeasesOnly: (begun: () => void) => () => void
}

/**
 * Answered from the disk at once; where the ledger is there, by its block if that comes in time.
 * `waiting`: for the block that has it; absent: nobody knows when that will be.
 */
export const captureNow = async (
  parts: CapturingParts,
  order: CaptureOrder,
  waiting?: Waiting,
): Promise<Settlement | CaptureRefusal> => {
  const answer = await new Promise<CaptureAnswer>((resolve) => parts.leases.capture(order, resolve))
  if (answer.kind === 'refused') return answer.code
  if (waiting !== undefined && !answer.replayed) await untilFinal(parts, order, waiting)
  const { place, id } = order
  const state = parts.outcomes.useOf(place, id)?.state
  if (state === undefined) throw new Error(`a capture that nobody knows: ${id}`)
  return { kind: 'outcome', id, state, replayed: answer.replayed }
}

/** Waits no longer than until the link is gone: then the disk answers at once. */
export const untilCutOff = (
  mode: LeaseMode,
  { waitMs, signal }: Pick<Errand, 'waitMs' | 'signal'>,
) => {
  const cutOff = new AbortController()
  const stop = mode.onLeasesOnly(() => cutOff.abort())
  return { waiting: { waitMs, signal: AbortSignal.any([signal, cutOff.signal]) }, stop }
}

/** What it was offered to the ledger as is known once it is on disk. */
const untilFinal = async (
  { leases, outbox }: CapturingParts,
  { place, id }: CaptureOrder,
  waiting: Waiting,
): Promise<void> => {
  const hash = leases.find(place, id)?.capture.hash
  if (hash === undefined) return
  let stop = (): void => undefined
  await outcomeWithin<OutboxEnd>(waiting, ({ stored, ended }) => {
    stored()
    stop = outbox.onEnd(hash, ended)
  })
  stop()
}
