import type { Fault } from '../fault.ts'

export const reorder: Fault = {
  name: 'reorder',
  claim: 'messages overtake one another, also on one link',
  draw: (random, { troubledMs }) => [
    {
      atMs: random.below(troubledMs),
      forMs: random.between(500, troubledMs),
      machines: [],
      amount: random.between(5, 60),
    },
  ],
  strike: (federation, { forMs, amount }) => {
    const { weather } = federation.network
    weather.disorderPercent += amount
    federation.later(forMs, () => {
      weather.disorderPercent -= amount
    })
  },
}
