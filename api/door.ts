import { getEventListeners } from 'node:events'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { PlaceId } from '#protocol/id.ts'
import { type Access, createGuards, type DoorRates, type Guards, visitorOf } from './guard.ts'
import type { Caller, Reader } from './ports/caller.ts'
import type { Ports } from './ports/ports.ts'
import { waitMsOf } from './wait.ts'

/** Runs before a request goes on: either `done` is called, or the request is answered here. */
export type Guard = (request: FastifyRequest, reply: FastifyReply, done: () => void) => void

/** What the routes share: the node behind the door, who may pass, and what ends when it closes. */
export type Door = {
  readonly ports: Ports
  readonly requires: (access: Access) => Guard
  /** Whether the credential that a request was let in with would pass now; for what goes on for long. */
  readonly isAdmitted: (access: Access, request: FastifyRequest) => boolean
  readonly countSigned: Guards['countSigned']
  /** How long its sender waits for an outcome. */
  readonly waitMs: (request: FastifyRequest) => number
  /** Aborts when the client goes away or the door closes. */
  readonly patience: (reply: Pick<FastifyReply, 'raw'>) => AbortSignal
  /** Ends every wait and stream. */
  readonly close: () => void
}

/** Why a wait ends. One for all: making an error for each request costs more than the request. */
const OVER = new Error('nobody waits any more')

export type DoorSettings = {
  readonly rates: DoorRates
  /** How long a submission waits for its outcome when its sender does not say. */
  readonly submissionWaitMs: number
}

export const createDoor = (ports: Ports, { rates, submissionWaitMs }: DoorSettings): Door => {
  const { guard, isAdmitted, countSigned } = createGuards(ports, rates)
  const waiting = new Set<AbortController>()
  let closed = false
  return {
    ports,
    requires: (access) => (request, reply, done) => {
      if (guard(access, request, reply) === undefined) done()
    },
    isAdmitted,
    countSigned,
    waitMs: ({ headers }) => waitMsOf(headers['prefer'], submissionWaitMs),
    patience: (reply) => {
      const controller = new AbortController()
      // A client that has left already closes no second time.
      if (closed || reply.raw.destroyed) {
        controller.abort(OVER)
        return controller.signal
      }
      waiting.add(controller)
      const { raw } = reply
      const { signal } = controller
      raw.once('close', () => {
        waiting.delete(controller)
        // Nobody waits for what is answered, as nearly all is: then nobody is told, which is dear.
        const isAnswered = raw.writableFinished && getEventListeners(signal, 'abort').length === 0
        if (!isAnswered) controller.abort(OVER)
      })
      return signal
    },
    close: () => {
      closed = true
      for (const controller of waiting) controller.abort(OVER)
    },
  }
}

/** The key of a place that the guard let in. Only in routes that require one. */
export const callerOf = (request: FastifyRequest): Caller => {
  const visitor = visitorOf(request)
  if ('owns' in visitor) throw new Error('a route for places let a holder in')
  return visitor
}

/** In whose eyes a request reads. Only in routes that require a credential. */
export const readerOf = (request: FastifyRequest): Reader => {
  const visitor = visitorOf(request)
  return 'owns' in visitor ? visitor.owns : { place: visitor.place }
}

/** The place whose books the credential may read; undefined: it is told only what everybody is. */
export const readingPlaceOf = (request: FastifyRequest): PlaceId | undefined => {
  const visitor = visitorOf(request)
  return 'owns' in visitor || !visitor.actions.includes('read') ? undefined : visitor.place
}
