import { z } from 'zod'
import { refuse } from '../answer.ts'
import { type App, BEARER } from '../app.ts'
import { COMMON_CODES } from '../codes.ts'
import type { Door } from '../door.ts'
import { READY_MODES } from '../ports/health.ts'
import { problemResponses } from '../problem/problem.ts'
import { HealthView, healthView } from '../schemas/health.ts'

const Alive = z.strictObject({ alive: z.literal(true) }).meta({ id: 'Alive' })

/** Probes, without a credential and without a limit; and figures, with one. */
export const registerHealth = (app: App, door: Door): void => {
  app.route({
    method: 'GET',
    url: '/livez',
    schema: {
      operationId: 'isAlive',
      tags: ['health'],
      summary: 'The process answers',
      security: [],
      response: { 200: Alive },
    },
    handler: async (_request, reply) => reply.code(200).send({ alive: true }),
  })

  app.route({
    method: 'GET',
    url: '/startupz',
    schema: {
      operationId: 'hasStarted',
      tags: ['health'],
      summary: 'The ledger is loaded and served',
      security: [],
      response: { 200: HealthView, ...problemResponses(['not_started']) },
    },
    handler: async (_request, reply) => {
      const { health } = door.ports
      if (health.started()) return reply.code(200).send(healthView(health.report()))
      return refuse(reply, 'not_started')
    },
  })

  app.route({
    method: 'GET',
    url: '/readyz',
    schema: {
      operationId: 'isReady',
      tags: ['health'],
      summary: 'This node can take a payment now',
      security: [],
      response: { 200: HealthView, ...problemResponses(['not_started', 'not_ready']) },
    },
    handler: async (_request, reply) => {
      if (!door.ports.health.started()) return refuse(reply, 'not_started')
      const health = healthView(door.ports.health.report())
      if (!READY_MODES.has(health.mode)) return refuse(reply, 'not_ready', { facts: { health } })
      return reply.code(200).send(health)
    },
  })

  app.route({
    method: 'GET',
    url: '/metrics',
    onRequest: door.requires('read'),
    schema: {
      operationId: 'getMetrics',
      tags: ['health'],
      summary: "The node's figures in Prometheus text format",
      security: BEARER,
      produces: ['text/plain'],
      response: { 200: z.string(), ...problemResponses(COMMON_CODES) },
    },
    handler: async (_request, reply) => {
      const text = await door.ports.metrics.text()
      return reply.code(200).type(door.ports.metrics.contentType).serializer(String).send(text)
    },
  })
}
