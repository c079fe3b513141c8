import type { Adversary, Lies } from '../adversary.ts'

export const mutatingMember: Adversary = {
  name: 'mutatingMember',
  claim: 'bytes that are wrong anywhere, at any length, break nobody who reads them',
  create: ({ random, count }) => {
    const say: Lies['say'] = (_, bytes) => {
      if (random.chance(0.6)) return bytes
      count()
      const mutated = bytes.slice()
      for (let flip = random.between(1, 4); flip > 0; flip--) {
        const at = random.below(mutated.length)
        mutated[at] = (mutated[at] ?? 0) ^ (1 << random.below(8))
      }
      return random.chance(0.1) ? mutated.subarray(0, random.below(mutated.length)) : mutated
    }
    return { say }
  },
}
