import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod'
import type { App } from './app.ts'
import { finished } from './document.ts'

/** Version of the HTTP API: paths are under /v1, and only ever grow. */
const API_VERSION = '1.0.0'

const DESCRIPTION = `What tills and people talk to. Money is an integer in the asset's smallest units. Errors are
\`application/problem+json\` (RFC 9457) with a stable \`code\`. A payment has exactly one outcome: make its id (UUIDv7)
before you first send it, and send the same id again whenever you do not know the answer. A till shows "declined" only
on 422 or 410; after a 202, a 5xx or a broken connection it asks again. Every answer names the height of this node's
ledger in \`X-Ledger-Height\`, and the mode of the node in \`X-Node-Mode\`: \`online\`, \`leases_only\` while it is cut off
or the ledger stands still and it has leases to take payments from, or why it takes none.`

const SIGNED_REQUEST = `\`JWS \` and a compact JWS (EdDSA, \`typ\` \`kermesse-request+jwt\`) by the caller's own key,
over \`aud\` (the node's peer id), \`method\`, \`path\` with its query, \`body\` (SHA-256 in hex, where there is one),
\`grant\` (of a till), \`iat\`, \`exp\` (within a minute) and a new \`jti\`. Used once.`

/** Collects the routes into an OpenAPI document, and shows it at /docs from this node alone. */
export const describeRoutes = async (app: App, submissionWaitMs: number): Promise<void> => {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Kermesse',
        version: API_VERSION,
        description: DESCRIPTION,
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: '/' }],
      components: {
        securitySchemes: {
          apiKey: {
            type: 'http',
            scheme: 'bearer',
            description: 'An API key of a place, `krm_live_…`, bound to a grant on the ledger.',
          },
          signedRequest: {
            type: 'apiKey',
            in: 'header',
            name: 'Authorization',
            description: SIGNED_REQUEST,
          },
        },
      },
    },
    transform: jsonSchemaTransform,
    transformObject: (given) =>
      JSON.parse(finished(JSON.stringify(jsonSchemaTransformObject(given)), submissionWaitMs)),
  })
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    uiConfig: { validatorUrl: null, docExpansion: 'list' },
    staticCSP: CONTENT_SECURITY_POLICY,
  })
}

/** Everything from this node; the page's own styles are inline, its scripts are not. */
const CONTENT_SECURITY_POLICY = {
  'default-src': "'none'",
  'base-uri': "'none'",
  'connect-src': "'self'",
  'font-src': "'self' data:",
  'form-action': "'none'",
  'frame-ancestors': "'none'",
  'img-src': "'self' data:",
  'script-src': "'self'",
  'style-src': "'self' 'unsafe-inline'",
}
