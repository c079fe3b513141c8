import { encodeLinkMessage } from '#node/loop/link-message.ts'
import type { Adversary, Lies } from '../adversary.ts'

export const omittingMember: Adversary = {
  name: 'omittingMember',
  claim: 'a leader that leaves out what one venue sells delays it until others lead, no longer',
  create: ({ count }) => {
    const hear: Lies['hear'] = (_, bytes, { message }) => {
      if (message?.type !== 'bundle') return bytes
      const transactions = message.transactions.filter((text) => !isSale(text))
      if (transactions.length === message.transactions.length) return bytes
      count()
      return encodeLinkMessage({ ...message, transactions })
    }
    return { hear }
  },
}

const isSale = (text: string): boolean => {
  const [, payload = ''] = text.split('.')
  return Buffer.from(payload, 'base64url').toString().includes('"kind":"sale"')
}
