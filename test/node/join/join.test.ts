import { describe, expect, test } from 'vitest'
import { createJoinDesk } from '#node/join/admit-place.ts'
import type { InvitationContent } from '#node/join/invitation.ts'
import { type JoinAttempt, type JoinPorts, joinPlace } from '#node/join/join-place.ts'
import { invitedPeerOf } from '#node/network/identity.ts'
import { federatedAssetIdOf, federationIdOf, placeIdOfKey } from '#protocol/derive.ts'
import { genesisBytes, networkIdOf } from '#protocol/genesis.ts'
import type { PaymentId } from '#protocol/transaction/payment-id.ts'
import { actor, peerId } from '../../support/actors.ts'
import { createWorld, genesisOf } from '../../support/ledger-builders.ts'
import { createTestNode, seedOf } from '../../support/test-node.ts'

const TAG_KEY = new Uint8Array(32).fill(9)
const HOUR_MS = 3_600_000

/** An authority with one open invitation, and a venue that holds it. */
const invitation = async () => {
  const world = createWorld()
  const authority = await createTestNode(world, {
    role: 'authority',
    name: 'authority',
    secrets: { operator: seedOf('operator'), 'tag-key': TAG_KEY },
  })
  const made = await authority.invitations.create(HOUR_MS)
  if (made === undefined) throw new Error('no invitation')
  const content: InvitationContent = {
    networkId: authority.networkId,
    peerId: peerId('authority'),
    addresses: ['/ip4/127.0.0.1/tcp/4001'],
    ...made,
  }
  const desk = createJoinDesk(authority)
  const holder = invitedPeerOf(content.networkId, made.secret)
  const ask = (request: string) => desk(holder, request, AbortSignal.timeout(10_000))
  const attempts: JoinAttempt[] = []
  const ports: JoinPorts = {
    ask,
    attempt: undefined,
    saveAttempt: async (attempt) => {
      attempts.push(attempt)
    },
    newPaymentId: (): PaymentId => world.jti(),
    wallMs: () => world.nowMs(),
    pause: async () => undefined,
  }
  return { world, authority, content, ports, attempts, ask }
}

const orderOf = (content: InvitationContent, name = 'bar') => ({
  invitation: content,
  name: 'The bar',
  placeSeed: seedOf(name),
  peerId: peerId(name),
})

describe('a venue with an invitation', () => {
  test('joins, learns the tag key, and is in the federation with its currency', async () => {
    const { content, ports, world } = await invitation()
    const joined = await joinPlace(orderOf(content), ports)
    const place = placeIdOfKey(actor('bar').key)
    expect(joined).toMatchObject({ ok: true, place, height: world.height() })
    expect(joined.ok && joined.tagKey && [...joined.tagKey]).toEqual([...TAG_KEY])
    expect(world.get('place', place)).toMatchObject({
      name: 'The bar',
      nodes: [peerId('bar')],
      federations: [federationIdOf(world.genesis)],
      accepts: [federatedAssetIdOf(world.genesis)],
    })
  })

  test('that asks again is told the same, and is registered once', async () => {
    const { content, ports, attempts, world } = await invitation()
    const first = await joinPlace(orderOf(content), ports)
    const [attempt] = attempts
    expect(await joinPlace(orderOf(content), { ...ports, attempt })).toEqual(first)
    expect(world.height()).toBe(1)
  })

  test('whose answer was lost after the registration hears it on the next try', async () => {
    const { content, ports, attempts, world } = await invitation()
    const lost = {
      ...ports,
      ask: async (request: string) => {
        const answer = await ports.ask(request)
        if (request.includes('"register"')) throw new Error('the line is cut')
        return answer
      },
    }
    await expect(joinPlace(orderOf(content), lost)).rejects.toThrow('the line is cut')
    const again = await joinPlace(orderOf(content), { ...ports, attempt: attempts[0] })
    expect(again).toMatchObject({ ok: true, height: 1 })
    expect(world.height()).toBe(1)
  })

  test('keeps its attempt on disk before the authority hears of it', async () => {
    const { content, ports, attempts } = await invitation()
    const order: string[] = []
    await joinPlace(orderOf(content), {
      ...ports,
      ask: (request) => {
        order.push(request.slice(0, 20))
        return ports.ask(request)
      },
      saveAttempt: async () => {
        order.push('saved')
      },
    })
    expect(order).toEqual(['{"ask":"genesis"}', 'saved', '{"ask":"register","i'])
    expect(attempts).toEqual([])
  })

  test('waits while the registration is on its way', async () => {
    const { content, ports, authority } = await invitation()
    let pauses = 0
    authority.interrupt({ kind: 'unavailable', code: 'node_starting', retryAfterSeconds: 1 })
    const joined = await joinPlace(orderOf(content), {
      ...ports,
      pause: async () => {
        pauses += 1
        if (pauses === 2) authority.interrupt(undefined)
      },
    })
    expect(joined.ok).toBe(true)
  })

  test('stops waiting at last, and says so', async () => {
    const { content, ports, authority } = await invitation()
    authority.interrupt({ kind: 'unavailable', code: 'node_blocked', retryAfterSeconds: 1 })
    expect(await joinPlace(orderOf(content), ports)).toMatchObject({ ok: false, code: 'pending' })
  })

  test('is not let in by an invitation that another venue has used', async () => {
    const { content, ports, world } = await invitation()
    await joinPlace(orderOf(content), ports)
    expect(await joinPlace(orderOf(content, 'hall'), ports)).toMatchObject({
      ok: false,
      code: 'invitation_spent',
    })
    expect(world.height()).toBe(1)
  })

  test('does not even ask with an invitation that has expired', async () => {
    const { content, ports, world } = await invitation()
    world.advance(HOUR_MS)
    const silent = { ...ports, ask: () => Promise.reject(new Error('asked')) }
    expect(await joinPlace(orderOf(content), silent)).toMatchObject({ code: 'invitation_expired' })
  })

  test('believes no genesis but that of the invitation', async () => {
    const { content, ports } = await invitation()
    const other = new TextDecoder().decode(genesisBytes({ ...genesisOf(), name: 'Elsewhere' }))
    const ask = async () => JSON.stringify({ answer: 'genesis', text: other })
    expect(await joinPlace(orderOf(content), { ...ports, ask })).toMatchObject({
      code: 'genesis_mismatch',
    })
  })

  test('is not let in on terms that it did not sign', async () => {
    const { content, ports, world } = await invitation()
    const widened = async (request: string) => {
      const question = JSON.parse(request)
      if (question.ask === 'register') question.debitOrder = ['federated']
      return await ports.ask(JSON.stringify(question))
    }
    expect(await joinPlace(orderOf(content), { ...ports, ask: widened })).toMatchObject({
      ok: false,
      code: 'consent_mismatch',
    })
    expect(world.ledger.state.get('place', placeIdOfKey(actor('bar').key))).toBeUndefined()
  })

  test('is not let in without its own consent to this registration', async () => {
    const { content, ports, world, ask } = await invitation()
    const stranger = actor('stranger').key
    const answer = await ask(
      JSON.stringify({
        ask: 'register',
        id: world.jti(),
        placeKey: stranger,
        name: 'No consent',
        nodes: [peerId('stranger')],
        accepts: [],
        consent: await consentOfAnother(content, ports),
      }),
    )
    expect(JSON.parse(answer)).toMatchObject({ answer: 'refused', code: 'consent_invalid' })
    expect(world.height()).toBe(0)
  })
})

/** A consent that was signed for another id. */
const consentOfAnother = async (content: InvitationContent, ports: JoinPorts): Promise<string> => {
  let consent = ''
  await joinPlace(orderOf(content, 'thief'), {
    ...ports,
    ask: async (request) => {
      const question = JSON.parse(request)
      if (question.ask === 'genesis') return await ports.ask(request)
      consent = question.consent
      return JSON.stringify({ answer: 'pending' })
    },
  })
  return consent
}

test.each([
  'null',
  '{',
  '{"ask":"everything"}',
  '{"ask":"genesis","more":1}',
  '{"ask":"register"}',
  '[]',
])('a question that is none is refused: %s', async (request) => {
  const { ask } = await invitation()
  expect(JSON.parse(await ask(request))).toMatchObject({ answer: 'refused', code: 'malformed' })
})

test('a place is not admitted by a node that is no authority', async () => {
  const world = createWorld()
  const venue = await createTestNode(world, { role: 'venue', name: 'bar', secrets: {} })
  const answer = await createJoinDesk(venue)(
    peerId('somebody'),
    JSON.stringify({
      ask: 'register',
      id: world.jti(),
      placeKey: actor('bar').key,
      name: 'Bar',
      nodes: [peerId('bar')],
      accepts: [],
      consent: 'x',
    }),
    AbortSignal.timeout(1_000),
  )
  expect(JSON.parse(answer)).toMatchObject({ code: 'authority_required' })
  expect(networkIdOf(world.genesis)).toBe(venue.networkId)
})
