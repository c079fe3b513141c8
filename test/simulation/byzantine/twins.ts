import { encodeLinkMessage } from '#node/loop/link-message.ts'
import type { Adversary, Lies } from '../adversary.ts'

export const twins: Adversary = {
  name: 'twins',
  claim: 'one member that is two nodes with one key, each seen by another part, forks nothing',
  create: (self) => {
    /** Neither node may learn from others what its twin has said. */
    const hear: Lies['hear'] = (_, bytes, { message }) => {
      if (message?.type !== 'consensus' || message.message.type !== 'status') return bytes
      const status = { ...message.message.status, yourLatestVotes: [] }
      return encodeLinkMessage({ type: 'consensus', message: { type: 'status', status } })
    }
    const begin = (): void => {
      const twin = self.twin()
      if (twin === undefined) throw new Error('a twin alone')
      twin.disk.restore(self.machine().disk.image())
      self.splitTwins()
      twin.boot()
      self.count()
    }
    return { begin, hear }
  },
}
