import { describe, expect, test } from 'vitest'
import { encodeId } from '#protocol/id.ts'
import { LARGE_TRANSACTION_BYTES_MAX, TRANSACTION_BYTES_MAX } from '#protocol/limits.ts'
import { isSmallOrder } from '#protocol/small-order.ts'
import type { Agreement } from '#protocol/transaction/consent.ts'
import type { AuthorityChange } from '#protocol/transaction/kinds/authority.ts'
import type { TransactionBody } from '#protocol/transaction/kinds/transaction-body.ts'
import { parseTransaction } from '#protocol/transaction/parse.ts'
import { signConsent, signTransaction } from '#protocol/transaction/sign.ts'
import { verifyTransaction } from '#protocol/transaction/verify.ts'
import { verifySignature } from '#signature'
import { authority, consentTo, readyOf } from '#test/support/authority-builders.ts'
import edges from '../../vectors/signature-edge-cases.json' with { type: 'json' }
import { forge, headerText, payloadText } from './forge.ts'
import { EXP, JTI, NETWORK, SAMPLE_AGREEMENTS, SAMPLE_BODIES } from './samples.ts'

const thirty = Array.from({ length: 30 }, (_, index) => authority(`a${index}`))
const four = thirty.slice(0, 4)
const [first] = thirty
if (first === undefined) throw new Error('nobody')
const { operator } = first

const membersOf = (to: typeof thirty) => to.map(({ member }) => member)

const changeTo = (to: typeof thirty, edit: Partial<AuthorityChange> = {}): AuthorityChange => {
  const members = membersOf(to)
  const said = { height: 900_000_000, version: 1 }
  const ready = to.map((by) => readyOf(by, { epoch: 2, members, networkId: NETWORK }, said))
  return { kind: 'authority.change', epoch: 2, members, ready, ...edit }
}

const signing = { networkId: NETWORK, exp: EXP, jti: JTI }
const parsedOf = (body: TransactionBody, agreed: readonly { readonly agree: Agreement }[] = []) =>
  parseTransaction(
    signTransaction({
      ...signing,
      signerKey: operator.key,
      sign: operator.sign,
      body,
      consents: agreed.map(({ agree }) =>
        signConsent({ ...signing, signerKey: operator.key, sign: operator.sign, agree }),
      ),
    }),
    NETWORK,
  )
const outcomeOf = (...content: Parameters<typeof parsedOf>) => {
  const parsed = parsedOf(...content)
  if (!parsed.ok) return parsed.code
  const verified = verifyTransaction(parsed, verifySignature)
  return typeof verified === 'string' ? verified : 'ok'
}

describe('the text of a change of authorities', () => {
  test('has room for the largest set, all its operators and all its ready statements', () => {
    const change = changeTo(thirty)
    const consents = thirty.map(({ operator: by }) => consentTo(change, by))
    const parsed = parsedOf(change, consents)
    if (!parsed.ok) throw new Error(parsed.detail)
    expect(parsed.claims).toHaveLength(1 + 30 + 30)
    expect(parsed.transaction.size).toBeGreaterThan(TRANSACTION_BYTES_MAX)
    expect(parsed.transaction.size).toBeLessThan(LARGE_TRANSACTION_BYTES_MAX)
    expect(outcomeOf(change, consents)).toBe('ok')
  })

  test('carries more consents than any other kind', () => {
    const agreed = Array.from({ length: 9 }, () => ({ agree: SAMPLE_AGREEMENTS.sale }))
    expect(outcomeOf(SAMPLE_BODIES.batch, agreed.slice(1))).toBe('ok')
    expect(outcomeOf(SAMPLE_BODIES.batch, agreed)).toBe('malformed')
  })

  test.each([
    ['height', { height: 900_000_001 }],
    ['version', { version: 2 }],
  ])('a ready statement of another %s than was signed is none', (_, edit) => {
    const change = changeTo(four)
    const [mine, ...others] = change.ready
    if (mine === undefined) throw new Error('nobody is ready')
    expect(outcomeOf({ ...change, ready: [{ ...mine, ...edit }, ...others] })).toBe(
      'consent_invalid',
    )
  })

  test('a ready statement holds for its epoch and its set', () => {
    const { ready } = changeTo(four)
    expect(outcomeOf(changeTo(four, { epoch: 3, ready }))).toBe('consent_invalid')
    const five = changeTo(thirty.slice(0, 5)).members
    expect(outcomeOf(changeTo(four, { members: five, ready }))).toBe('consent_invalid')
  })

  const { member } = first
  test.each([
    ['nobody', { members: [] }],
    ['two members', { members: membersOf(thirty.slice(0, 2)) }],
    ['three members', { members: membersOf(thirty.slice(0, 3)) }],
    ['a member twice', { members: [...changeTo(four).members, member] }],
    [
      'one key in two roles',
      {
        members: [{ ...member, operatorKey: member.consensusKey }],
        ready: changeTo([first]).ready,
      },
    ],
    ['a ready statement of a stranger', { ready: changeTo(thirty.slice(1, 5)).ready }],
    ['a ready statement twice', { ready: [...changeTo(four).ready, ...changeTo([first]).ready] }],
    ['the epoch of genesis', { epoch: 1 }],
    ['no ready statement', { ready: [] }],
  ])('%s is malformed', (_, edit) => {
    const change: AuthorityChange = { ...changeTo(four), ...edit }
    expect(outcomeOf(change)).toBe('malformed')
  })

  test.each(['consensusKey', 'operatorKey', 'peerId', 'addresses'] as const)(
    'a member with a broken %s is malformed, not a crash',
    (name) => {
      const text = JSON.stringify(changeTo(four))
      const broken = JSON.parse(text)
      for (const value of ['key1qqqq', '12D3KooWbroken', '', 7, null, ['x']]) {
        broken.members[0] = { ...changeTo(four).members[0], [name]: value }
        const payload = payloadText({ tx: broken })
        expect(parseTransaction(forge(headerText(), payload), NETWORK)).toMatchObject({
          ok: false,
          code: 'malformed',
        })
      }
    },
  )

  test('keys of small order are malformed', () => {
    const small = encodeId('key', new Uint8Array(32).fill(0).fill(1, 0, 1))
    const members = changeTo(four).members.map((each, index) =>
      index === 0 ? { ...each, operatorKey: small } : each,
    )
    expect(outcomeOf({ ...changeTo(four), members })).toBe('malformed')
  })
})

describe('keys of small order are known by their bytes', () => {
  test.each(edges.cases)('$number: $name', ({ name, publicKey }) => {
    const key = Uint8Array.from(Buffer.from(publicKey, 'hex'))
    expect(isSmallOrder(key)).toBe(/small-order A/.test(name))
  })
})
