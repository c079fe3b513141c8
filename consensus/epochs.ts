import type { ConsensusMessage } from '#protocol/chain/message.ts'
import { memoryOf } from './amnesia.ts'
import { onCertificate } from './certificates.ts'
import { mayHelp } from './help.ts'
import { endOfEpoch, messageEpoch } from './past-epochs.ts'
import { type Core, cancelTimer, emit } from './state.ts'
import { sendStatus, statusFor } from './status-exchange.ts'

/**
 * The sealing block is final here. Nothing is signed in this epoch any more; once the store holds the
 * block, so that no restart comes back to this epoch, the next one may begin.
 */
export const awaitEnd = (core: Core): void => {
  const { end } = core.chain
  for (const timer of [...core.timers.keys()]) cancelTimer(core, timer)
  if (end === undefined || core.durable.height < end.header.height) return
  core.ended = true
  emit(core, { type: 'endEpoch', end, memory: memoryOf(core) })
}

/**
 * Upon a member's word of another epoch, which no vote of ours counts in. It is told how an earlier one
 * ended; of a later one we ask how ours did.
 */
export const onOtherEpoch = (core: Core, from: number, epoch: number): void => {
  if (epoch > core.config.epoch) {
    sendStatus(core, from, true)
    return
  }
  const message = endOfEpoch(core.config.past, epoch)
  if (message !== undefined && mayHelp(core, from)) emit(core, { type: 'send', to: from, message })
}

/**
 * The same with a node that is no member here: of a set before ours, or after it. Certificates count by
 * their signatures, whoever brings them.
 */
export const onStranger = (core: Core, to: string, message: ConsensusMessage): void => {
  const { epoch, past } = core.config
  const theirs = messageEpoch(message)
  if (theirs === epoch) {
    if (message.type === 'certificate') onCertificate(core, message.certificate, 'stranger')
    return
  }
  const answer: ConsensusMessage | undefined =
    theirs > epoch
      ? { type: 'status', status: statusFor(core, undefined, true) }
      : endOfEpoch(past, theirs)
  if (answer !== undefined) emit(core, { type: 'answerStranger', to, message: answer })
}
