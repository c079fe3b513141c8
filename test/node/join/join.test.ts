import { describe, expect, test } from 'vitest'
import type { EpochEnd } from '#consensus/epoch-end.ts'
import { createJoinDesk } from '#node/join/admit-place.ts'
import type { InvitationContent } from '#node/join/invitation.ts'
import { type JoinAttempt, type JoinPorts, joinPlace } from '#node/join/join-place.ts'
import { invitedPeerOf } from '#node/network/identity.ts'
import { originOf } from '#node/recovery/genesis-block.ts'
import { authoritySetOf } from '#protocol/chain/authority-set.ts'
import { assembleCertificate, isFinalization } from '#protocol/chain/certificate.ts'
import { FLAG_SEALING, type Header, headerDigest } from '#protocol/chain/header.ts'
import { ballotBytes } from '#protocol/chain/vote.ts'
import { federatedAssetIdOf, federationIdOf, placeIdOfKey } from '#protocol/derive.ts'
import { genesisBytes, networkIdOf } from '#protocol/genesis.ts'
import { hashBytes, hashOf } from '#protocol/hash.ts'
import { encodeEpochEnd } from '#protocol/proof/finality.ts'
import type { PaymentId } from '#protocol/transaction/payment-id.ts'
import { actor, peerId } from '../../support/actors.ts'
import {
  authority,
  changeTo,
  consentTo,
  FIRST,
  type TestAuthority,
} from '../../support/authority-builders.ts'
import { createWorld, genesisOf, type World } from '../../support/ledger-builders.ts'
import { createTestNode, seedOf, type TestNode } from '../../support/test-node.ts'

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
  return await invitedBy(world, authority, 'authority')
}

const invitedBy = async (world: World, authority: TestNode, name: string) => {
  const made = await authority.invitations.create(HOUR_MS)
  if (made === undefined) throw new Error('no invitation')
  const content: InvitationContent = {
    networkId: authority.networkId,
    peerId: peerId(name),
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
    expect(order).toEqual([
      '{"ask":"genesis"}',
      '{"ask":"epochs","fro',
      'saved',
      '{"ask":"register","i',
    ])
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

describe('a venue that an authority of a later epoch invites', () => {
  const THREE = [['a', 'b', 'c', 'd'].map(authority), ['d', 'e', 'f', 'g'].map(authority)] as const
  const [SECOND, THIRD] = THREE

  /** Two changes of the authorities, and one of the last set that has an open invitation. */
  const later = async (inviting = 'e') => {
    const world = createWorld()
    const ends = [
      sealed(world, { by: [FIRST], to: SECOND, epoch: 1 }),
      sealed(world, { by: SECOND, to: THIRD, epoch: 2 }),
    ]
    world.execute([])
    const node = await createTestNode(world, {
      role: 'authority',
      name: inviting,
      secrets: { operator: seedOf(`operator ${inviting}`) },
    })
    return { ...(await invitedBy(world, { ...node, ends: () => ends }, inviting)), ends }
  }

  test('joins by the chain of epochs, outside a federation that is not its to open', async () => {
    const { content, ports, world } = await later()
    const joined = await joinPlace(orderOf(content), ports)
    expect(joined).toMatchObject({ ok: true, height: world.height() })
    const place = placeIdOfKey(actor('bar').key)
    expect(world.get('place', place)).toMatchObject({ federations: [], accepts: [] })
  })

  test('is not taken in by one that has left the authorities', async () => {
    const { content, ports } = await later('a')
    expect(await joinPlace(orderOf(content), ports)).toMatchObject({ code: 'authority_unknown' })
  })

  test('asks page by page, and no more than a proof may hold', async () => {
    const { content, ports, ends } = await later()
    const asked: number[] = []
    const many = {
      ...ports,
      ask: async (request: string) => {
        const question = JSON.parse(request)
        if (question.ask !== 'epochs') return await ports.ask(request)
        asked.push(question.from)
        const [end] = ends
        const text = end && encodeEpochEnd({ ...end, next: end.next.set })
        return JSON.stringify({ answer: 'epochs', ends: Array(16).fill(text) })
      },
    }
    // A liar repeats what is true already: that leads no further, and ends.
    expect(await joinPlace(orderOf(content), many)).toMatchObject({ ok: false })
    expect(asked.length).toBeLessThanOrEqual(16)
  })

  test.each<[string, (ends: readonly EpochEnd[]) => readonly EpochEnd[]]>([
    ['lacks its beginning', (ends) => ends.slice(1)],
    ['is signed by too few', (ends) => ends.map((end) => ({ ...end, certificate: few(end) }))],
    ['names others than were chosen', ([end]) => (end ? [{ ...end, next: strangers(end) }] : [])],
  ])('believes no chain that %s', async (_, change) => {
    const { content, ports, world, authority: node, ends } = await later()
    const desk = createJoinDesk({ ...node, ends: () => change(ends) })
    const holder = invitedPeerOf(content.networkId, content.secret)
    const ask = (request: string) => desk(holder, request, AbortSignal.timeout(10_000))
    const height = world.height()
    expect(await joinPlace(orderOf(content), { ...ports, ask })).toMatchObject({
      code: 'epochs_unproven',
    })
    expect(world.height()).toBe(height)
  })

  const few = ({ certificate }: EpochEnd) => ({ ...certificate, signers: [], signatures: [] })
  const strangers = ({ next }: EpochEnd) => ({ ...next, set: setOfMembers(THIRD) })
})

const setOfMembers = (all: readonly TestAuthority[]) =>
  authoritySetOf(all.map(({ member }) => member))

/** The ledger changes its authorities; how the others would have it from a sealing block. */
const sealed = (
  world: World,
  change: {
    readonly by: readonly TestAuthority[]
    readonly to: readonly TestAuthority[]
    readonly epoch: number
  },
): EpochEnd => {
  const { by, to, epoch } = change
  const [submitter] = by
  if (submitter === undefined) throw new Error('nobody')
  world.execute([])
  const body = changeTo(world, to, { epoch: epoch + 1 })
  world.must(submitter.operator, body, {
    consents: by.map(({ operator }) => consentTo(body, operator)),
  })
  const [set, next] = [setOfMembers(by), setOfMembers(to)]
  const chainId = hashOf(genesisBytes(world.genesis))
  const header: Header = {
    ...originOf(world.genesis).header,
    epoch,
    view: 5,
    height: world.height(),
    authoritySetHash: set.hash,
    nextSetHash: next.hash,
    flags: FLAG_SEALING,
  }
  const digest = headerDigest(header)
  const ballot = { kind: 'finalize', epoch, view: 5, parentView: 4, digest } as const
  const bytes = ballotBytes(ballot, { chainId: hashBytes(chainId), set })
  const votes = by.map(({ consensus }) => ({
    ...ballot,
    signer: set.members.findIndex(({ consensusKey }) => consensusKey === consensus.key),
    signature: consensus.sign(bytes),
  }))
  const certificate = assembleCertificate(ballot, votes)
  if (!isFinalization(certificate)) throw new Error('no finalization')
  return { header, digest, certificate, next: { epoch: epoch + 1, set: next, version: 1 } }
}

/** A consent that was signed for another id. */
const consentOfAnother = async (content: InvitationContent, ports: JoinPorts): Promise<string> => {
  let consent = ''
  await joinPlace(orderOf(content, 'thief'), {
    ...ports,
    ask: async (request) => {
      const question = JSON.parse(request)
      if (question.ask !== 'register') return await ports.ask(request)
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
  '{"ask":"epochs","from":0}',
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
