import type { Ports } from './ports/ports.ts'
import { createServer } from './server.ts'

/** The OpenAPI 3.1 document of this API, as `/openapi.json` answers it. Needs no node. */
const openApiDocument = async (): Promise<object> => {
  const app = await createServer({ ports: NO_NODE })
  await app.ready()
  const document = app.swagger()
  await app.close()
  return document
}

/** The document as it is kept in git: one text for one document. */
export const openApiText = async (): Promise<string> =>
  `${JSON.stringify(await openApiDocument(), null, 2)}\n`

/** Describing the routes asks nothing of a node. */
const NO_NODE: Ports = {
  get books() {
    return unneeded()
  },
  get credentials() {
    return unneeded()
  },
  get desk() {
    return unneeded()
  },
  get events() {
    return unneeded()
  },
  get health() {
    return unneeded()
  },
  get holds() {
    return unneeded()
  },
  get ledger() {
    return unneeded()
  },
  get metrics() {
    return unneeded()
  },
  get pairings() {
    return unneeded()
  },
  get requests() {
    return unneeded()
  },
  get placeBooks() {
    return unneeded()
  },
  get rights() {
    return unneeded()
  },
  get submissions() {
    return unneeded()
  },
  get webhooks() {
    return unneeded()
  },
  get clock() {
    return unneeded()
  },
}

function unneeded(): never {
  throw new Error('the OpenAPI document is made without a node')
}
