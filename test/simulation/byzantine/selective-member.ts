import type { Adversary, Lies } from '../adversary.ts'

/** Messages after which it favours others. */
const FAVOUR_MAX = 600

export const selectiveMember: Adversary = {
  name: 'selectiveMember',
  claim: 'a member that speaks with some of the others only tears them not apart',
  create: (self) => {
    const { random, count } = self
    let left = 0
    let ignored: ReadonlySet<string> = new Set()
    const say: Lies['say'] = (to, bytes) => {
      if (left === 0) {
        const { others } = self
        left = random.between(20, FAVOUR_MAX)
        ignored = new Set(random.shuffle(others).slice(0, random.between(1, others.length - 1)))
      }
      left -= 1
      if (!ignored.has(to)) return bytes
      count()
      return undefined
    }
    return { say }
  },
}
