import type { Fault } from '../fault.ts'

export const loss: Fault = {
  name: 'loss',
  claim: 'up to a third of all messages is lost',
  draw: (random, { troubledMs }) => [
    {
      atMs: random.below(troubledMs),
      forMs: random.between(500, troubledMs),
      machines: [],
      amount: random.between(1, 33),
    },
  ],
  strike: (federation, { forMs, amount }) => {
    const { weather } = federation.network
    weather.lossPercent += amount
    federation.later(forMs, () => {
      weather.lossPercent -= amount
    })
  },
}
