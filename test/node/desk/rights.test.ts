import { afterEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { createdGrantId } from '#protocol/derive.ts'
import { GrantId } from '#protocol/id.ts'
import { GRANT_ACTIONS, type GrantAction } from '#protocol/transaction/kinds/grant.ts'
import { actor } from '../../support/actors.ts'
import { closeBars } from './bar.ts'
import { closeDoors } from './open-door.ts'
import { openStage } from './signed-stage.ts'
import { type Bar, must, newKey, TILL } from './solo-node.ts'

afterEach(async () => {
  await closeDoors()
  closeBars()
})

const FRIEND = actor('friend')
const Created = z.object({ created: z.array(GrantId).min(1) })
const Key = z.object({ apiKey: z.object({ id: z.string(), grant: GrantId }), token: z.string() })

type Body = Readonly<Record<string, unknown>>

/** An API key under a grant of every action that is bound to no till. */
const managerKey = async ({ node, place }: Bar) => {
  const jti = node.newId()
  await must(node, jti, 'place', {
    kind: 'grant.issue',
    place,
    grantee: TILL.key,
    actions: [...GRANT_ACTIONS],
    caps: {},
  })
  const grant = createdGrantId({ scope: place, jti, index: 0 })
  const order = { place, grant, till: 'office', secret: 'till/bar' }
  return { grant, ...(await newKey(node.apiKeys, order)) }
}

/** A bar whose manager has an API key; its HTTP API. */
const opened = async () => {
  const { bar, sendAs, ask } = await openStage()
  const own = await managerKey(bar)
  const as = (token: string) => ({
    get: (path: string) => sendAs(`Bearer ${token}`, { path }),
    post: (path: string, body: Body = {}) =>
      sendAs(`Bearer ${token}`, { method: 'POST', path, body: JSON.stringify(body) }),
  })
  return { bar, ask, as, own, manager: as(own.token) }
}

const keyBody = ({ node }: Bar, till: string, actions: readonly GrantAction[]): Body => ({
  id: node.newId(),
  till,
  actions,
})

describe('API keys over HTTP', () => {
  test('are made once, work, are listed with their last use, and end', async () => {
    const { bar, as, manager } = await opened()
    const body = keyBody(bar, 'bar-2', ['read', 'sale'])
    const made = await manager.post('/v1/api-keys', body)
    expect(made.status).toBe(201)
    const { apiKey, token } = Key.parse(made.answer)
    expect((await as(token).get('/v1/assets')).status).toBe(200)
    expect((await manager.post('/v1/api-keys', body)).said).toBe('api_key_exists')
    const other = keyBody(bar, 'bar-2', ['read'])
    expect((await manager.post('/v1/api-keys', other)).said).toBe('api_key_exists')
    const listed = await manager.get('/v1/api-keys')
    expect(JSON.stringify(listed.answer)).not.toContain(token)
    expect(listed.answer).toMatchObject({
      items: [
        { till: 'bar' },
        { till: 'office' },
        { id: apiKey.id, till: 'bar-2', lastUsedAt: expect.any(String) },
      ],
    })
    const revoked = await manager.post(`/v1/api-keys/${apiKey.id}/revoke`)
    expect(revoked).toMatchObject({ status: 200, answer: { revoked: true } })
    expect((await as(token).get('/v1/assets')).said).toBe('credential_revoked')
    const again = await manager.post('/v1/api-keys', body)
    expect(Key.parse(again.answer).apiKey.grant).toBe(apiKey.grant)
  })

  test('asked for twice at once are one', async () => {
    const { bar, manager } = await opened()
    const body = keyBody(bar, 'bar-2', ['sale'])
    const both = await Promise.all([1, 2, 3].map(() => manager.post('/v1/api-keys', body)))
    expect(both.map(({ said }) => said).toSorted()).toEqual([
      '201',
      'api_key_exists',
      'api_key_exists',
    ])
  })

  test('never exceed the grant they are made under, nor reach beyond it', async () => {
    const { bar, as, own, manager } = await opened()
    const limited = keyBody(bar, 'shift', ['grant.issue', 'read'])
    const { apiKey, token } = Key.parse((await manager.post('/v1/api-keys', limited)).answer)
    const shift = as(token)
    const wide = await shift.post('/v1/api-keys', keyBody(bar, 'bar-3', ['sale']))
    expect(wide.said).toBe('grant_exceeds_parent')
    expect((await shift.post('/v1/api-keys', keyBody(bar, 'bar-4', ['read']))).status).toBe(201)
    expect((await shift.post(`/v1/api-keys/${own.keyId}/revoke`)).said).toBe('grant_not_yours')
    expect((await shift.post('/v1/api-keys/key-none/revoke')).said).toBe('record_unknown')
    expect((await manager.get('/v1/assets')).status).toBe(200)
    const ended = await manager.post(`/v1/grants/${apiKey.grant}/revoke`)
    expect(ended.status).toBe(201)
    expect((await shift.get('/v1/assets')).said).toBe('credential_revoked')
  })

  test('are not for a key without grant.issue', async () => {
    const { bar, as, manager } = await opened()
    const body = keyBody(bar, 'bar-2', ['read', 'sale'])
    const { token } = Key.parse((await manager.post('/v1/api-keys', body)).answer)
    for (const path of ['/v1/api-keys', '/v1/grants']) {
      expect((await as(token).get(path)).said).toBe('action_not_granted')
      expect((await as(token).post(path, body)).said).toBe('action_not_granted')
    }
  })
})

describe('grants over HTTP', () => {
  test('are issued to a key that somebody else keeps, listed and revoked', async () => {
    const { bar, ask, own, manager } = await opened()
    const body = { id: bar.node.newId(), grantee: FRIEND.key, actions: ['read'], till: 'phone' }
    const issued = await manager.post('/v1/grants', body)
    expect(issued.status).toBe(201)
    const [grant] = Created.parse(issued.answer).created
    if (grant === undefined) throw new Error('no grant')
    expect((await manager.post('/v1/grants', body)).status).toBe(200)
    expect((await ask(FRIEND, { path: '/v1/assets' }, { grant })).status).toBe(200)
    expect((await manager.get('/v1/grants')).answer).toMatchObject({
      items: [{ till: 'bar' }, {}, { id: grant, parent: own.grant, grantee: FRIEND.key }],
    })
    expect((await manager.post(`/v1/grants/${grant}/revoke`)).status).toBe(201)
    expect((await ask(FRIEND, { path: '/v1/assets' }, { grant })).said).toBe('credential_revoked')
    expect((await manager.get('/v1/grants')).answer).toMatchObject({
      items: [{}, {}, { id: grant, revokedAt: expect.any(String) }],
    })
  })

  test('of the place key are not a manager’s to revoke', async () => {
    const { bar, manager } = await opened()
    const { node, place } = bar
    await must(node, node.newId(), 'place', {
      kind: 'grant.issue',
      place,
      grantee: FRIEND.key,
      actions: ['read'],
      caps: {},
    })
    const other = [...node.view().records('grant')].find(({ grantee }) => grantee === FRIEND.key)
    expect((await manager.post(`/v1/grants/${other?.id}/revoke`)).said).toBe('grant_unknown')
  })

  test('with an end are told in time, not in milliseconds', async () => {
    const { bar, manager } = await opened()
    const notAfter = '2027-01-31T12:00:00.000Z'
    const terms = { grantee: FRIEND.key, actions: ['read'], caps: { day: 500 }, notAfter }
    await manager.post('/v1/grants', { id: bar.node.newId(), ...terms })
    expect((await manager.get('/v1/grants?limit=1&after=0-2')).answer).toMatchObject({
      items: [{ notAfter, caps: { day: 500 }, moved: 0 }],
    })
    const wrong = { id: bar.node.newId(), ...terms, notAfter: 'tomorrow' }
    expect((await manager.post('/v1/grants', wrong)).said).toBe('request_invalid')
  })
})
