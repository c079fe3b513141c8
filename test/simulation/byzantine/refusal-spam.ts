import type { Adversary } from '../adversary.ts'

const PAUSE_MS = 250
/** Spammed at once: as many as a small block holds. */
const BATCH = 4
/** More than anybody owns. */
const TOO_MUCH = 90_000_000
const WORTH_MS = 5_000

export const refusalSpam: Adversary = {
  name: 'refusalSpam',
  claim: 'payments that are bound to be refused take a bounded share of the blocks',
  create: (self) => {
    const { random, payments, tell, count } = self
    const begin = (): void =>
      self.every(PAUSE_MS, () => {
        const nowMs = self.machine().wallMs()
        const order = { from: 0, to: 1, amount: TOO_MUCH, forMs: WORTH_MS }
        const transactions = Array.from(
          { length: random.between(1, BATCH) },
          () => payments.transfer(nowMs, order).text,
        )
        for (const to of self.others) tell(to, { type: 'bundle', transactions, toAll: true })
        count()
      })
    return { begin }
  },
}
