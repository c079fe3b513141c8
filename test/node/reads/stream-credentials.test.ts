import { afterEach, describe, expect, test, vi } from 'vitest'
import { STREAM_RECHECK_MS } from '#api/limits.ts'
import { createdGrantId } from '#protocol/derive.ts'
import { createMachine, type Machine } from '../desk/machine.ts'
import { closeDoors, openDoor } from '../desk/open-door.ts'
import {
  type Bar,
  bar as barOf,
  must,
  newKey,
  openBar,
  startNode,
  TILL,
} from '../desk/solo-node.ts'

const LIFE_MS = 60_000

type Ending = (bar: Bar, machine: Machine) => Promise<unknown>

const nodes: { readonly stop: () => void }[] = []
afterEach(async () => {
  await closeDoors()
  for (const node of nodes.splice(0)) node.stop()
  vi.useRealTimers()
})

/** A bar whose till has a grant and an API key of its own, each ending when it is told to. */
const barWith = async (ends: { readonly key?: true; readonly grant?: true }) => {
  const machine = createMachine()
  const node = await startNode(machine)
  nodes.push(node)
  node.start()
  const { place, local } = await openBar(node)
  const endMs = node.clock.wallMs() + LIFE_MS
  const id = node.newId()
  await must(node, id, 'place', {
    kind: 'grant.issue',
    place,
    grantee: TILL.key,
    actions: ['read'],
    till: 'screen',
    caps: {},
    ...(ends.grant && { notAfterMs: endMs }),
  })
  const grant = createdGrantId({ scope: place, jti: id, index: 0 })
  const { token } = await newKey(node.apiKeys, {
    place,
    grant,
    till: 'screen',
    secret: 'till/bar',
    ...(ends.key && { expiresAtMs: endMs }),
  })
  return { machine, bar: await barOf(node, token, local) }
}

const later: Ending = async (_, machine) => machine.advance(2 * LIFE_MS)

describe('an event stream ends with its credential', () => {
  test.each<[string, string, Parameters<typeof barWith>[0], Ending]>([
    [
      'whose API key is revoked',
      'credential_revoked',
      {},
      ({ node, caller }) => node.apiKeys.revoke(caller.keyId),
    ],
    ['whose API key has expired', 'credential_expired', { key: true }, later],
    [
      'whose grant is revoked',
      'credential_revoked',
      {},
      ({ node, place, caller }) =>
        must(node, node.newId(), 'place', { kind: 'grant.revoke', place, target: caller.grant }),
    ],
    ['whose grant has expired', 'credential_expired', { grant: true }, later],
  ])('%s', async (_, code, ends, end) => {
    const { bar, machine } = await barWith(ends)
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    const door = await openDoor(bar)
    const stream = await door.get('/v1/events')
    expect(stream.status).toBe(200)
    const ended = stream.text()
    await end(bar, machine)
    await vi.advanceTimersByTimeAsync(STREAM_RECHECK_MS)
    await ended
    const again = await door.get('/v1/events')
    expect(await again.json()).toMatchObject({ status: 401, code })
  })

  test('whose grant is revoked, with the block that revokes it', async () => {
    const { bar } = await barWith({})
    const { node, place, caller } = bar
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    const door = await openDoor(bar)
    const ended = (await door.get('/v1/events')).text()
    const body = { kind: 'grant.revoke', place, target: caller.grant } as const
    await must(node, node.newId(), 'place', body)
    expect(await ended).not.toContain('grant.revoke')
  })
})
