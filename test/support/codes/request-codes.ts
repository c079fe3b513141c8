import { v7 } from 'uuid'
import { BODY_BYTES_MAX, NEWCOMER_RATE, STREAMS_PER_CREDENTIAL_MAX } from '#api/limits.ts'
import { newTag } from '../federation-till.ts'
import { type CodeRow, codeIn } from './answers.ts'
import { answeredTo } from './raw-request.ts'
import type { Venues } from './venues.ts'

const SUBMISSION = { method: 'POST', url: '/v1/transactions' } as const
/** Higher than any ledger of a test gets. */
const HEIGHT = 1_000_000_000
const HEADER_CHARACTERS = 65_536

const headOf = (...lines: readonly string[]): string =>
  `${[`${SUBMISSION.method} ${SUBMISSION.url} HTTP/1.1`, 'host: node', ...lines].join('\r\n')}\r\n\r\n`

/** Requests that are wrong as such, too large, too slow or too many. */
export const REQUEST_CODES: readonly CodeRow<Venues>[] = [
  {
    code: 'request_timeout',
    how: 'a body of which a byte comes and no more',
    heard: ({ blue: { venue } }) =>
      answeredTo(
        venue.apiUrl,
        SUBMISSION,
        `${headOf('content-type: application/jose', 'content-length: 100')}e`,
      ),
  },
  {
    code: 'headers_too_large',
    how: 'a header of 64 KiB',
    heard: ({ blue: { venue } }) =>
      answeredTo(venue.apiUrl, SUBMISSION, headOf(`x-note: ${'a'.repeat(HEADER_CHARACTERS)}`)),
  },
  {
    code: 'height_not_reached',
    how: 'a read of a height that no ledger has',
    heard: ({ blue }) => blue.manager.get(`/v1/assets?minHeight=${HEIGHT}`),
  },
  {
    code: 'request_invalid',
    how: 'a sale of less than nothing',
    heard: ({ blue }) => {
      const sale = { id: v7(), payers: [{ tag: newTag() }], amount: -1 }
      return blue.manager.post('/v1/payments', sale)
    },
  },
  {
    code: 'body_unreadable',
    how: 'a body that ends within a JSON object',
    heard: ({ blue }) =>
      blue.manager.ask({
        path: '/v1/payments',
        body: '{"id":',
        headers: { 'content-type': 'application/json' },
      }),
  },
  {
    code: 'media_type_unsupported',
    how: 'a sale in XML',
    heard: ({ blue }) =>
      blue.manager.ask({
        path: '/v1/payments',
        body: '<sale amount="650"/>',
        headers: { 'content-type': 'application/xml' },
      }),
  },
  {
    code: 'too_large',
    how: 'a transaction larger than the largest',
    heard: ({ blue }) => blue.stranger.post('/v1/transactions', 'a'.repeat(BODY_BYTES_MAX + 1)),
  },
  {
    code: 'cursor_invalid',
    how: 'a page after what is no cursor',
    heard: ({ blue }) => blue.manager.get('/v1/assets?after=yesterday'),
  },
  {
    code: 'idempotency_key_mismatch',
    how: 'a sale under one id with another in Idempotency-Key',
    heard: ({ blue }) =>
      blue.manager.ask({
        path: '/v1/payments',
        body: { id: v7(), payers: [{ tag: newTag() }], amount: 100 },
        headers: { 'idempotency-key': v7() },
      }),
  },
  {
    code: 'record_unknown',
    how: 'the outcome of a payment that nobody asked for',
    heard: ({ blue }) => blue.manager.get(`/v1/transactions/${v7()}`),
  },
  {
    code: 'route_unknown',
    how: 'an address that no resource has',
    heard: ({ blue }) => blue.manager.get('/v1/taxes'),
  },
  {
    code: 'method_not_allowed',
    how: 'a payment to be deleted',
    heard: ({ blue }) => blue.manager.ask({ method: 'DELETE', path: '/v1/payments' }),
  },
  {
    code: 'rate_limited',
    how: 'four times as many newcomers at once as a node hears',
    heard: async ({ green }) => {
      const pairing = () => green.stranger.post('/v1/pairings', { code: 'AAAA-AAAA-AAAA-AAAA' })
      const answers = await Promise.all(Array.from({ length: 4 * NEWCOMER_RATE.burst }, pairing))
      return answers.find((each) => codeIn(each) === 'rate_limited') ?? (await pairing())
    },
  },
  {
    code: 'streams_exhausted',
    how: 'one event stream more than an API key may have',
    heard: async ({ green }) => {
      const { token } = await green.newApiKey(['read'])
      const closing = new AbortController()
      const headers = { authorization: `Bearer ${token}` }
      for (let open = 0; open < STREAMS_PER_CREDENTIAL_MAX; open += 1) {
        await fetch(`${green.venue.apiUrl}/v1/events`, { headers, signal: closing.signal })
      }
      const answer = await green.as(token).get('/v1/events')
      closing.abort()
      return answer
    },
  },
]
