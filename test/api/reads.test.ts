import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { BeforeCopyError } from '#api/ports/before-copy.ts'
import type { OpenPayment } from '#api/ports/submissions.ts'
import { cursorOf, positionOf } from '#api/schemas/list.ts'
import { hashOf } from '#protocol/hash.ts'
import { BALANCE_PROOF_FORMAT, type BalanceProof } from '#protocol/proof/balance-proof.ts'
import { RECEIPT_FORMAT, type Receipt } from '#protocol/proof/receipt.ts'
import {
  ASSET,
  asset,
  at,
  event,
  fakeHealth,
  fakeLedger,
  HEIGHT,
  healthReport,
  idOf,
  paymentId,
  TIME,
  TIME_MS,
  TOKEN,
  WALLET,
} from './fake-ports.ts'
import { get, openServer, post } from './open-server.ts'

const NODE = 'A'.repeat(43)
const FINALITY = { header: 'AAAA', certificate: 'AAAA' }
const RECEIPT: Receipt = {
  format: RECEIPT_FORMAT,
  hash: hashOf(new Uint8Array(1)),
  transaction: 'a.b.c',
  outcome: 'applied',
  index: 3,
  path: NODE,
  finality: FINALITY,
}
const PROOF: BalanceProof = {
  format: BALANCE_PROOF_FORMAT,
  family: 8,
  slot: 1,
  count: 2,
  record: '{}',
  path: NODE,
  place: 0,
  families: 1,
  familyPath: NODE,
  finality: { ...FINALITY, descendant: { header: 'AAAA', path: NODE } },
}

describe('a receipt', () => {
  const ask = async (value: Receipt | 'pending' | 'unrecorded' | 'unsettled' | undefined) => {
    const app = await openServer({ ledger: fakeLedger({ receipt: async () => at(value) }) })
    return get(app, `/v1/transactions/${paymentId()}/receipt`)
  }

  test('comes as the verifier takes it', async () => {
    const answer = await ask(RECEIPT)
    expect(answer.statusCode).toBe(200)
    expect(answer.json()).toEqual(RECEIPT)
  })

  test.each([
    [undefined, 'record_unknown', false],
    ['pending', 'receipt_pending', true],
    ['unrecorded', 'receipt_absent', false],
  ] as const)('of what is %s: 404 %s', async (value, code, retryable) => {
    const answer = await ask(value)
    expect(answer.json()).toMatchObject({ status: 404, code, retryable, paymentId: paymentId() })
  })
})

test.each([
  '/v1/blocks/7',
  `/v1/transactions/${paymentId()}`,
  `/v1/transactions/${paymentId()}/receipt`,
])('%s of before the copy of this node: 404 before_copy', async (path) => {
  const never = async (): Promise<never> => {
    throw new BeforeCopyError(100)
  }
  const ledger = fakeLedger({ block: never, transaction: never, receipt: never })
  const answer = await get(await openServer({ ledger }), path)
  expect(answer.json()).toMatchObject({ status: 404, code: 'before_copy', retryable: false })
})

describe('what may have been told before a start', () => {
  const unsettled = async () => at('unsettled' as const)

  test.each(['', '/receipt'])('%s: 503 node_starting', async (path) => {
    const ledger = fakeLedger({ transaction: unsettled, receipt: unsettled })
    const answer = await get(await openServer({ ledger }), `/v1/transactions/${paymentId()}${path}`)
    expect(answer.json()).toMatchObject({ status: 503, code: 'node_starting', retryable: true })
    expect(answer.headers['retry-after']).toBe('1')
  })
})

describe('wallets', () => {
  const paths = ['', '/balances', '/history', `/proof?asset=${ASSET}`]

  test.each(paths)('%s of another place: 403', async (path) => {
    const walletAccess = async () => 'denied' as const
    const app = await openServer({ ledger: fakeLedger({ walletAccess }) })
    const answer = await get(app, `/v1/wallets/${WALLET}${path}`)
    expect(answer.json()).toMatchObject({ status: 403, code: 'wallet_not_readable' })
  })

  test.each(paths)('%s of nobody: 404', async (path) => {
    const answer = await get(await openServer(), `/v1/wallets/${idOf('wal', 9)}${path}`)
    expect(answer.json()).toMatchObject({ status: 404, code: 'record_unknown' })
  })

  test('show balances with unit and scale', async () => {
    const answer = await get(await openServer(), `/v1/wallets/${WALLET}/balances`)
    expect(answer.json()).toEqual({
      items: [
        {
          asset: ASSET,
          code: 'BAR',
          unit: 'EUR',
          scale: 2,
          available: 1_350,
          held: 0,
          totalIn: 2_000,
          totalOut: 650,
        },
      ],
      height: HEIGHT,
      time: TIME,
    })
  })

  test("show their own changes, not the other side's", async () => {
    const other = { wallet: idOf('wal', 2), asset: ASSET, change: -650 }
    const movements = [...event().movements, other]
    const history = async () => at({ items: [event({ movements })] })
    const app = await openServer({ ledger: fakeLedger({ history }) })
    const answer = await get(app, `/v1/wallets/${WALLET}/history`)
    expect(answer.json().items).toEqual([
      {
        id: paymentId(),
        kind: 'sale',
        place: event().place,
        changes: [{ asset: ASSET, change: 650 }],
        height: HEIGHT,
        index: 3,
        time: TIME,
      },
    ])
  })

  test('prove a balance', async () => {
    const balanceProof = vi.fn(async () => at(PROOF))
    const app = await openServer({ ledger: fakeLedger({ balanceProof }) })
    const answer = await get(app, `/v1/wallets/${WALLET}/proof?asset=${ASSET}`)
    expect(answer.json()).toEqual(PROOF)
    expect(balanceProof).toHaveBeenCalledWith(WALLET, ASSET)
  })

  test('prove no balance while the node has too much to do: 503, to come back', async () => {
    const app = await openServer({ ledger: fakeLedger({ balanceProof: async () => at('busy') }) })
    const answer = await get(app, `/v1/wallets/${WALLET}/proof?asset=${ASSET}`)
    expect(answer.json()).toMatchObject({ status: 503, code: 'node_overloaded', retryable: true })
    expect(answer.headers['retry-after']).toBe('1')
  })
})

describe('lists', () => {
  test('give each item once, page after page, by their links', async () => {
    const app = await openServer()
    const heights: number[] = []
    let url: string | undefined = '/v1/blocks?limit=10'
    while (url !== undefined) {
      const answer = await get(app, url)
      heights.push(...answer.json().items.map((item: { height: number }) => item.height))
      url = /^<([^>]+)>; rel="next"$/.exec(String(answer.headers['link'] ?? ''))?.[1]
    }
    expect(heights).toEqual(Array.from({ length: HEIGHT + 1 }, (_, n) => HEIGHT - n))
  })

  test('go on where they were while the ledger grows', async () => {
    const grown = Array.from({ length: 9 }, (_, n) => asset(n + 1))
    let count = 4
    const assets = async () => at(grown.slice(0, count))
    const app = await openServer({ ledger: fakeLedger({ assets }) })
    const first = (await get(app, '/v1/assets?limit=3')).json()
    count = 9
    const second = (await get(app, `/v1/assets?limit=3&after=${first.next}`)).json()
    const ids = [...first.items, ...second.items].map((item: { id: string }) => item.id)
    expect(ids).toEqual(grown.slice(0, 6).map(({ id }) => id))
  })

  test('that may have been told already are not listed: 503 node_starting', async () => {
    const open = async () => 'unsettled' as const
    const app = await openServer({ submissions: { submit: vi.fn(), open } })
    const answer = await get(app, '/v1/payments?state=open')
    expect(answer.json()).toMatchObject({ status: 503, code: 'node_starting', retryable: true })
    expect(answer.headers['retry-after']).toBe('1')
  })

  test('keep their filters in the link', async () => {
    const open = async (): Promise<readonly OpenPayment[]> => [
      {
        id: paymentId(),
        status: 'pending',
        kind: 'sale',
        till: 'bar-1',
        sinceMs: TIME_MS,
        expiresAtMs: TIME_MS + 1,
      },
    ]
    const app = await openServer({ submissions: { submit: vi.fn(), open } })
    const answer = await get(app, '/v1/payments?state=open&till=bar-1&limit=1')
    expect(answer.headers['link']).toBe(
      `</v1/payments?state=open&till=bar-1&limit=1&after=${paymentId()}>; rel="next"`,
    )
    expect(answer.json().items).toEqual([
      {
        id: paymentId(),
        status: 'pending',
        kind: 'sale',
        till: 'bar-1',
        since: TIME,
        expires: '2026-06-21T18:04:05.124Z',
      },
    ])
  })

  test('ask for the open payments of the place and till', async () => {
    const open = vi.fn(async () => [])
    const app = await openServer({ submissions: { submit: vi.fn(), open } })
    await get(app, `/v1/payments?state=open&till=bar-2&after=${paymentId()}`)
    expect(open).toHaveBeenCalledWith({
      place: idOf('plc'),
      till: 'bar-2',
      limit: 50,
      after: paymentId(),
    })
  })

  test('have cursors that say a position, and only ours', () => {
    const position = fc.record({
      height: fc.maxSafeNat(),
      index: fc.maxSafeNat(),
    })
    fc.assert(
      fc.property(position, (given) => {
        expect(positionOf(cursorOf(given))).toEqual(given)
      }),
    )
    fc.assert(
      fc.property(fc.string(), (text) => {
        const read = positionOf(text)
        expect(read === undefined || cursorOf(read) === text).toBe(true)
      }),
    )
  })
})

describe('records', () => {
  test.each([
    [`/v1/assets/${ASSET}`, { id: ASSET, supply: 2_000 }],
    [`/v1/places/${idOf('plc')}`, { name: 'Au bon coin' }],
    ['/v1/authorities', { epoch: 1, members: [{ index: 0, peerId: 'peer1' }] }],
    ['/v1/blocks/7', { height: 7, transactions: 0, sealing: false }],
    ['/v1/network', { id: idOf('net'), quorum: 1, height: HEIGHT, time: TIME }],
    [`/v1/wallets/${WALLET}`, { id: WALLET, kind: 'place' }],
  ])('%s', async (url, part) => {
    const answer = await get(await openServer(), url)
    expect(answer.statusCode).toBe(200)
    expect(answer.json()).toMatchObject(part)
  })

  test.each([`/v1/assets/${idOf('ast', 9)}`, `/v1/places/${idOf('plc', 9)}`, '/v1/blocks/43'])(
    '%s does not exist: 404',
    async (url) => {
      const answer = await get(await openServer(), url)
      expect(answer.json()).toMatchObject({ status: 404, code: 'record_unknown' })
    },
  )

  test('of a place do not show its key or payout reference', async () => {
    const answer = await get(await openServer(), `/v1/places/${idOf('plc')}`)
    expect(answer.json()).not.toHaveProperty('payoutReference')
    expect(answer.json()).not.toHaveProperty('key')
  })
})

describe('a transaction signed elsewhere', () => {
  test.each([
    ['application/jose', 'a.b.c'],
    ['application/json', JSON.stringify({ transaction: 'a.b.c' })],
  ])('is submitted as %s, byte for byte, without a credential', async (type, payload) => {
    const submit = vi.fn(async () => ({ kind: 'turned_away', code: 'malformed' }) as const)
    const app = await openServer({ submissions: { submit, open: async () => [] } })
    const headers = { 'content-type': type }
    const answer = await app.inject({ method: 'POST', url: '/v1/transactions', payload, headers })
    expect(answer.json()).toMatchObject({ status: 400, code: 'malformed' })
    expect(submit).toHaveBeenCalledWith('a.b.c', {
      waitMs: 5_000,
      signal: expect.any(AbortSignal),
    })
  })

  test('with a credential that does not hold is not submitted', async () => {
    const answer = await post(
      await openServer(),
      '/v1/transactions',
      { transaction: 'a.b.c' },
      { authorization: `Bearer ${TOKEN}x` },
    )
    expect(answer.statusCode).toBe(401)
  })
})

describe('health', () => {
  test.each([
    ['online', 200],
    ['leases_only', 200],
    ['stalled', 503],
    ['amnesia', 503],
    ['blocked', 503],
  ] as const)('in mode %s is ready: %i', async (mode, status) => {
    const report = () => healthReport({ mode })
    const app = await openServer({ health: fakeHealth({ report }) })
    const answer = await app.inject({ method: 'GET', url: '/readyz' })
    expect(answer.statusCode).toBe(status)
    const body = answer.json()
    expect(status === 200 ? body : body.health).toEqual(healthReport({ mode }))
  })

  test('before the start is alive, not started and not ready', async () => {
    const app = await openServer({ health: fakeHealth({ started: () => false }) })
    const status = async (url: string) => (await app.inject({ method: 'GET', url })).statusCode
    expect(await status('/livez')).toBe(200)
    expect(await status('/startupz')).toBe(503)
    expect(await status('/readyz')).toBe(503)
    expect(await status('/v1/network')).toBe(503)
  })

  test('has figures for Prometheus', async () => {
    const answer = await get(await openServer(), '/metrics')
    expect(answer.headers['content-type']).toContain('version=0.0.4')
    expect(answer.body).toBe('kermesse_height 42\n')
  })
})
