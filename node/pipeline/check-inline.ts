import type { VerifySignature } from '#protocol/signature.ts'
import { verifyAll } from '#protocol/transaction/verify.ts'
import type { SignatureChecker } from './ingress.ts'

/** Checks on the node's own thread: best where several nodes share the cores. */
export const createInlineChecker =
  (verify: VerifySignature): SignatureChecker =>
  (parsed, done) =>
    done(verifyAll(parsed, verify))
