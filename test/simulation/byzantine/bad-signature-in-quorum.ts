import type { Certificate } from '#protocol/chain/certificate.ts'
import type { Adversary, Lies } from '../adversary.ts'
import { consensusBytes, spoiled } from '../forgery.ts'

export const badSignatureInQuorum: Adversary = {
  name: 'badSignatureInQuorum',
  claim: 'one bad signature among a quorum makes no certificate, and does not spoil the others',
  create: (self) => {
    const say: Lies['say'] = (to, bytes, { message }) => {
      if (message?.type !== 'consensus' || !self.others.includes(to)) return bytes
      if (message.message.type === 'vote') {
        const { vote } = message.message
        if (vote.signer !== self.me || self.random.chance(0.3)) return bytes
        self.count()
        return consensusBytes({
          type: 'vote',
          vote: { ...vote, signature: spoiled(vote.signature) },
        })
      }
      if (message.message.type !== 'certificate') return bytes
      self.count()
      const certificate = spoiledCertificate(message.message.certificate)
      return consensusBytes({ type: 'certificate', certificate })
    }
    return { say }
  },
}

const spoiledCertificate = (certificate: Certificate): Certificate => ({
  ...certificate,
  signatures: certificate.signatures.map((signature, index) =>
    index === 1 ? spoiled(signature) : signature,
  ),
})
