import type { Adversary, Lies } from '../adversary.ts'

export const withheldCertificate: Adversary = {
  name: 'withheldCertificate',
  claim: 'a member that passes no certificate on, and keeps its votes for itself, holds nobody up',
  create: ({ count }) => {
    const say: Lies['say'] = (_, bytes, { message }) => {
      if (message?.type !== 'consensus') return bytes
      const { type } = message.message
      const isWithheld =
        type === 'certificate' || type === 'status' || (type === 'vote' && isOdd(message.message))
      if (!isWithheld) return bytes
      count()
      return undefined
    }
    return { say }
  },
}

/** Of every other view it says its votes, so that quorums form, of which it alone might know. */
const isOdd = ({ vote }: { readonly vote: { readonly view: number } }): boolean =>
  vote.view % 2 === 1
