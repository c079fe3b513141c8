import { utf8 } from '#protocol/bytes.ts'
import type { Ballot } from '#protocol/chain/vote.ts'
import { hashOf } from '#protocol/hash.ts'
import type { Adversary } from '../adversary.ts'
import { forgedCertificate, signedVote } from '../forgery.ts'

const PAUSE_MS = 150
const AHEAD_MAX = 1_000_000

export const farFutureViews: Adversary = {
  name: 'farFutureViews',
  claim: 'votes and certificates of views that nobody is in fill no memory and move nobody',
  create: (self) => {
    const { random, tell, count } = self
    const begin = (): void =>
      self.every(PAUSE_MS, () => {
        const view = random.between(50, AHEAD_MAX)
        const place = { epoch: self.epoch, view }
        const block = { ...place, parentView: view - 1, digest: hashOf(utf8(`${view}`)) }
        const ballot = random.pick<Ballot>([
          { kind: 'nullify', ...place },
          { kind: 'notarize', ...block },
          { kind: 'finalize', ...block },
        ])
        const certificate = forgedCertificate(self, ballot)
        for (const to of self.others) {
          const vote = signedVote(self, ballot)
          tell(to, { type: 'consensus', message: { type: 'vote', vote } })
          if (random.chance(0.2)) {
            tell(to, { type: 'consensus', message: { type: 'certificate', certificate } })
          }
        }
        count()
      })
    return { begin }
  },
}
