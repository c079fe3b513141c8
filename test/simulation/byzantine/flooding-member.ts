import type { FetchRequest } from '#protocol/chain/fetch.ts'
import { ZERO_HASH } from '#protocol/hash.ts'
import type { Adversary, Dishonest } from '../adversary.ts'
import { signedVote } from '../forgery.ts'

const PAUSE_MS = 50
/** Of each at once: several times what is answered, or has room, in the same time. */
const QUESTIONS = 4
const OLD_VOTES = 20
const PAYMENTS = 40
const WORTH_MS = 4_000
/** Then it has filled what it can; to go on would only take long. */
const ROUNDS = 160
/** No view of a simulation. */
const FAR_VIEW = 1_000_000

export const floodingMember: Adversary = {
  name: 'floodingMember',
  claim:
    'questions, votes and payments without end are answered at a bounded rate and fill no queue',
  create: (self) => {
    let [asked, rounds] = [0, 0]
    const begin = (): void =>
      self.every(PAUSE_MS, () => {
        if (rounds === ROUNDS) return
        rounds += 1
        for (const to of self.others) {
          for (let nth = 0; nth < QUESTIONS; nth++) {
            asked += 1
            const request: FetchRequest = { id: asked, type: 'block', digest: ZERO_HASH }
            self.tell(to, { type: 'request', request })
          }
          // Who is that far ahead is told where we stand; who is that far behind gets what it lacks.
          vote(self, to, FAR_VIEW)
          for (let nth = 0; nth < OLD_VOTES; nth++) vote(self, to, 1)
          self.tell(to, { type: 'bundle', transactions: paymentsOf(self), toAll: false })
        }
        self.count()
      })
    return { begin }
  },
}

const vote = (self: Dishonest, to: string, view: number): void =>
  self.tell(to, {
    type: 'consensus',
    message: {
      type: 'vote',
      vote: signedVote(self, { kind: 'nullify', epoch: self.epoch, view }),
    },
  })

/** Valid ones, all of one person. */
const paymentsOf = ({ payments, machine }: Dishonest): readonly string[] => {
  const order = { from: 0, to: 1, amount: 1, forMs: WORTH_MS }
  const nowMs = machine().wallMs()
  return Array.from({ length: PAYMENTS }, () => payments.transfer(nowMs, order).text)
}
