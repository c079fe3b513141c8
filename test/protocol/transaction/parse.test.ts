import { describe, expect, test } from 'vitest'
import { units } from '#protocol/amount.ts'
import { keyOfCard } from '#protocol/derive.ts'
import { hashOf } from '#protocol/hash.ts'
import { deriveId } from '#protocol/id.ts'
import { LARGE_TRANSACTION_BYTES_MAX, TRANSACTION_BYTES_MAX } from '#protocol/limits.ts'
import type { Kind } from '#protocol/transaction/kinds/transaction-body.ts'
import { parseTransaction } from '#protocol/transaction/parse.ts'
import { signConsent, signTransaction } from '#protocol/transaction/sign.ts'
import { verifyTransaction } from '#protocol/transaction/verify.ts'
import { verifySignature } from '#signature'
import { forge, headerText, payloadText } from './forge.ts'
import {
  EXP,
  HOLDER,
  JTI,
  NETWORK,
  OTHER_JTI,
  OTHER_NETWORK,
  SAMPLE_AGREEMENTS,
  SAMPLE_BODIES,
  TILL,
} from './samples.ts'

const signing = {
  networkId: NETWORK,
  signerKey: TILL.key,
  sign: TILL.sign,
  exp: EXP,
  jti: JTI,
}
const consenting = { ...signing, signerKey: HOLDER.key, sign: HOLDER.sign }
const consent = signConsent({ ...consenting, agree: SAMPLE_AGREEMENTS.sale })

const codeOf = (text: string) => {
  const parsed = parseTransaction(text, NETWORK)
  return parsed.ok ? 'ok' : parsed.code
}

describe('what is signed is what is read', () => {
  const kinds = Object.values(SAMPLE_BODIES)

  test.each(kinds)('$kind', (body) => {
    const text = signTransaction({ ...signing, body })
    const parsed = parseTransaction(text, NETWORK)
    if (!parsed.ok) throw new Error(`${parsed.code} ${parsed.detail} ${parsed.pointer}`)
    expect(parsed.transaction).toEqual({
      text,
      hash: hashOf(new TextEncoder().encode(text)),
      size: text.length,
      signer: TILL.key,
      jti: JTI,
      expMs: EXP * 1000,
      body,
      consents: [],
    })
    expect(verifyTransaction(parsed, verifySignature)).toBe(parsed.transaction)
  })

  test.each(kinds)('$kind without any one member, or with one more, is another answer', (body) => {
    for (const name of Object.keys(body)) {
      const less = Object.fromEntries(Object.entries(body).filter(([member]) => member !== name))
      const parsed = parseTransaction(forge(headerText(), payloadText({ tx: less })), NETWORK)
      if (parsed.ok) expect(parsed.transaction.body).toEqual(less)
      else expect(parsed.code).toBe('malformed')
    }
    expect(codeOf(forge(headerText(), payloadText({ tx: { ...body, more: 1 } })))).toBe('malformed')
  })

  test('consents stand beside the body, their signatures beside its own', () => {
    const text = signTransaction({ ...signing, body: SAMPLE_BODIES.sale, consents: [consent] })
    const parsed = parseTransaction(text, NETWORK)
    if (!parsed.ok) throw new Error(parsed.detail)
    expect(parsed.transaction.consents).toEqual([
      { signer: HOLDER.key, expMs: EXP * 1000, agree: SAMPLE_AGREEMENTS.sale },
    ])
    expect(parsed.claims.map(({ key }) => key)).toEqual([TILL.key, HOLDER.key])
    expect(verifyTransaction(parsed, verifySignature)).toBe(parsed.transaction)
  })

  test.each(Object.values(SAMPLE_AGREEMENTS))('a consent to $kind', (agree) => {
    const consents = [signConsent({ ...consenting, agree })]
    const text = signTransaction({ ...signing, body: SAMPLE_BODIES.sale, consents })
    const parsed = parseTransaction(text, NETWORK)
    expect(parsed.ok && parsed.transaction.consents).toEqual([
      { signer: HOLDER.key, expMs: EXP * 1000, agree },
    ])
  })

  test('the signed bytes are the ASCII text up to the second dot', () => {
    const text = signTransaction({ ...signing, body: SAMPLE_BODIES.sale })
    const parsed = parseTransaction(text, NETWORK)
    if (!parsed.ok) throw new Error(parsed.detail)
    expect(new TextDecoder().decode(parsed.claims[0].message)).toBe(
      text.slice(0, text.lastIndexOf('.')),
    )
  })
})

describe('size comes first', () => {
  const junk = (length: number) => '.'.repeat(length)
  const padded = (kind: Kind, length: number) => {
    const empty = forge(headerText(), payloadText({ tx: { kind, pad: '' } })).length
    const pad = 'x'.repeat(Math.ceil(((length - empty) * 3) / 4))
    return forge(headerText(), payloadText({ tx: { kind, pad } }))
  }

  test.each([
    ['any text beyond the largest kind', junk(LARGE_TRANSACTION_BYTES_MAX + 1), 'too_large'],
    ['nonsense of the largest size', junk(LARGE_TRANSACTION_BYTES_MAX), 'malformed'],
    ['a sale beyond its limit, before its form', padded('sale', 4_200), 'too_large'],
    ['a batch of that size', padded('batch', 4_200), 'malformed'],
    ['a registration of that size', padded('card.register', 4_200), 'malformed'],
  ] as const)('%s', (_, text, code) => {
    expect(codeOf(text)).toBe(code)
  })

  test('a registration of 500 cards fits, one of 501 does not', () => {
    const cards = Array.from({ length: 501 }, (_, index) => deriveId('crd', `card ${index}`))
    const { claims: _, ...register } = SAMPLE_BODIES['card.register']
    const text = (count: number) =>
      signTransaction({ ...signing, body: { ...register, cards: cards.slice(0, count) } })
    expect(codeOf(text(500))).toBe('ok')
    expect(codeOf(text(501))).toBe('malformed')
  })

  test('a registration of 360 cards with claims fits, one of 361 is malformed', () => {
    const cards = Array.from({ length: 361 }, (_, index) => deriveId('crd', `card ${index}`))
    const claims = cards.map(keyOfCard)
    const text = (count: number) => {
      const some = { cards: cards.slice(0, count), claims: claims.slice(0, count) }
      return signTransaction({ ...signing, body: { ...SAMPLE_BODIES['card.register'], ...some } })
    }
    expect(text(360).length).toBeLessThan(LARGE_TRANSACTION_BYTES_MAX)
    expect(codeOf(text(360))).toBe('ok')
    expect(codeOf(text(361))).toBe('malformed')
  })

  test('a sale by two cards with both consents fits', () => {
    const second = signConsent({ ...signing, agree: SAMPLE_AGREEMENTS.sale })
    const consents = [consent, second]
    const text = signTransaction({ ...signing, body: SAMPLE_BODIES.sale, consents })
    expect(text.length).toBeLessThan(TRANSACTION_BYTES_MAX)
    expect(codeOf(text)).toBe('ok')
  })
})

describe('one text for one content', () => {
  const header = headerText()
  const payload = payloadText()
  const good = forge(header, payload)
  const [first = '', second = '', third = ''] = good.split('.')
  const sale = JSON.stringify(SAMPLE_BODIES.sale)

  test.each([
    ['nothing', ''],
    ['two segments', `${first}.${second}`],
    ['four segments', `${good}.`],
    ['an empty header', `.${second}.${third}`],
    ['padding', `${first}=.${second}.${third}`],
    ['white space before', ` ${good}`],
    ['white space behind', `${good}\n`],
    ['a character beyond ASCII', `${first}.${second}.é${third.slice(1)}`],
    ['the other base64 alphabet', `${first}.${second}.${'+'.repeat(86)}`],
    ['spare bits set in the signature', `${first}.${second}.${third.slice(0, 85)}B`],
    ['a signature of 63 bytes', `${first}.${second}.${third.slice(0, 84)}`],
    ['a signature of 66 bytes', `${first}.${second}.${third}AA`],
    ['a payload that is no UTF-8', `${first}.${'_'.repeat(8)}.${third}`],
    ['a payload that is no JSON', forge(header, payload.slice(1))],
    ['a payload that is null', forge(header, 'null')],
    ['a payload that is a list', forge(header, '[]')],
    ['white space in the payload', forge(header, payload.replace(':', ': '))],
    ['a byte order mark', forge(header, `\uFEFF${payload}`)],
    ['a member twice', forge(header, payload.replace('{"aud"', `{"exp":${EXP},"aud"`))],
    ['a needless escape', forge(header, payload.replace('"EUR"', '"\\u0045UR"'))],
    ['another form of a number', forge(header, payload.replace(':650', ':650.0'))],
    ['an exponent', forge(header, payload.replace(':650', ':65e1'))],
    ['minus zero', forge(header, payload.replace('"scale":2', '"scale":-0'))],
    ['__proto__ in the payload', forge(header, payload.replace('{', '{"__proto__":{},'))],
    ['__proto__ in the body', forge(header, payload.replace('"tx":{', '"tx":{"__proto__":{},'))],
    ['constructor in the body', forge(header, payload.replace('"tx":{', '"tx":{"constructor":1,'))],
    ['nesting without end', forge(header, '['.repeat(20_000) + ']'.repeat(20_000))],
    ['a body under another name', forge(header, payload.replace('"tx"', '"body"'))],
    ['a body that is text', forge(header, payload.replace(sale, '"sale"'))],
    ['a kind of tomorrow', forge(header, payload.replace('"sale"', '"sail"'))],
    ['no algorithm', forge(headerText({ alg: undefined }), payload)],
    ['the algorithm none', forge(headerText({ alg: 'none' }), payload)],
    ['another algorithm', forge(headerText({ alg: 'ES256' }), payload)],
    ['another type', forge(headerText({ typ: 'JWT' }), payload)],
    ['the type of a consent', forge(headerText({ typ: 'kermesse-consent+jwt' }), payload)],
    ['one more header member', forge(headerText({ crit: ['b64'] }), payload)],
    ['a header member twice', forge(header.replace('{', '{"alg":"EdDSA",'), payload)],
    ['a signer of another kind', forge(headerText({ kid: NETWORK }), payload)],
    ['a signer mistyped', forge(header.replace(TILL.key.slice(-4), 'qqqq'), payload)],
    ['an expiry with fractions', forge(header, payloadText({ exp: EXP + 0.5 }))],
    ['an expiry before the epoch', forge(header, payloadText({ exp: -1 }))],
    ['an id that is no UUIDv7', forge(header, payloadText({ jti: JTI.replace('-7', '-4') }))],
    [
      'an id in upper case',
      forge(header, payloadText({ jti: '0197F000-0000-7000-8000-00000000000A' })),
    ],
    ['an empty list of consents', forge(header, payloadText({ consents: [] }))],
    ['nine consents', forge(header, payloadText({ consents: Array(9).fill('x') }))],
    ['a consent that is no JWS', forge(header, payloadText({ consents: ['x'] }))],
    ['a transaction as consent', forge(header, payloadText({ consents: [good] }))],
  ])('%s is malformed', (_, text) => {
    expect(codeOf(text)).toBe('malformed')
  })

  test('both names of the algorithm are its name', () => {
    expect(codeOf(forge(headerText({ alg: 'EdDSA' }), payload))).toBe('ok')
    expect(codeOf(forge(headerText({ alg: 'Ed25519' }), payload))).toBe('ok')
  })

  test('the order of members is the signer’s choice', () => {
    const { aud, exp, jti, tx } = JSON.parse(payload)
    expect(codeOf(forge(header, JSON.stringify({ tx, jti, exp, aud })))).toBe('ok')
  })

  test('a fault says where', () => {
    const tx = { ...SAMPLE_BODIES.sale, amount: 0 }
    expect(parseTransaction(forge(header, payloadText({ tx })), NETWORK)).toMatchObject({
      code: 'malformed',
      pointer: '/tx/amount',
    })
    const sick = forge(headerText({ typ: 'kermesse-consent+jwt' }), '{}')
    expect(
      parseTransaction(forge(header, payloadText({ consents: [consent, sick] })), NETWORK),
    ).toMatchObject({ code: 'malformed', pointer: '/consents/1/aud' })
  })
})

describe('bodies that contradict themselves are malformed', () => {
  const { place: _, ...cancelWithoutPlace } = SAMPLE_BODIES['payment.cancel']
  const { place: __, ...blockWithoutPlace } = SAMPLE_BODIES['card.block']
  const { place: ___, ...issueWithoutPlace } = SAMPLE_BODIES.issue
  const reference = '0'.repeat(64)
  const [card] = SAMPLE_BODIES['card.register'].cards
  const { asset } = SAMPLE_BODIES.issue

  test.each([
    ['a cancellation by a grant of no place', cancelWithoutPlace],
    ['a block by a grant of no place', blockWithoutPlace],
    ['an issue by a grant of no place', { ...issueWithoutPlace, reference }],
    ['an issue by a place with a reference', { ...SAMPLE_BODIES.issue, reference }],
    ['an issue without both', { ...issueWithoutPlace, grant: undefined }],
    ['a card registered twice at once', { ...SAMPLE_BODIES['card.register'], cards: [card, card] }],
    ['an action granted twice', { ...SAMPLE_BODIES['grant.issue'], actions: ['sale', 'sale'] }],
    ['an asset debited twice', { ...SAMPLE_BODIES.sale, assets: [asset, asset] }],
    ['a class debited twice', { ...SAMPLE_BODIES['place.register'], debitOrder: ['gift', 'gift'] }],
    ['a node that is no peer id', { ...SAMPLE_BODIES['place.register'], nodes: ['12D3KooW0'] }],
    [
      'a payer that is card and wallet',
      { ...SAMPLE_BODIES.sale, payers: [{ ...{ card }, wallet: '' }] },
    ],
    ['an amount of nothing', { ...SAMPLE_BODIES.sale, amount: 0 }],
    ['an amount beyond exact numbers', { ...SAMPLE_BODIES.sale, amount: 2 ** 53 }],
    ['an amount in parts', { ...SAMPLE_BODIES.sale, amount: 6.5 }],
    ['an amount in text', { ...SAMPLE_BODIES.sale, amount: '650' }],
    ['a sale in a batch', { kind: 'batch', operations: [SAMPLE_BODIES.sale] }],
    ['a batch in a batch', { kind: 'batch', operations: [SAMPLE_BODIES.batch] }],
    ['a batch of nothing', { kind: 'batch', operations: [] }],
    ['a name with a line break', { ...SAMPLE_BODIES['asset.create'], name: 'a\nb' }],
    ['a name with half a character', { ...SAMPLE_BODIES['asset.create'], name: 'a\uD800b' }],
  ])('%s', (_name, tx) => {
    expect(codeOf(forge(headerText(), payloadText({ tx })))).toBe('malformed')
  })

  test('what needs no place needs no grant', () => {
    const cancel = { kind: 'payment.cancel' as const }
    expect(codeOf(signTransaction({ ...signing, body: cancel }))).toBe('ok')
  })
})

describe('each text belongs to one network and one payment', () => {
  const foreign = signConsent({
    ...consenting,
    networkId: OTHER_NETWORK,
    agree: SAMPLE_AGREEMENTS.sale,
  })
  const astray = signConsent({ ...consenting, jti: OTHER_JTI, agree: SAMPLE_AGREEMENTS.sale })
  const body = SAMPLE_BODIES.sale

  test.each([
    ['another network', { networkId: OTHER_NETWORK }, [], 'wrong_network'],
    [
      'another network, before its consents',
      { networkId: OTHER_NETWORK },
      [astray],
      'wrong_network',
    ],
    ['a consent for another network', {}, [foreign], 'consent_invalid'],
    ['a consent for another payment', {}, [consent, astray], 'consent_invalid'],
  ] as const)('%s', (_, changes, consents, code) => {
    expect(codeOf(signTransaction({ ...signing, ...changes, body, consents }))).toBe(code)
  })

  test('an amount is read in the unit of the signer', () => {
    const { lines: _, ...plain } = body
    const text = signTransaction({ ...signing, body: { ...plain, amount: units(1) } })
    const parsed = parseTransaction(text, NETWORK)
    expect(parsed.ok && parsed.transaction.body).toMatchObject({ amount: 1 })
  })
})
