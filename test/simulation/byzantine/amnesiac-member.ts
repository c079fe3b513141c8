import { encodeLinkMessage } from '#node/loop/link-message.ts'
import type { Adversary, Lies } from '../adversary.ts'
import type { DiskImage } from '../disk.ts'

const PAUSE_MS = 2_500

export const amnesiacMember: Adversary = {
  name: 'amnesiacMember',
  claim:
    'a member that forgets its votes again and again, and hears nobody remind it, forks nothing',
  create: (self) => {
    let remembered: DiskImage | undefined
    const hear: Lies['hear'] = (_, bytes, { message }) => {
      if (message?.type !== 'consensus' || message.message.type !== 'status') return bytes
      const status = { ...message.message.status, yourLatestVotes: [] }
      return encodeLinkMessage({ type: 'consensus', message: { type: 'status', status } })
    }
    const begin = (): void => {
      remembered = self.machine().disk.image()
      self.every(PAUSE_MS, () => {
        if (remembered === undefined) return
        const machine = self.machine()
        machine.end('power')
        machine.disk.restore(remembered)
        machine.boot()
        self.count()
        if (self.random.chance(0.4)) remembered = machine.disk.image()
      })
    }
    return { begin, hear }
  },
}
