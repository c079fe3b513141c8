import { createServer, type Server } from 'node:http'
import { afterEach, expect, test } from 'vitest'
import { ApiClient } from '#scripts/festival/api-client.ts'
import { askOutcome, settleOrder, type Verdict } from '#scripts/festival/verdict.ts'

type Said = { readonly status: number; readonly body: object } | 'nothing'

/** A node that says one thing after the other, and the last of it again and again. */
const node = async (...script: readonly Said[]) => {
  const asked: string[] = []
  const server = createServer((request, response) => {
    const said = script[Math.min(asked.length, script.length - 1)] ?? 'nothing'
    asked.push(`${request.method} ${request.url}`)
    if (said === 'nothing') {
      response.destroy()
      return
    }
    response.writeHead(said.status, { 'content-type': 'application/json' })
    response.end(JSON.stringify(said.body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const apiUrl = `http://127.0.0.1:${address.port}`
  const client = new ApiClient({ apiUrl, connectionsMax: 1 })
  open.push({ server, client })
  return { client, asked }
}

const open: { readonly server: Server; readonly client: ApiClient }[] = []
afterEach(() => {
  for (const { server, client } of open.splice(0)) {
    client.close()
    server.close()
  }
})

const ORDER = { path: '/v1/payments', id: 'id', body: { id: 'id' } }
const problem = (status: number, code: string, facts: object = {}): Said => ({
  status,
  body: { status, code, ...facts },
})
const captured = { id: 'id', status: 'captured', amount: 30, lease: 'hold' }
const CAPTURED: Verdict = { status: 'captured', amount: 30, lease: 'hold' }
const PENDING: Said = { status: 202, body: { id: 'id', status: 'pending' } }
const KNOWN: readonly (readonly [string, Said, Verdict])[] = [
  ['taken from a lease', { status: 201, body: captured }, CAPTURED],
  [
    'a cancellation of what is captured',
    problem(409, 'already_applied', { outcome: captured }),
    CAPTURED,
  ],
  [
    'a loss of the venue',
    problem(410, 'capture_lost', { outcome: { id: 'id', status: 'lost', code: 'hold_over' } }),
    { status: 'lost', code: 'hold_over' },
  ],
  [
    'no ledger',
    problem(503, 'ledger_required'),
    { status: 'unavailable', code: 'ledger_required' },
  ],
  ['no lease', problem(503, 'lease_missing'), { status: 'unavailable', code: 'lease_missing' }],
  [
    'not enough in it',
    problem(503, 'lease_insufficient'),
    { status: 'unavailable', code: 'lease_insufficient' },
  ],
]

test.each(KNOWN)('the one answer of a node without a link: %s', async (_, said, verdict) => {
  const { client, asked } = await node(said)
  expect(await settleOrder(client, ORDER)).toEqual(verdict)
  expect(asked).toEqual(['POST /v1/payments'])
})

const KEPT: readonly (readonly [string, Said])[] = [
  ['had no answer', 'nothing'],
  ['was accepted', PENDING],
  ['failed in the node', problem(500, 'internal_error')],
]

test.each(KEPT)('an order that %s is asked for until it has an outcome', async (_, first) => {
  const lacking = problem(503, 'lease_missing')
  const { client, asked } = await node(first, lacking, lacking, { status: 200, body: captured })
  expect(await settleOrder(client, ORDER)).toEqual(CAPTURED)
  expect(asked.length).toBeGreaterThanOrEqual(4)
})

test('a busy node keeps nothing: what it cannot do afterwards is not done', async () => {
  const { client } = await node(problem(503, 'node_blocked'), problem(503, 'lease_missing'))
  const verdict = await settleOrder(client, ORDER)
  expect(verdict).toEqual({ status: 'unavailable', code: 'lease_missing' })
})

test('what became of a captured payment is asked for by its id', async () => {
  const { client, asked } = await node(
    { status: 200, body: captured },
    problem(503, 'node_starting'),
    { status: 200, body: { id: 'id', status: 'lost', code: 'hold_over' } },
  )
  expect(await askOutcome(client, 'id')).toEqual(CAPTURED)
  expect(await askOutcome(client, 'id')).toBeUndefined()
  expect(await askOutcome(client, 'id')).toEqual({ status: 'lost', code: 'hold_over' })
  expect(new Set(asked)).toEqual(new Set(['GET /v1/transactions/id']))
})
