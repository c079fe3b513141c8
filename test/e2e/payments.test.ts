import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { v7 } from 'uuid'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { encodeId } from '#protocol/id.ts'
import { verifyReceipt } from '#protocol/proof/receipt.ts'
import { command } from '#scripts/federation/command.ts'
import type { LocalFederation } from '#scripts/federation/local-federation.ts'
import { trustOf } from '#scripts/festival/receipts.ts'
import { verifySignature } from '#signature'
import { openFederation, venueOf } from '../support/federation.ts'
import { type OwnSigner, openSigner } from '../support/federation-signer.ts'
import { FederationTill, newTag, saidBy } from '../support/federation-till.ts'

const Blocked = z.object({ transaction: z.object({ height: z.int() }) })

let directory: string
let federation: LocalFederation
let blue: FederationTill
let green: FederationTill
let signer: OwnSigner

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kermesse-e2e-'))
  federation = await openFederation(directory)
  blue = new FederationTill(venueOf(federation, 0))
  green = new FederationTill(venueOf(federation, 1))
  signer = await openSigner(federation, venueOf(federation, 0))
})

afterAll(async () => {
  blue?.close()
  green?.close()
  await federation?.stop()
  await rm(directory, { recursive: true, force: true, maxRetries: 3 })
})

describe('the main job', () => {
  test('a card is activated, topped up, pays, and the receipt is proven without a node', async () => {
    const face = { tag: newTag() }
    const payment = v7()
    expect((await blue.client.post('/v1/cards', { ...face, activate: true })).status).toBe(201)
    expect((await blue.topUp(face, 2_000)).status).toBe(201)
    const paid = await blue.pay(face, 650, payment)
    expect(paid).toMatchObject({ status: 201, body: { status: 'applied', amount: 650 } })
    const account = await blue.client.get(`/v1/cards/${face.tag}`)
    expect(account).toMatchObject({ status: 200, body: { balances: [{ available: 1_350 }] } })
    const receipt = await blue.receipt(payment)
    const facts = verifyReceipt(receipt.body, trustOf(federation.genesisFile), verifySignature)
    expect(facts).toMatchObject({ ok: true, outcome: 'applied' })
    const file = join(directory, 'receipt.json')
    await writeFile(file, JSON.stringify(receipt.body))
    const verified = await command('receipt', 'verify', file, '--genesis', federation.genesisFile)
    expect(verified).toMatchObject({ proven: true, id: payment, amount: 650 })
  })

  test('a secret card pays, gets its money back, and not twice', async () => {
    const card = await blue.newCard('secret', 1_000)
    const payment = v7()
    expect((await blue.pay(card.face, 1_000, payment)).status).toBe(201)
    expect((await blue.refund(payment)).status).toBe(201)
    expect(await blue.balance(card.id)).toBe(1_000)
    expect(saidBy(await blue.refund(payment))).toBe('already_refunded')
  })
})

describe('one payment id', () => {
  test('50 submissions at once at both venues are one charge with equal answers', async () => {
    const card = await blue.newCard('weak', 5_000)
    const text = signer.sale({ card: card.id, amount: 100 })
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        (index % 2 === 0 ? blue : green).client.post('/v1/transactions', text),
      ),
    )
    expect(new Set(answers.map(({ status }) => (status < 202 ? 'applied' : status)))).toEqual(
      new Set(['applied']),
    )
    expect(new Set(answers.map(({ body }) => JSON.stringify(body)))).toHaveLength(1)
    expect(await blue.balance(card.id)).toBe(4_900)
  })

  test('the same order again is the same answer, another order is id_reused', async () => {
    const card = await blue.newCard('weak', 1_000)
    const id = v7()
    const first = await blue.pay(card.face, 300, id)
    const second = await blue.pay(card.face, 300, id)
    expect(second).toEqual({ ...first, status: 200, replayed: true })
    expect(await blue.pay(card.face, 301, id)).toMatchObject({
      status: 409,
      body: { code: 'id_reused' },
    })
    expect(await blue.balance(card.id)).toBe(700)
  })

  test('cancelled before it arrives, a late original is cancelled and charges nothing', async () => {
    const card = await blue.newCard('weak', 1_000)
    const id = v7()
    expect(await blue.cancel(id)).toMatchObject({ status: 200, body: { status: 'cancelled' } })
    expect(await blue.pay(card.face, 100, id)).toMatchObject({
      status: 410,
      body: { code: 'cancelled' },
    })
    const late = signer.sale({ card: card.id, amount: 100, id })
    const answer = await green.client.post('/v1/transactions', late)
    expect(answer.status).toBeGreaterThanOrEqual(400)
    expect(await blue.balance(card.id)).toBe(1_000)
  })

  test('a payment that was first cannot be cancelled', async () => {
    const card = await blue.newCard('weak', 1_000)
    const id = v7()
    await blue.pay(card.face, 100, id)
    expect(await blue.cancel(id)).toMatchObject({ status: 409, body: { code: 'already_applied' } })
    expect(await blue.balance(card.id)).toBe(900)
  })
})

describe('refused, with its code', () => {
  test('more than the card has, and what is missing', async () => {
    const card = await blue.newCard('weak', 100)
    expect(await blue.pay(card.face, 250)).toMatchObject({
      status: 422,
      body: { code: 'insufficient_funds', missingAmount: 150 },
    })
    expect(await blue.balance(card.id)).toBe(100)
  })

  test('a secret card that the venue never saw', async () => {
    const card = await blue.newCard('secret', 1_000)
    expect(saidBy(await blue.pay({ card: card.id }, 100))).toBe('card_consent_missing')
    const text = signer.sale({ card: card.id, amount: 100 })
    expect(saidBy(await green.client.post('/v1/transactions', text))).toBe('card_consent_missing')
    expect(await blue.balance(card.id)).toBe(1_000)
  })

  test('a weak card beyond its day at that place', async () => {
    const card = await blue.newCard('weak', 20_000)
    for (const amount of [5_000, 5_000]) {
      expect((await blue.pay(card.face, amount)).status).toBe(201)
    }
    expect(saidBy(await blue.pay(card.face, 1))).toBe('mandate_cap_exceeded')
    expect(await blue.balance(card.id)).toBe(10_000)
  })

  test('a card that the other venue blocked', async () => {
    const tag = newTag()
    const { directory: folder } = venueOf(federation, 0)
    const batch = ['--batch', 'shared', '--federation', '--activate']
    await command('card', 'register', tag, '--directory', folder, ...batch)
    await blue.topUp({ tag }, 1_000)
    expect((await blue.pay({ tag }, 100)).status).toBe(201)
    const blocked = await green.client.post(`/v1/cards/${tag}/block`, {})
    expect(blocked).toMatchObject({ status: 201, body: { transaction: { status: 'applied' } } })
    expect(saidBy(await green.pay({ tag }, 100))).toBe('card_blocked')
    const { transaction } = Blocked.parse(blocked.body)
    await blue.client.get(`/v1/network?minHeight=${transaction.height}`)
    expect(saidBy(await blue.pay({ tag }, 100))).toBe('card_blocked')
  })

  test('another network’s transaction, an expired one, and a changed byte', async () => {
    const card = await blue.newCard('weak', 1_000)
    const elsewhere = encodeId('net', new Uint8Array(32).fill(9))
    const sale = { card: card.id, amount: 100 }
    const post = async (text: string) => saidBy(await blue.client.post('/v1/transactions', text))
    const flipped = signer.sale(sale).replace(/.$/, (last) => (last === 'A' ? 'Q' : 'A'))
    expect(await post(signer.sale({ ...sale, exp: 1_000_000_000 }))).toBe('expired')
    expect(['signature_invalid', 'malformed']).toContain(await post(flipped))
    expect(await post(signer.sale({ ...sale, network: elsewhere }))).toBe('wrong_network')
    expect(await blue.balance(card.id)).toBe(1_000)
  })
})

describe('the door', () => {
  test('nothing is readable without a credential but what is public', async () => {
    const { apiUrl } = venueOf(federation, 0)
    const statuses = new Map<string, number>()
    for (const path of [
      ...['/livez', '/readyz', '/v1/network', '/openapi.json', '/docs'],
      ...['/v1/places', '/v1/assets', '/v1/blocks', '/v1/payments?state=open', '/v1/events'],
    ]) {
      const response = await fetch(`${apiUrl}${path}`)
      await response.body?.cancel()
      statuses.set(path, response.status)
    }
    expect([...statuses.values()]).toEqual([200, 200, 200, 200, 200, 401, 401, 401, 401, 401])
  })

  test('a key works at its own node only', async () => {
    const { apiKey } = venueOf(federation, 0)
    const { apiUrl } = venueOf(federation, 1)
    const response = await fetch(`${apiUrl}/v1/assets`, {
      headers: { authorization: `Bearer ${apiKey}` },
    })
    expect(await response.json()).toMatchObject({
      status: 401,
      code: expect.stringMatching(/^credential_/),
    })
  })
})
