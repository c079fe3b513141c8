import { Worker } from 'node:worker_threads'
import { idBytes } from '#protocol/id.ts'
import type { SignatureClaim } from '#protocol/transaction/envelope.ts'
import type { ParsedTransaction } from '#protocol/transaction/parse.ts'
import { judgeSignatures } from '#protocol/transaction/verify.ts'
import type { SignatureChecker } from './ingress.ts'
import { type CheckAnswer, type CheckQuestion, FIXED_BYTES } from './signature-question.ts'

export type WorkerChecker = {
  readonly check: SignatureChecker
  readonly stop: () => Promise<void>
}

type Waiting = {
  readonly parsed: readonly ParsedTransaction[]
  readonly done: Parameters<SignatureChecker>[1]
}

/** Checks in threads of their own, for machines with cores to spare; questions go round in turn. */
export const createWorkerChecker = (
  threads: number,
  onFailure: (error: Error) => void,
): WorkerChecker => {
  const waiting = new Map<number, Waiting>()
  let lastId = 0

  const onAnswer = ({ id, held }: CheckAnswer): void => {
    const question = waiting.get(id)
    if (question === undefined) return
    waiting.delete(id)
    let next = 0
    question.done(
      question.parsed.map((each) => {
        const from = next
        next += each.claims.length
        return judgeSignatures(each, Array.from(held.subarray(from, next), Boolean))
      }),
    )
  }

  const workers = Array.from({ length: threads }, () => {
    const worker = new Worker(new URL('./signature-worker.ts', import.meta.url))
    worker.on('message', onAnswer)
    worker.on('error', (error) => onFailure(error instanceof Error ? error : new Error('worker')))
    return worker
  })

  return {
    check: (parsed, done) => {
      lastId += 1
      waiting.set(lastId, { parsed, done })
      const question = questionOf(
        lastId,
        parsed.flatMap(({ claims }) => claims),
      )
      workers[lastId % threads]?.postMessage(question, [question.bytes.buffer])
    },
    stop: async () => {
      await Promise.all(workers.map((worker) => worker.terminate()))
    },
  }
}

/** Key, signature and message of each claim, one after the other in one transferable buffer. */
const questionOf = (id: number, claims: readonly SignatureClaim[]): CheckQuestion => {
  const lengths = Uint32Array.from(claims, ({ message }) => message.length)
  const total = lengths.reduce((sum, length) => sum + FIXED_BYTES + length, 0)
  const bytes = new Uint8Array(total)
  let offset = 0
  for (const { key, signature, message } of claims) {
    bytes.set(idBytes(key), offset)
    bytes.set(signature, offset + 32)
    bytes.set(message, offset + FIXED_BYTES)
    offset += FIXED_BYTES + message.length
  }
  return { id, lengths, bytes }
}
