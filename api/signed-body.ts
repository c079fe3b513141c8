import type { FastifyReply, FastifyRequest } from 'fastify'
import { type Hash, hashOfText } from '#protocol/hash.ts'
import { refuse } from './answer.ts'
import type { OpenedRequest } from './ports/caller.ts'

/** What the body of a signed request must be, and what it is. */
type Seal = { readonly signed: Hash | undefined; found?: Hash }

/** The body of this request must be what was signed. */
export const sealBody = (request: FastifyRequest, { bodyHash }: OpenedRequest): void => {
  const seal: Seal = { signed: bodyHash }
  request.setDecorator('seal', seal)
}

/** Notes the text of a body as it came. */
export const noteBody = (request: FastifyRequest, text: string): void => {
  const seal = sealOf(request)
  if (seal !== undefined && text !== '') seal.found = hashOfText(text)
}

/** Runs once a body is read: that of a signed request is the signed one, or none. */
export const checkBody = (request: FastifyRequest, reply: FastifyReply, done: () => void): void => {
  const seal = sealOf(request)
  if (seal === undefined || seal.found === seal.signed) done()
  else refuse(reply, 'request_signature_invalid')
}

const sealOf = (request: FastifyRequest): Seal | undefined =>
  request.getDecorator<Seal | undefined>('seal')
