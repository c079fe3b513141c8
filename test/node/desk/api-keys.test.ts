import { afterEach, describe, expect, test } from 'vitest'
import { type ApiKeysParts, openApiKeys } from '#node/desk/api-keys.ts'
import { peerId } from '../../support/actors.ts'
import { closeBars, openedBar } from './bar.ts'
import { type Bar, must } from './solo-node.ts'

afterEach(closeBars)

const partsOf = ({ node }: Bar, name: string): ApiKeysParts => ({
  table: node.storage.local.apiKeys,
  peerId: peerId(name),
  clock: node.clock,
  view: node.view,
  head: node.recent.head,
  onFailure: ({ code }) => {
    throw new Error(code)
  },
})

const reopened = (bar: Bar, name: string) => openApiKeys(partsOf(bar, name))

describe('an API key', () => {
  test('speaks for its grant, and only its hash is kept', async () => {
    const { node, token, caller } = await openedBar()
    expect(token).toMatch(/^krm_live_[0-9a-f]{8}_[\w-]{32}$/)
    expect(await node.apiKeys.authenticate(token)).toEqual({ ok: true, caller })
    expect(caller).toMatchObject({ till: 'bar' })
    expect(JSON.stringify(node.apiKeys.list())).not.toContain(token.slice(-32))
    const stored: unknown[] = []
    await new Promise<void>((resolve) =>
      node.storage.local.apiKeys.each(
        (key) => stored.push(key),
        () => resolve(),
      ),
    )
    expect(stored).toHaveLength(1)
    expect(JSON.stringify(stored)).not.toContain(token.slice(-32))
  })

  test('is there again after a restart, with its last use', async () => {
    const bar = await openedBar()
    const { place, caller } = bar
    const order = { place, grant: caller.grant, till: 'tent', secret: 'till/bar' }
    // Once this one is on disk, what was written before it is.
    await bar.node.apiKeys.create(order)
    const before = bar.node.apiKeys.list()
    expect(before[0]?.lastUsedMs).toBeGreaterThan(0)
    const again = await reopened(bar, 'authority')
    expect(again.list()).toEqual(expect.arrayContaining([...before]))
    expect(await again.authenticate(bar.token)).toMatchObject({ ok: true })
  })

  test.each([
    ['credential_unknown', (token: string) => `${token}x`],
    ['credential_unknown', (token: string) => `${token.slice(0, -4)}AAAA`],
    ['credential_unknown', () => 'krm_live_'],
    ['credential_elsewhere', (token: string) => token.replace(/_[0-9a-f]{8}_/, '_00000000_')],
  ])('that is none of this node’s is refused: %s', async (code, change) => {
    const { node, token } = await openedBar()
    expect(await node.apiKeys.authenticate(change(token))).toEqual({ ok: false, code })
  })

  test('that was revoked is refused, after a restart too', async () => {
    const bar = await openedBar()
    expect(await bar.node.apiKeys.revoke(bar.caller.keyId)).toBe('revoked')
    expect(await bar.node.apiKeys.revoke('nobody')).toBe('unknown')
    const refused = { ok: false, code: 'credential_revoked' }
    expect(await bar.node.apiKeys.authenticate(bar.token)).toEqual(refused)
    const again = await reopened(bar, 'authority')
    expect(await again.authenticate(bar.token)).toEqual(refused)
  })

  test('stays revoked when it was used while the revocation was being written', async () => {
    const bar = await openedBar()
    const waiting: (() => void)[] = []
    const table = bar.node.storage.local.apiKeys
    const keys = await openApiKeys({
      ...partsOf(bar, 'authority'),
      // Minutes later: the next use is noted again.
      clock: { wallMs: () => bar.node.clock.wallMs() + 600_000 },
      table: { ...table, put: (key, done) => void waiting.push(() => table.put(key, done)) },
    })
    const revoking = keys.revoke(bar.caller.keyId)
    const used = await keys.authenticate(bar.token)
    for (const write of waiting) write()
    await revoking
    expect(used).toEqual({ ok: false, code: 'credential_revoked' })
    const again = await reopened(bar, 'authority')
    expect(await again.authenticate(bar.token)).toEqual(used)
  })

  test('dies with its grant', async () => {
    const { node, token, place, caller } = await openedBar()
    const body = { kind: 'grant.revoke', place, target: caller.grant } as const
    await must(node, node.newId(), 'place', body)
    const refused = { ok: false, code: 'credential_revoked' }
    expect(await node.apiKeys.authenticate(token)).toEqual(refused)
  })

  test('ends at its own time', async () => {
    const { node, place, caller } = await openedBar()
    const { token } = await node.apiKeys.create({
      place,
      grant: caller.grant,
      till: 'tent',
      secret: 'till/bar',
      expiresAtMs: node.clock.wallMs() - 1,
    })
    const refused = { ok: false, code: 'credential_expired' }
    expect(await node.apiKeys.authenticate(token)).toEqual(refused)
  })
})
