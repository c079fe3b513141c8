import { afterEach, describe, expect, test } from 'vitest'
import { idLapsesAtMs } from '#node/desk/door.ts'
import { createSignedRequests } from '#node/desk/signed-requests.ts'
import { leaveHeardNote, takeHeardNote } from '#node/start/signed-requests.ts'
import { units } from '#protocol/amount.ts'
import { createdGrantId } from '#protocol/derive.ts'
import { type CardId, encodeId, type GrantId, idBytes, type WalletId } from '#protocol/id.ts'
import type { GrantAction } from '#protocol/transaction/kinds/grant.ts'
import { signConsent, signTransaction } from '#protocol/transaction/sign.ts'
import { verifySignature } from '#signature'
import { type Actor, actor, peerId } from '../../support/actors.ts'
import { closeBars, openedBar } from './bar.ts'
import { closeDoors } from './open-door.ts'
import { AUDIENCE, type Change, openStage } from './signed-stage.ts'
import { type Bar, must } from './solo-node.ts'

afterEach(async () => {
  await closeDoors()
  await closeBars()
})

/** A till that keeps its key to itself. */
const TABLET = actor('tablet')
const PERSON = actor('person')
const CLAIM = actor('claim code')

const ALL: readonly GrantAction[] = ['read', 'sale', 'payment.cancel']

const grantTo = async (
  { node, place }: Bar,
  { key }: Actor,
  actions: readonly GrantAction[] = ALL,
): Promise<GrantId> => {
  const jti = node.newId()
  const terms = { grantee: key, actions: [...actions], till: 'tablet', caps: {} }
  await must(node, jti, 'place', { kind: 'grant.issue', place, ...terms })
  return createdGrantId({ scope: place, jti, index: 0 })
}

const ASSETS = { path: '/v1/assets' }

describe('a till with a key of its own', () => {
  test('reads what its place may read, and is told its limits', async () => {
    const { bar, ask } = await openStage()
    const grant = await grantTo(bar, TABLET)
    for (const path of ['/v1/assets?limit=2', '/v1/payments?state=open']) {
      expect((await ask(TABLET, { path }, { grant })).said).toBe('200')
    }
    const { headers } = await ask(TABLET, ASSETS, { grant })
    expect(headers.get('ratelimit')).toMatch(/^"key";r=\d+;t=\d+$/)
    expect(headers.get('ratelimit-policy')).toBe('"key";q=200;w=4')
  })

  test('acts under its grant only: not without, under another’s, or beyond its actions', async () => {
    const { bar, ask } = await openStage()
    const grant = await grantTo(bar, TABLET, ['sale'])
    expect((await ask(TABLET, ASSETS)).said).toBe('credential_unknown')
    const foreign = bar.caller.grant
    expect((await ask(TABLET, ASSETS, { grant: foreign })).said).toBe('credential_unknown')
    const wallet = bar.node.view().get('place', bar.place)?.wallet
    const path = `/v1/wallets/${wallet}`
    expect((await ask(TABLET, { path }, { grant })).said).toBe('action_not_granted')
  })

  test('has nothing signed for it by the node', async () => {
    const { bar, ask } = await openStage()
    const grant = await grantTo(bar, TABLET)
    const request = { method: 'POST', path: '/v1/payments', body: '{}' } as const
    expect((await ask(TABLET, request, { grant })).said).toBe('api_key_required')
  })

  test('is dead once its grant is revoked', async () => {
    const { bar, ask } = await openStage()
    const grant = await grantTo(bar, TABLET)
    expect((await ask(TABLET, ASSETS, { grant })).said).toBe('200')
    const { node, place } = bar
    await must(node, node.newId(), 'place', { kind: 'grant.revoke', place, target: grant })
    expect((await ask(TABLET, ASSETS, { grant })).said).toBe('credential_revoked')
  })

  test('submits what it signed, with the body it signed', async () => {
    const { bar, ask, signed, send } = await openStage()
    const { node, place } = bar
    const grant = await grantTo(bar, TABLET)
    const id = node.newId()
    const transaction = signTransaction({
      networkId: node.origin.networkId,
      signerKey: TABLET.key,
      sign: TABLET.sign,
      exp: idLapsesAtMs(node.view(), { scope: place, id }) / 1_000,
      jti: id,
      body: { kind: 'payment.cancel', place, grant },
    })
    const path = '/v1/transactions'
    const body = JSON.stringify({ transaction })
    const request = { method: 'POST', path, body } as const
    for (const other of [{ ...request, body: 'other' }, { method: 'POST', path } as const]) {
      const jws = signed(TABLET, other, { grant })
      expect((await send(jws, request)).said).toBe('request_signature_invalid')
    }
    expect((await ask(TABLET, request, { grant })).said).toBe('cancelled')
  })
})

describe('a signed request', () => {
  test('is used once', async () => {
    const { bar, signed, send } = await openStage()
    const grant = await grantTo(bar, TABLET)
    const jws = signed(TABLET, ASSETS, { grant })
    expect((await send(jws, ASSETS)).said).toBe('200')
    expect((await send(jws, ASSETS)).said).toBe('request_replayed')
    const both = signed(TABLET, ASSETS, { grant })
    const answers = await Promise.all([send(both, ASSETS), send(both, ASSETS)])
    expect(answers.map(({ said }) => said).toSorted()).toEqual(['200', 'request_replayed'])
  })

  test.each<readonly [string, (seconds: number) => Change, string]>([
    ['for another node', () => ({ aud: peerId('other') }), 'credential_elsewhere'],
    ['of another address', () => ({ path: '/v1/places' }), 'request_signature_invalid'],
    ['of another query', () => ({ path: '/v1/assets?limit=9' }), 'request_signature_invalid'],
    ['of another method', () => ({ method: 'POST' }), 'request_signature_invalid'],
    ['with a body that is not sent', () => ({ body: 'x' }), 'request_signature_invalid'],
    ['by another key', () => ({ sign: PERSON.sign }), 'request_signature_invalid'],
    ['over already', (now) => ({ iat: now - 60, exp: now }), 'request_signature_expired'],
    ['of the future', (now) => ({ iat: now + 7, exp: now + 9 }), 'request_signature_expired'],
    ['good for too long', (now) => ({ iat: now, exp: now + 61 }), 'request_signature_expired'],
    ['ending before it begins', (now) => ({ iat: now, exp: now }), 'request_signature_expired'],
    ['with a short id', () => ({ jti: 'short' }), 'request_signature_invalid'],
  ])('%s is refused', async (_, change, code) => {
    const { bar, ask } = await openStage()
    const grant = await grantTo(bar, TABLET)
    const now = Math.floor(bar.node.clock.wallMs() / 1_000)
    expect((await ask(TABLET, ASSETS, { grant, ...change(now) })).said).toBe(code)
  })

  test.each(['', 'a.b.c', 'x'.repeat(5_000), '..', 'é.é.é'])('is not %s', async (text) => {
    const { node } = await openedBar()
    expect(node.requests.open(text, { method: 'GET', path: '/' })).toMatchObject({ ok: false })
  })

  test('that another process may have heard is refused after a start', async () => {
    const { machine, bar, signed } = await openStage()
    const { node } = bar
    const jws = signed(TABLET, ASSETS)
    const { clock, view, recent } = node
    const parts = { view, clock, head: recent.head, peerId: AUDIENCE, verify: verifySignature }
    const asked = { method: 'GET', path: ASSETS.path }
    const again = createSignedRequests(parts)
    expect(again.open(jws, asked)).toEqual({ ok: false, code: 'node_starting' })
    const later = Math.floor(clock.wallMs() / 1_000) + 6
    const fresh = signed(TABLET, ASSETS, { iat: later, exp: later + 9 })
    machine.advance(6_000)
    expect(again.open(fresh, asked)).toMatchObject({ ok: true })
  })
})

describe('after a process that noted what it heard', () => {
  test('what is signed later is heard at once, and nothing twice', async () => {
    const { bar, signed } = await openStage()
    const { node, place } = bar
    const grant = await grantTo({ ...bar, place }, TABLET)
    const { clock, view, recent } = node
    const parts = { view, clock, head: recent.head, peerId: AUDIENCE, verify: verifySignature }
    const asked = { method: 'GET', path: ASSETS.path }
    const now = Math.floor(clock.wallMs() / 1_000)
    const said = (iat: number) => signed(TABLET, ASSETS, { grant, iat, exp: iat + 50 })
    const before = createSignedRequests({ ...parts, heardUntilSeconds: now - 20 })
    expect(before.open(said(now - 10), asked)).toMatchObject({ ok: true })
    const heardUntilSeconds = before.heardUntilSeconds()
    expect(heardUntilSeconds).toBe(now - 10)
    const again = createSignedRequests({ ...parts, heardUntilSeconds })
    expect(again.open(said(now - 10), asked)).toEqual({ ok: false, code: 'node_starting' })
    expect(again.open(said(now - 9), asked)).toMatchObject({ ok: true })
  })

  test('a note of a clock that was put back since closes the door for no longer than none', async () => {
    const { bar } = await openStage()
    const { clock, view, recent } = bar.node
    const parts = { view, clock, head: recent.head, peerId: AUDIENCE, verify: verifySignature }
    const none = createSignedRequests(parts).heardUntilSeconds()
    const year = { ...parts, heardUntilSeconds: none + 31_536_000 }
    expect(createSignedRequests(year).heardUntilSeconds()).toBeLessThanOrEqual(none + 1)
  })

  test('the note is good for one start', async () => {
    const { bar } = await openStage()
    const { settings } = bar.node.storage.local
    expect(await takeHeardNote(settings)).toBeUndefined()
    await leaveHeardNote(settings, 1_234)
    expect(await takeHeardNote(settings)).toBe(1_234)
    expect(await takeHeardNote(settings)).toBeUndefined()
  })
})

const personWallet = async ({ node, place }: Bar): Promise<WalletId> => {
  const jti = node.newId()
  const consent = signConsent({
    networkId: node.origin.networkId,
    signerKey: PERSON.key,
    sign: PERSON.sign,
    exp: Math.floor(node.clock.wallMs() / 1_000) + 60,
    jti,
    agree: { kind: 'wallet.open', place },
  })
  await must(node, jti, 'place', { kind: 'wallet.open', place, key: PERSON.key }, [consent])
  const wallet = node.view().get('key', PERSON.key)?.wallet
  if (wallet === undefined) throw new Error('no wallet')
  return wallet
}

const CARD_KEY = actor('card')
const CARD: CardId = encodeId('crd', idBytes(CARD_KEY.key))

const claimedCard = async ({ node, place }: Bar): Promise<void> => {
  const mandate = { caps: { charge: units(5_000), day: units(9_000) } }
  await must(node, node.newId(), 'place', {
    kind: 'card.register',
    place,
    batch: 'claimed',
    strength: 'secret',
    mandate,
    cards: [CARD],
    claims: [CLAIM.key],
  })
  await must(node, node.newId(), 'place', { kind: 'card.activate', place, card: CARD })
}

describe('a holder', () => {
  test('reads its wallet, and nothing that is not its own', async () => {
    const { bar, ask } = await openStage()
    const wallet = await personWallet(bar)
    for (const rest of ['', '/balances', '/history']) {
      expect((await ask(PERSON, { path: `/v1/wallets/${wallet}${rest}` })).said).toBe('200')
    }
    expect((await ask(PERSON, ASSETS)).said).toBe('200')
    const other = bar.node.view().get('place', bar.place)?.wallet
    const said = async (path: string) => (await ask(PERSON, { path })).said
    expect(await said(`/v1/wallets/${other}`)).toBe('wallet_not_readable')
    const none = encodeId('wal', new Uint8Array(32).fill(3))
    expect(await said(`/v1/wallets/${none}`)).toBe('wallet_not_readable')
    expect(await said('/v1/payments?state=open')).toBe('action_not_granted')
    expect(await said('/metrics')).toBe('action_not_granted')
    expect(await said('/v1/cards/04A1B2C3')).toBe('card_not_readable')
  })

  test('by the claim code of a card reads that card, until somebody links it', async () => {
    const { bar, ask } = await openStage()
    await claimedCard(bar)
    const path = `/v1/cards/${CARD}`
    const seen = await ask(CLAIM, { path })
    expect(seen.answer).toMatchObject({ card: { id: CARD, state: 'active' }, balances: [] })
    const cardWallet = bar.node.view().get('card', CARD)?.wallet
    const wallet = { path: `/v1/wallets/${cardWallet}` }
    expect((await ask(CLAIM, wallet)).said).toBe('wallet_not_readable')
    // The card's own key holds its wallet.
    expect((await ask(CARD_KEY, wallet)).said).toBe('200')
    await link(bar)
    expect((await ask(CLAIM, { path })).said).toBe('card_not_readable')
    expect((await ask(PERSON, { path })).said).toBe('200')
    expect((await ask(CARD_KEY, { path })).said).toBe('credential_revoked')
  })
})

const link = async (bar: Bar): Promise<void> => {
  const { node } = bar
  const wallet = await personWallet(bar)
  const signing = {
    networkId: node.origin.networkId,
    exp: Math.floor(node.clock.wallMs() / 1_000) + 60,
    jti: node.newId(),
  }
  const consent = signConsent({
    ...signing,
    signerKey: CLAIM.key,
    sign: CLAIM.sign,
    agree: { kind: 'card.link', card: CARD, wallet },
  })
  const text = signTransaction({
    ...signing,
    signerKey: PERSON.key,
    sign: PERSON.sign,
    body: { kind: 'card.link', card: CARD, wallet },
    consents: [consent],
  })
  const waiting = { waitMs: 5_000, signal: new AbortController().signal }
  expect(await node.submissions.submit(text, waiting)).toMatchObject({
    state: { status: 'applied' },
  })
}
