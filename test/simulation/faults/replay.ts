import type { Fault } from '../fault.ts'

export const replay: Fault = {
  name: 'replay',
  claim: 'messages of long ago arrive once more, and mean nothing any more',
  draw: (random, { troubledMs }) =>
    Array.from({ length: random.between(1, 4) }, () => ({
      atMs: random.between(Math.floor(troubledMs / 4), troubledMs),
      forMs: 0,
      machines: [],
      amount: random.between(20, 300),
    })),
  strike: (federation, { amount }) => {
    federation.network.replay(amount)
  },
}
