import type { OutboxEntry } from '#node/outbox/outbox.ts'
import type { Payments } from './payments.ts'
import type { RandomSource } from './random.ts'
import type { Swarm } from './swarm.ts'

/** Something that somebody submits at one or more machines. */
export type Submission = {
  readonly atMs: number
  readonly machines: readonly number[]
  readonly sign: (nowMs: number) => readonly OutboxEntry[]
}

const BURST_MAX = 24
const PATIENCE_MS = 45_000

/** What is submitted while things may go wrong, in order of time. */
export const drawLoad = (
  swarm: Swarm,
  { random, payments }: { readonly random: RandomSource; readonly payments: Payments },
): readonly Submission[] => {
  if (swarm.load === 'idle') return []
  const machines = swarm.authorities + swarm.followers
  const times = swarm.load === 'single' ? random.between(5, 20) : random.between(2, 5)
  const size = (): number => (swarm.load === 'single' ? 1 : random.between(4, BURST_MAX))
  // Exact times are asked of a calm network: then nothing comes while another thing is under way.
  const gridMs = swarm.calm ? 20 * swarm.delay.baseMs : 1
  return Array.from({ length: times }, () => {
    const atMs = Math.floor(random.below(swarm.troubledMs) / gridMs) * gridMs
    const order = random.shuffle(Array.from({ length: machines }, (_, index) => index))
    const twice = !swarm.calm && random.chance(0.3)
    const count = size()
    return {
      atMs,
      machines: order.slice(0, twice ? random.between(2, 3) : 1),
      sign: (nowMs: number) =>
        Array.from({ length: count }, () => paymentsOf(random, payments, nowMs)).flat(),
    }
  }).sort((a, b) => a.atMs - b.atMs)
}

/** A payment, now and then with what gets into its way: a cancellation, or the same id again. */
const paymentsOf = (
  random: RandomSource,
  payments: Payments,
  nowMs: number,
): readonly OutboxEntry[] => {
  const forMs = random.chance(0.15) ? random.between(500, 3_000) : PATIENCE_MS
  if (random.chance(0.4)) {
    const from = random.below(payments.persons)
    const to = from + random.between(1, payments.persons - 1)
    return [payments.transfer(nowMs, { from, to, amount: random.between(1, 400), forMs })]
  }
  const order = { from: random.below(payments.cards), amount: random.between(1, 900), forMs }
  const sale = payments.sale(nowMs, order)
  const kind = random.below(12)
  if (kind === 0) return random.shuffle([sale, payments.cancel(nowMs, sale)])
  if (kind === 1) return [sale, payments.sale(nowMs, { ...order, amount: 901, id: sale.id })]
  return [sale]
}
