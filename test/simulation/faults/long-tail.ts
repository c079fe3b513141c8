import type { Fault } from '../fault.ts'

export const longTail: Fault = {
  name: 'longTail',
  claim: 'some messages take far longer than Δ',
  draw: (random, { troubledMs }) => [
    {
      atMs: random.below(troubledMs),
      forMs: random.between(500, troubledMs),
      machines: [],
      amount: random.between(50, 1_500),
    },
  ],
  strike: (federation, { forMs, amount }) => {
    const { weather } = federation.network
    weather.tailMs += amount
    federation.later(forMs, () => {
      weather.tailMs -= amount
    })
  },
}
