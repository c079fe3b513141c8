import { describe, expect, test } from 'vitest'
import { memoryJournal } from '#api/client/journal.ts'
import { bodyTextIn, idInText, signedRequests, signerOfSeed } from '#api/client/signer.ts'
import { openTill, type Till } from '#api/client/till.ts'
import { sha256Hex } from '#digest'
import { utf8 } from '#protocol/bytes.ts'
import { DEFAULT_PARAMETERS } from '#protocol/genesis.ts'
import { encodeId, NetworkId } from '#protocol/id.ts'
import { parseTransaction } from '#protocol/transaction/parse.ts'
import { cardIdOfSecret } from '#protocol/transaction/tag.ts'
import { verifyTransaction } from '#protocol/transaction/verify.ts'
import { publicKeyOf, verifySignature } from '#signature'
import { ASSET, CARD, idOf, PLACE } from '../fake-ports.ts'
import { json, networkAt, viewOf } from './hostile-node.ts'
import { type VirtualWorld, virtualWorld } from './virtual-world.ts'

const NETWORK = idOf('net')
const SEED = new Uint8Array(32).fill(7)
const signer = signerOfSeed(SEED, { network: NETWORK, place: PLACE, grant: idOf('grt') })

/** A till with a key of its own, before a node that applies what it is sent. */
const open = async (): Promise<{ till: Till; world: VirtualWorld; texts: string[] }> => {
  const texts: string[] = []
  const world = virtualWorld({
    fetch: async (url, request) => {
      if (url.endsWith('/v1/network')) return json(200, JSON.stringify(networkAt(0)))
      const text = String(request.body)
      texts.push(text)
      return json(201, JSON.stringify(viewOf(idInText(text) ?? '', 'applied')))
    },
  })
  const till = await openTill({ url: 'http://node.test', journal: memoryJournal(), signer, world })
  return { till, world, texts }
}

/** What a node makes of a text: its body, signer and consents, or why it turns it away. */
const judged = (text: string) => {
  const parsed = parseTransaction(text, NetworkId.parse(NETWORK))
  if (!parsed.ok) return parsed.code
  return verifyTransaction(parsed, verifySignature)
}

describe('a till with a key of its own', () => {
  const orders: Record<string, readonly [(till: Till) => Promise<unknown>, object]> = {
    'a sale': [
      (till) => till.pay({ payers: [{ card: CARD }], amount: 650 }),
      { kind: 'sale', payers: [{ card: CARD }], amount: 650, unit: 'EUR', scale: 2 },
    ],
    'a refund': [
      (till) => till.refund('0197930c-9c00-7000-8000-000000000001', { amount: 5 }),
      { kind: 'refund', sale: '0197930c-9c00-7000-8000-000000000001', amount: 5 },
    ],
    'a top-up': [
      (till) => till.topUp({ card: CARD, asset: ASSET, amount: 2_000 }),
      { kind: 'issue', asset: ASSET, amount: 2_000, to: { card: CARD } },
    ],
    'a cancellation': [
      (till) => till.cancel('0197930c-9c00-7000-8000-000000000002'),
      { kind: 'payment.cancel' },
    ],
    'anything else': [
      (till) =>
        till.submit({
          body: { kind: 'card.activate', place: PLACE, grant: idOf('grt'), card: CARD },
        }),
      { kind: 'card.activate', card: CARD },
    ],
  }
  test.each(Object.entries(orders))('signs %s as nodes want it', async (_, [ask, body]) => {
    const { till, world, texts } = await open()
    await world.finish(ask(till))
    const [text = ''] = texts
    const transaction = judged(text)
    expect(transaction).toMatchObject({
      signer: encodeId('key', publicKeyOf(SEED)),
      body: { place: PLACE, grant: idOf('grt'), ...body },
    })
  })

  test('signs a cancellation until its id lapses, so that its end is the payment’s too', async () => {
    const { till, world, texts } = await open()
    const id = '0197930c-9c00-7000-8000-000000000002'
    await world.finish(till.cancel(id))
    const lapsesMs = 0x0197930c9c00 + DEFAULT_PARAMETERS.validityMs.place
    expect(judged(texts[0] ?? '')).toMatchObject({ expMs: Math.floor(lapsesMs / 1_000) * 1_000 })
  })

  test('a card that shows its secret agrees in its own signature, and the secret stays here', async () => {
    const { till, world, texts } = await open()
    const secret = '00112233445566778899aabbccddeeff'
    await world.finish(till.pay({ payers: [{ secret }], amount: 650 }))
    const [text = ''] = texts
    const card = cardIdOfSecret(Uint8Array.from(Buffer.from(secret, 'hex')))
    expect(judged(text)).toMatchObject({
      body: { payers: [{ card }] },
      consents: [{ agree: { kind: 'sale', place: PLACE, max: 650 } }],
    })
    expect(Buffer.from(text.split('.')[1] ?? '', 'base64url').toString()).not.toContain('00112233')
  })

  test.each([
    ['a tag', { payers: [{ tag: '04A1B2C3' }], amount: 1 }, 'tags_not_supported'],
    ['a secret that is none', { payers: [{ secret: 'short' }], amount: 1 }, 'secret_malformed'],
  ])('%s is refused before anything is written', async (_, order, code) => {
    const { till, world, texts } = await open()
    await expect(world.finish(till.pay(order))).rejects.toMatchObject({ code })
    expect([texts, till.open()]).toEqual([[], []])
  })

  test('the first signed text is the one that is sent again', async () => {
    const texts: string[] = []
    const world = virtualWorld({
      fetch: async (_, request) => {
        texts.push(String(request.body))
        throw new TypeError('fetch failed')
      },
    })
    const journal = memoryJournal()
    const till = await openTill({ url: 'http://node.test', journal, signer, world })
    const id = till.newId()
    const order = { id, payers: [{ card: CARD }], amount: 650 }
    await expect(world.finish(till.pay(order))).rejects.toMatchObject({ code: 'outcome_unknown' })
    await expect(world.finish(till.pay(order))).rejects.toMatchObject({ code: 'outcome_unknown' })
    expect(new Set(texts)).toHaveLength(1)
    const other = till.pay({ ...order, amount: 651 })
    await expect(world.finish(other)).rejects.toMatchObject({ code: 'id_reused' })
    expect(bodyTextIn(texts[0] ?? '')).toContain('"amount":650')
  })
})

describe('requests that a till signs', () => {
  test('are what nodes ask for, each another one', async () => {
    const credential = signedRequests(signer, 'peer-of-the-node')
    const about = { method: 'POST', path: '/v1/payments?a=1', body: '{"x":1}' } as const
    const asked = { ...about, origin: 'http://node.test', nowMs: 1_800_000_000_000 }
    const tokens = [await credential(asked), await credential(asked)].map(
      ({ authorization = '' }) => authorization.replace(/^JWS /, ''),
    )
    expect(new Set(tokens)).toHaveLength(2)
    const [header = '', payload = '', signature = ''] = (tokens[0] ?? '').split('.')
    const jsonIn = (text: string): unknown => JSON.parse(Buffer.from(text, 'base64url').toString())
    expect(jsonIn(header)).toEqual({ alg: 'EdDSA', kid: signer.key, typ: 'kermesse-request+jwt' })
    expect(jsonIn(payload)).toEqual({
      ...{ aud: 'peer-of-the-node', method: 'POST', path: '/v1/payments?a=1' },
      ...{ body: sha256Hex(utf8('{"x":1}')), grant: idOf('grt'), iat: 1_799_999_995 },
      ...{ exp: 1_800_000_055, jti: expect.stringMatching(/^[0-9a-f-]{36}$/) },
    })
    const bytes = Uint8Array.from(Buffer.from(signature, 'base64url'))
    expect(verifySignature(bytes, utf8(`${header}.${payload}`), publicKeyOf(SEED))).toBe(true)
  })
})
