import { z } from 'zod'
import { AssetId, PlaceId } from '#protocol/id.ts'
import { linkNext, refuse, stamped } from '../answer.ts'
import { type App, BEARER_OR_SIGNED } from '../app.ts'
import { READ_CODES } from '../codes.ts'
import type { Door } from '../door.ts'
import { problemResponses } from '../problem/problem.ts'
import { ListQuery, pageOf, pageQueryOf, ReadQuery } from '../schemas/list.ts'
import { AssetPage, PlacePage, pageView } from '../schemas/pages.ts'
import { AssetView, assetView, PlaceView, placeView } from '../schemas/records.ts'

const LIST_PROBLEMS = problemResponses([...READ_CODES, 'cursor_invalid'])
const RECORD_PROBLEMS = problemResponses([...READ_CODES, 'record_unknown'])

/** Currencies and places: what every member of the network may see. */
export const registerRecords = (app: App, door: Door): void => {
  listAssets(app, door)
  readAsset(app, door)
  listPlaces(app, door)
  readPlace(app, door)
}

const listAssets = (app: App, door: Door): void => {
  app.route({
    method: 'GET',
    url: '/v1/assets',
    onRequest: door.requires('member'),
    schema: {
      operationId: 'listAssets',
      tags: ['network'],
      summary: 'Every currency, oldest first',
      security: BEARER_OR_SIGNED,
      querystring: ListQuery,
      response: { 200: AssetPage, ...LIST_PROBLEMS },
    },
    handler: async (request, reply) => {
      const found = await door.ports.ledger.assets()
      const page = pageOf(found.value, pageQueryOf(request.query))
      const view = pageView({ ...found, value: page }, assetView)
      stamped(reply, found)
      linkNext(request, reply, view.next)
      return reply.code(200).send(view)
    },
  })
}

const readAsset = (app: App, door: Door): void => {
  app.route({
    method: 'GET',
    url: '/v1/assets/:id',
    onRequest: door.requires('member'),
    schema: {
      operationId: 'getAsset',
      tags: ['network'],
      summary: 'A currency',
      security: BEARER_OR_SIGNED,
      params: z.strictObject({ id: AssetId }),
      querystring: ReadQuery,
      response: { 200: AssetView, ...RECORD_PROBLEMS },
    },
    handler: async (request, reply) => {
      const found = await door.ports.ledger.asset(request.params.id)
      stamped(reply, found)
      if (found.value === undefined) return refuse(reply, 'record_unknown')
      return reply.code(200).send(assetView(found.value))
    },
  })
}

const listPlaces = (app: App, door: Door): void => {
  app.route({
    method: 'GET',
    url: '/v1/places',
    onRequest: door.requires('member'),
    schema: {
      operationId: 'listPlaces',
      tags: ['network'],
      summary: 'Every place, oldest first',
      security: BEARER_OR_SIGNED,
      querystring: ListQuery,
      response: { 200: PlacePage, ...LIST_PROBLEMS },
    },
    handler: async (request, reply) => {
      const found = await door.ports.ledger.places()
      const page = pageOf(found.value, pageQueryOf(request.query))
      const view = pageView({ ...found, value: page }, placeView)
      stamped(reply, found)
      linkNext(request, reply, view.next)
      return reply.code(200).send(view)
    },
  })
}

const readPlace = (app: App, door: Door): void => {
  app.route({
    method: 'GET',
    url: '/v1/places/:id',
    onRequest: door.requires('member'),
    schema: {
      operationId: 'getPlace',
      tags: ['network'],
      summary: 'A place',
      security: BEARER_OR_SIGNED,
      params: z.strictObject({ id: PlaceId }),
      querystring: ReadQuery,
      response: { 200: PlaceView, ...RECORD_PROBLEMS },
    },
    handler: async (request, reply) => {
      const found = await door.ports.ledger.place(request.params.id)
      stamped(reply, found)
      if (found.value === undefined) return refuse(reply, 'record_unknown')
      return reply.code(200).send(placeView(found.value))
    },
  })
}
