import type { Finalization } from '#protocol/chain/certificate.ts'
import type { ConsensusMessage } from '#protocol/chain/message.ts'

/** The epoch that a message speaks of. */
export const messageEpoch = (message: ConsensusMessage): number => {
  switch (message.type) {
    case 'vote':
      return message.vote.epoch
    case 'certificate':
      return message.certificate.epoch
    case 'proposal':
      return message.proposal.header.epoch
    case 'status':
      return message.status.epoch
    case 'beacon':
      return message.beacon.epoch
    case 'certificateRequest':
      return message.epoch
  }
}

/** What ends an earlier epoch for whoever is still in it: the finalization of its sealing block. */
export const endOfEpoch = (
  past: readonly Finalization[],
  epoch: number,
): ConsensusMessage | undefined => {
  const certificate = past.find((finalization) => finalization.epoch === epoch)
  return certificate && { type: 'certificate', certificate }
}
