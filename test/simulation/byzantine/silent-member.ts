import type { Adversary, Lies } from '../adversary.ts'

/** Messages that one stretch of silence, or of speech, lasts at most. */
const SILENCE_MAX = 400

export const silentMember: Adversary = {
  name: 'silentMember',
  claim: 'a member that says nothing for long stretches costs time, never safety or liveness',
  create: ({ random, count }) => {
    let left = random.between(0, SILENCE_MAX)
    let silent = random.chance(0.75)
    const say: Lies['say'] = (_, bytes) => {
      if (left === 0) {
        silent = !silent
        left = random.between(1, SILENCE_MAX)
      }
      left -= 1
      if (!silent) return bytes
      count()
      return undefined
    }
    return { say }
  },
}
