import type { Fault } from '../fault.ts'

export const duplication: Fault = {
  name: 'duplication',
  claim: 'messages arrive twice, the copies at their own pace',
  draw: (random, { troubledMs }) => [
    {
      atMs: random.below(troubledMs),
      forMs: random.between(500, troubledMs),
      machines: [],
      amount: random.between(1, 40),
    },
  ],
  strike: (federation, { forMs, amount }) => {
    const { weather } = federation.network
    weather.duplicatePercent += amount
    federation.later(forMs, () => {
      weather.duplicatePercent -= amount
    })
  },
}
