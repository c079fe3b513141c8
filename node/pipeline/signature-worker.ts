import { parentPort } from 'node:worker_threads'
import { verifySignature } from '#signature'
import { type CheckAnswer, type CheckQuestion, FIXED_BYTES } from './signature-question.ts'

const answerOf = ({ id, lengths, bytes }: CheckQuestion): CheckAnswer => {
  const held = new Uint8Array(lengths.length)
  let offset = 0
  for (const [index, length] of lengths.entries()) {
    const key = bytes.subarray(offset, offset + 32)
    const signature = bytes.subarray(offset + 32, offset + FIXED_BYTES)
    const message = bytes.subarray(offset + FIXED_BYTES, offset + FIXED_BYTES + length)
    held[index] = verifySignature(signature, message, key) ? 1 : 0
    offset += FIXED_BYTES + length
  }
  return { id, held }
}

parentPort?.on('message', (question: CheckQuestion) => {
  parentPort?.postMessage(answerOf(question))
})
