import { afterEach, describe, expect, test } from 'vitest'
import { invitedPeerOf } from '#node/network/identity.ts'
import { requestJoin } from '#node/network/join-protocol.ts'
import {
  JOIN_REQUEST_BYTES_MAX,
  JOIN_RESPONSE_BYTES_MAX,
  JOINS_AT_ONCE_MAX,
} from '#node/network/limits.ts'
import { NetworkError } from '#node/network/network-error.ts'
import { admitting, NETWORK_ID, openNetwork, stopAll } from './recorded-network.ts'

const SECRET = new Uint8Array(16).fill(42)
const INVITED = invitedPeerOf(NETWORK_ID, SECRET)

afterEach(stopAll)

const openInviting = async (handler: (request: string) => Promise<string>) => {
  const authority = await openNetwork(1, { admission: admitting({ invited: [INVITED] }) })
  const seen: string[] = []
  await authority.network.serveJoin((peer, request) => {
    seen.push(peer)
    return handler(request)
  })
  const address = authority.network.addresses()[0] ?? ''
  const question = { network: NETWORK_ID, address, secret: SECRET, request: '{}' }
  return { authority, seen, question }
}

describe('joining', () => {
  test('the holder of an invitation asks once and is answered', async () => {
    const { seen, question, authority } = await openInviting(async (request) => `heard ${request}`)
    const answer = await requestJoin({ ...question, request: '{"name":"Café ☕"}' })
    expect(answer).toBe('heard {"name":"Café ☕"}')
    expect(seen).toEqual([INVITED])
    expect(authority.network.counters().joins_answered).toBe(1)
    expect(authority.network.peers()).toEqual([])
  })

  test('the largest question and answer pass, larger ones do not', async () => {
    const { question } = await openInviting(async (request) =>
      'a'.repeat(request.length === 1 ? JOIN_RESPONSE_BYTES_MAX + 1 : JOIN_RESPONSE_BYTES_MAX),
    )
    const request = 'q'.repeat(JOIN_REQUEST_BYTES_MAX)
    expect(await requestJoin({ ...question, request })).toHaveLength(JOIN_RESPONSE_BYTES_MAX)
    await expect(requestJoin({ ...question, request: `${request}q` })).rejects.toMatchObject({
      code: 'too_long',
    })
    await expect(requestJoin({ ...question, request: 'q' })).rejects.toMatchObject({
      code: 'refused',
    })
  })

  test('few are answered at one time, and one more once one of them is', async () => {
    const secrets = Array.from({ length: JOINS_AT_ONCE_MAX + 1 }, (_, index) =>
      new Uint8Array(16).fill(index + 1),
    )
    const invited = secrets.map((secret) => invitedPeerOf(NETWORK_ID, secret))
    const served = Promise.withResolvers<string>()
    const full = Promise.withResolvers<void>()
    const { authority, seen, question } = await openInviting(() => {
      if (seen.length === JOINS_AT_ONCE_MAX) full.resolve()
      return served.promise
    })
    authority.network.admit(admitting({ invited }))
    const [late = SECRET, ...first] = secrets
    const answers = first.map((secret) => requestJoin({ ...question, secret }))
    await full.promise
    await expect(requestJoin({ ...question, secret: late })).rejects.toThrow(NetworkError)
    expect(seen).toHaveLength(JOINS_AT_ONCE_MAX)
    served.resolve('welcome')
    expect(await Promise.all(answers)).toEqual(first.map(() => 'welcome'))
    expect(await requestJoin({ ...question, secret: late })).toBe('welcome')
  })

  test('a wrong secret, a spent invitation and another network are refused', async () => {
    const { authority, question } = await openInviting(async () => 'never')
    const wrong = requestJoin({ ...question, secret: new Uint8Array(16) })
    await expect(wrong).rejects.toMatchObject({ code: 'refused' })
    authority.network.admit(admitting({}))
    await expect(requestJoin(question)).rejects.toMatchObject({ code: 'refused' })
  })

  test('nobody there is unreachable, and another peer there is refused', async () => {
    const { question } = await openInviting(async () => 'never')
    const nowhere = '/ip4/127.0.0.1/tcp/1/p2p/12D3KooWRndVhVZPCiQwHBBBdg769GyrPUW13zxwqQyf9r3ANaba'
    await expect(requestJoin({ ...question, address: nowhere })).rejects.toMatchObject({
      code: 'unreachable',
    })
    const other = question.address.replace(
      /p2p\/.*/,
      'p2p/12D3KooWRndVhVZPCiQwHBBBdg769GyrPUW13zxwqQyf9r3ANaba',
    )
    await expect(requestJoin({ ...question, address: other })).rejects.toMatchObject({
      code: 'refused',
    })
  })

  test('an authority that fails, or says nothing, is told apart', async () => {
    const failing = await openInviting(() => Promise.reject(new Error('no')))
    await expect(requestJoin(failing.question)).rejects.toMatchObject({ code: 'refused' })
    expect(failing.authority.network.counters().joins_failed).toBe(1)
    await stopAll()
    const silent = await openInviting(() => new Promise(() => undefined))
    await expect(requestJoin(silent.question, 300)).rejects.toMatchObject({ code: 'deadline' })
  })
})
