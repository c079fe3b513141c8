import type { Adversary, Lies } from '../adversary.ts'

export const withheldBody: Adversary = {
  name: 'withheldBody',
  claim:
    'a leader that proposes what it alone has, and gives it to nobody, costs its own views only',
  create: ({ count }) => {
    const say: Lies['say'] = (_, bytes, { message }) => {
      if (message?.type !== 'bundle' && message?.type !== 'response') return bytes
      count()
      return undefined
    }
    return { say }
  },
}
