import { describe, expect, test } from 'vitest'
import { CONTROL_COMMANDS, type ControlCommandName } from '#node/control/commands.ts'
import { decodeInvitation } from '#node/join/invitation.ts'
import { cardWalletId } from '#protocol/derive.ts'
import { type CardId, deriveId, type WalletId } from '#protocol/id.ts'
import { cardIdOfSecret, commitmentOf, TagUid } from '#protocol/transaction/tag.ts'
import { actor, peerId } from '../../support/actors.ts'
import { ROOMY_LIMITS, type World } from '../../support/ledger-builders.ts'
import type { TestNode } from '../../support/test-node.ts'
import { authorityNode, BAR, TAG_KEY, venueNode } from './venue-node.ts'

const TAG = '04A1B2C3'
const CAPS = { charge: 5_000, day: 10_000 }
const ROLL = { batch: 'roll', strength: 'weak', caps: CAPS, federation: false, activate: false }
const ASSET = {
  code: 'CUPS',
  name: 'Cups',
  category: 'local',
  unit: 'EUR',
  scale: 2,
  transferable: false,
  cardLimits: ROOMY_LIMITS,
}

const run = async (node: TestNode, name: ControlCommandName, input: object = {}) =>
  await CONTROL_COMMANDS[name](input, node)

const must = async (
  node: TestNode,
  name: ControlCommandName,
  input: object = {},
): Promise<Readonly<Record<string, unknown>>> => {
  const answer = await run(node, name, input)
  if (!answer.ok) throw new Error(`${name}: ${answer.code} ${answer.message}`)
  return answer.result
}

/** Money on a card's wallet, issued by the place. */
const topUp = async (
  world: World,
  { asset, card, amount }: { readonly asset: unknown; readonly card: CardId; amount: number },
): Promise<WalletId> => {
  const to = { card }
  const body = { kind: 'issue', place: BAR, asset, amount, to }
  world.must(actor('bar'), JSON.parse(JSON.stringify(body)))
  return cardWalletId(card)
}

describe('leases', () => {
  test('name a key of this node, which is made once', async () => {
    const { node } = await venueNode()
    const { key, waiting, losses } = await must(node, 'lease.show')
    expect(key).toMatch(/^key1/)
    expect({ waiting, losses }).toEqual({ waiting: 0, losses: [] })
    expect(await must(node, 'lease.show')).toMatchObject({ key })
  })

  test('are captured from, or say why not', async () => {
    const { node } = await venueNode()
    const hold = deriveId('hld', 'nothing')
    expect(await run(node, 'lease.capture', { hold, amount: 100 })).toMatchObject({
      kind: 'failed',
      code: 'hold_unknown',
    })
  })
})

describe('at an authority', () => {
  test('an invitation leads to it, in its network, until it expires', async () => {
    const node = await authorityNode()
    const { invitation } = await must(node, 'place.invite', { lifeMs: 3_600_000 })
    expect(decodeInvitation(String(invitation))).toMatchObject({
      networkId: node.networkId,
      peerId: peerId('authority'),
      addresses: ['/ip4/127.0.0.1/tcp/4001'],
    })
    expect(node.invitations.admitted()).toHaveLength(1)
  })

  test('without the tag key nobody is invited', async () => {
    const operator = new Uint8Array(32).fill(1)
    expect(await run(await authorityNode({ operator }), 'place.invite')).toMatchObject({
      code: 'tag_key_missing',
    })
  })

  test('there is no place to act for', async () => {
    for (const name of ['place.show', 'grant.list'] as const) {
      expect(await run(await authorityNode(), name)).toMatchObject({ code: 'place_key_missing' })
    }
  })
})

describe('at a venue', () => {
  test('nobody is invited', async () => {
    const { node } = await venueNode()
    expect(await run(node, 'place.invite')).toMatchObject({ code: 'authority_required' })
  })

  test('status says who and where it is', async () => {
    const { node } = await venueNode()
    expect(await must(node, 'status')).toMatchObject({
      network: node.networkId,
      role: 'venue',
      place: BAR,
      height: 1,
      mode: 'online',
      peerId: peerId('bar'),
      turnedAway: { strangers: 2, bans: 0 },
    })
  })

  test('metrics tell an authority’s figures, which no API key can ask for', async () => {
    expect(await must(await authorityNode(), 'metrics')).toMatchObject({
      text: expect.stringContaining('kermesse_peers 0\n'),
    })
  })

  test('a currency is created once under one id', async () => {
    const { node, world } = await venueNode()
    const order = { ...ASSET, id: world.jti() }
    const { asset } = await must(node, 'asset.create', order)
    expect(await must(node, 'asset.create', order)).toMatchObject({ asset })
    expect(await run(node, 'asset.create', ASSET)).toMatchObject({ code: 'asset_code_taken' })
    const { assets } = await must(node, 'asset.list')
    expect(assets).toContainEqual(expect.objectContaining({ asset, code: 'CUPS', issuer: BAR }))
  })

  test('a till gets a key that the node keeps, a grant to it, and an API key', async () => {
    const { node, world } = await venueNode()
    const added = await must(node, 'till.add', { label: 'bar-1', caps: { refundDay: 5_000 } })
    expect(added).toMatchObject({ till: 'bar-1', place: BAR, apiKey: 'krm_live_1' })
    const grant = world.get('grant', String(added['grant']))
    expect(grant).toMatchObject({ place: BAR, till: 'bar-1', caps: { refundDay: 5_000 } })
    expect(grant.revokedMs).toBeUndefined()
    expect(node.secrets.get('till/bar-1')).toHaveLength(32)
    expect(JSON.stringify(await must(node, 'till.list'))).not.toContain('krm_live')
  })

  test('the same till is not added twice', async () => {
    const { node, world } = await venueNode()
    await must(node, 'till.add', { label: 'bar-1' })
    expect(await run(node, 'till.add', { label: 'bar-1' })).toMatchObject({ code: 'till_exists' })
    expect([...world.ledger.state.entries('grant')]).toHaveLength(1)
  })

  test('a till that was broken off after its grant goes on with that grant', async () => {
    const { node, world } = await venueNode()
    const broken = {
      ...node,
      apiKeys: { ...node.apiKeys, create: () => Promise.reject(new Error('no power')) },
    }
    await expect(run(broken, 'till.add', { label: 'bar-1' })).rejects.toThrow('no power')
    await must(node, 'till.add', { label: 'bar-1' })
    expect([...world.ledger.state.entries('grant')]).toHaveLength(1)
  })

  test('an API key ends by its name, and the till gets a new one under its grant', async () => {
    const { node, world } = await venueNode()
    const { keyId, grant } = await must(node, 'till.add', { label: 'bar-1' })
    expect(await must(node, 'till.revoke', { keyId })).toEqual({ keyId, revoked: true })
    expect(await must(node, 'till.list')).toMatchObject({ apiKeys: [{ keyId, revoked: true }] })
    expect(world.get('grant', String(grant)).revokedMs).toBeUndefined()
    const again = await must(node, 'till.add', { label: 'bar-1' })
    expect(again).toMatchObject({ grant, apiKey: 'krm_live_2' })
    expect(await run(node, 'till.revoke', { keyId: 'key-9' })).toMatchObject({
      ok: false,
      code: 'api_key_unknown',
    })
  })

  test.each([
    ['before its grant', { hasRoom: () => false }, 0],
    ['at last', { create: async () => 'exhausted' as const }, 1],
  ])('a till without room for its API key is refused %s, with a code', async (_, full, grants) => {
    const { node, world } = await venueNode()
    const crowded = { ...node, apiKeys: { ...node.apiKeys, ...full } }
    expect(await run(crowded, 'till.add', { label: 'bar-1' })).toMatchObject({
      ok: false,
      kind: 'failed',
      code: 'api_keys_exhausted',
      todo: expect.stringContaining('till revoke'),
    })
    expect([...world.ledger.state.entries('grant')]).toHaveLength(grants)
  })

  test('a grant to somebody else’s key is issued, listed and revoked', async () => {
    const { node } = await venueNode()
    const grantee = actor('reader').key
    const { grant } = await must(node, 'grant.issue', { grantee, actions: ['read'], caps: {} })
    expect(await must(node, 'grant.list')).toMatchObject({ grants: [{ grant, grantee }] })
    await must(node, 'grant.revoke', { grant })
    expect(await must(node, 'grant.list')).toMatchObject({ grants: [{ grant, revoked: true }] })
  })

  test('a roll of tags is registered by their commitments, never by the tags', async () => {
    const { node, world } = await venueNode()
    const cards = [{ tag: TAG }, { tag: '04:a1:b2:c4' }]
    const registered = await must(node, 'card.register', { ...ROLL, cards, federation: true })
    const card = commitmentOf(TAG_KEY, TagUid.parse(TAG))
    expect(registered['cards']).toEqual([card, commitmentOf(TAG_KEY, TagUid.parse('04A1B2C4'))])
    expect(world.get('card', card)).toMatchObject({ state: 'blank', batch: 'roll', place: BAR })
    expect(JSON.stringify(registered)).not.toContain(TAG)
  })

  test('cards registered and activated are both or neither', async () => {
    const { node, world } = await venueNode()
    await must(node, 'card.register', { ...ROLL, cards: [{ tag: TAG }], activate: true })
    expect(await must(node, 'card.show', { card: { tag: TAG } })).toMatchObject({ state: 'active' })
    const again = { ...ROLL, cards: [{ tag: '04A1B2C4' }, { tag: TAG }], activate: true }
    expect(await run(node, 'card.register', again)).toMatchObject({ code: 'card_exists' })
    expect([...world.ledger.state.entries('card')]).toHaveLength(1)
  })

  test('a blank card is activated, and blocked', async () => {
    const { node } = await venueNode()
    const card = { card: { tag: TAG } }
    await must(node, 'card.register', { ...ROLL, cards: [card.card] })
    await must(node, 'card.activate', card)
    await must(node, 'card.block', card)
    expect(await must(node, 'card.show', card)).toMatchObject({ state: 'blocked' })
    expect(await run(node, 'card.activate', card)).toMatchObject({ code: 'card_not_blank' })
  })

  test('a tagged card pays, and a retry with the same id charges once', async () => {
    const { node, world } = await venueNode()
    const { asset } = await must(node, 'asset.create', ASSET)
    await must(node, 'card.register', { ...ROLL, cards: [{ tag: TAG }], activate: true })
    const card = commitmentOf(TAG_KEY, TagUid.parse(TAG))
    const wallet = await topUp(world, { asset, card, amount: 2_000 })
    const id = world.jti()
    const order = { id, payers: [{ tag: TAG }], amount: 650, unit: 'EUR', scale: 2 }
    const paid = await must(node, 'pay', order)
    expect(paid).toMatchObject({ payment: id, legs: [{ card, asset, amount: 650 }] })
    expect(await must(node, 'pay', order)).toEqual(paid)
    expect(world.available(wallet, JSON.parse(JSON.stringify(asset)))).toBe(1_350)
  })

  test('a secret card pays by its secret, and by its identifier alone it does not', async () => {
    const { node, world } = await venueNode()
    const { asset } = await must(node, 'asset.create', ASSET)
    const secret = '00112233445566778899AABBCCDDEEFF'
    const card = cardIdOfSecret(new Uint8Array(Buffer.from(secret, 'hex')))
    const roll = { ...ROLL, strength: 'secret', activate: true }
    await must(node, 'card.register', { ...roll, cards: [{ secret }] })
    await topUp(world, { asset, card, amount: 2_000 })
    const order = { amount: 650, unit: 'EUR', scale: 2 }
    expect(await run(node, 'pay', { ...order, payers: [{ card }] })).toMatchObject({
      code: 'card_consent_missing',
    })
    const paid = await must(node, 'pay', { ...order, payers: [{ secret }] })
    expect(JSON.stringify(paid)).not.toContain(secret)
  })

  test('a card that has too little is told what is missing', async () => {
    const { node } = await venueNode()
    await must(node, 'card.register', { ...ROLL, cards: [{ tag: TAG }], activate: true })
    await must(node, 'asset.create', ASSET)
    const order = { payers: [{ tag: TAG }], amount: 650, unit: 'EUR', scale: 2 }
    expect(await run(node, 'pay', order)).toMatchObject({
      code: 'insufficient_funds',
      message: expect.stringContaining('650 is missing'),
    })
  })

  test('what is not final yet can be asked for again under its id', async () => {
    const { node, world } = await venueNode()
    const id = world.jti()
    node.interrupt({
      kind: 'outcome',
      id,
      state: { status: 'pending', sinceMs: 0 },
      replayed: false,
    })
    expect(await run(node, 'asset.create', { ...ASSET, id })).toMatchObject({
      kind: 'not_ready',
      code: 'pending',
      todo: expect.stringContaining(id),
    })
  })

  test.each([
    ['asset.create', {}],
    ['asset.create', { ...ASSET, code: 'EUR ' }],
    ['card.register', { ...ROLL, cards: [] }],
    ['card.register', { ...ROLL, cards: [{ tag: 'xyz' }] }],
    ['card.register', { ...ROLL, activate: true, cards: Array(100).fill({ tag: TAG }) }],
    ['pay', { payers: [{ tag: TAG }], amount: 0, unit: 'EUR', scale: 2 }],
    ['pay', { payers: [{ tag: TAG }], amount: 6.5, unit: 'EUR', scale: 2 }],
    ['grant.revoke', { grant: 'grt1nothing' }],
    ['till.add', { label: 'a person’s name' }],
    ['lease.capture', { hold: 'hld1nothing', amount: 1 }],
    ['status', { more: true }],
    ['metrics', { more: true }],
  ] as const)('%s with wrong input does nothing: %#', async (name, input) => {
    const { node, world } = await venueNode()
    expect(await run(node, name, input)).toMatchObject({ kind: 'usage', code: 'malformed' })
    expect(world.height()).toBe(1)
  })
})
