import { beaconBytes } from '#protocol/chain/beacon.ts'
import type { ConsensusMessage } from '#protocol/chain/message.ts'
import type { Status } from '#protocol/chain/status.ts'
import type { Adversary, Dishonest, Lies } from '../adversary.ts'
import { consensusBytes, signedVote } from '../forgery.ts'

export const lyingStatus: Adversary = {
  name: 'lyingStatus',
  claim: 'a member that says to be elsewhere, and recalls votes that nobody gave, misleads nobody',
  create: (self) => {
    const say: Lies['say'] = (to, bytes, { message }) => {
      if (message?.type !== 'consensus' || !self.others.includes(to)) return bytes
      const lie = lieOf(self, message.message)
      if (lie === undefined) return bytes
      self.count()
      return consensusBytes(lie)
    }
    return { say }
  },
}

const lieOf = (self: Dishonest, message: ConsensusMessage): ConsensusMessage | undefined => {
  if (message.type === 'status')
    return { type: 'status', status: falseStatus(self, message.status) }
  if (message.type !== 'beacon') return undefined
  const { signature, signer, ...body } = message.beacon
  const { random, sign, domain } = self
  const shifted = {
    ...body,
    finalisedHeight: Math.max(0, body.finalisedHeight + random.between(-5, 50)),
    wallClockMs: body.wallClockMs + random.between(-30_000, 30_000),
  }
  const beacon = { ...shifted, signer, signature: sign(beaconBytes(shifted, domain)) }
  const echo = { ...message.echo, receivedAtMs: message.echo.receivedAtMs + 10_000 }
  return { type: 'beacon', beacon, echo }
}

/** Another place, and votes of the receiver that it never gave: signed by the liar instead. */
const falseStatus = (self: Dishonest, status: Status): Status => {
  const { random } = self
  const { finalised, yourLatestVotes, view } = status
  const [known] = yourLatestVotes
  const ballot = { kind: 'nullify', epoch: status.epoch, view } as const
  const invented = known && { ...signedVote(self, ballot), signer: known.signer }
  return {
    ...status,
    view: random.chance(0.5) ? view : Math.max(1, view + random.between(-3, 90)),
    finalised: { ...finalised, height: finalised.height + random.below(40) },
    yourLatestVotes: invented === undefined || random.chance(0.5) ? [] : [invented],
    hasWork: random.chance(0.5),
  }
}
