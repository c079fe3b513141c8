import { afterEach, describe, expect, test } from 'vitest'
import { type ApiKeysParts, openApiKeys } from '#node/desk/api-keys.ts'
import { API_KEYS_MAX } from '#node/desk/limits.ts'
import { createdGrantId } from '#protocol/derive.ts'
import type { GrantId } from '#protocol/id.ts'
import { peerId } from '../../support/actors.ts'
import { closeBars, openedBar } from './bar.ts'
import { createMachine } from './machine.ts'
import { type Bar, must, newKey, TILL } from './solo-node.ts'

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

/** Makes so many keys that there is room for no more. */
const full = async (bar: Bar) => {
  const { node, place, caller } = bar
  const order = { place, grant: caller.grant, till: 'tent', secret: 'till/bar' }
  const left = API_KEYS_MAX - node.apiKeys.list().length
  const made = await Promise.all(Array.from({ length: left }, () => newKey(node.apiKeys, order)))
  return { order, made }
}

describe('as many API keys as a node may have', () => {
  test('leave no room for one more while all of them work', async () => {
    const bar = await openedBar()
    const { order } = await full(bar)
    expect(bar.node.apiKeys.hasRoom()).toBe(false)
    expect(await bar.node.apiKeys.create(order)).toBe('exhausted')
    expect(bar.node.apiKeys.authenticate(bar.token)).toMatchObject({ ok: true })
  })

  test('are counted with those that are being made', async () => {
    const bar = await openedBar()
    const { order, made } = await full(bar)
    await bar.node.apiKeys.revoke(made[0]?.keyId ?? '')
    expect(bar.node.apiKeys.hasRoom()).toBe(true)
    const both = [bar.node.apiKeys.create(order), bar.node.apiKeys.create(order)]
    const answers = await Promise.all(both)
    expect(answers.filter((answer) => answer === 'exhausted')).toHaveLength(1)
    expect(bar.node.apiKeys.list()).toHaveLength(API_KEYS_MAX)
  })

  test('make room by forgetting the one that has been over for longest, on disk too', async () => {
    const bar = await openedBar()
    const { order, made } = await full(bar)
    const [first, second] = [made[7], made[3]]
    if (first === undefined || second === undefined) throw new Error('too few')
    let nowMs = bar.node.clock.wallMs()
    const parts = { ...partsOf(bar, 'authority'), clock: { wallMs: () => nowMs } }
    const keys = await openApiKeys(parts)
    await keys.revoke(first.keyId)
    nowMs += 1
    await keys.revoke(second.keyId)
    expect(keys.authenticate(first.token)).toMatchObject({ code: 'credential_revoked' })
    const { token } = await newKey(keys, order)
    for (const known of [keys, await openApiKeys(parts)]) {
      expect(known.list()).toHaveLength(API_KEYS_MAX)
      expect(known.authenticate(token)).toMatchObject({ ok: true })
      expect(known.authenticate(first.token)).toMatchObject({ code: 'credential_unknown' })
      expect(known.authenticate(second.token)).toMatchObject({ code: 'credential_revoked' })
    }
  })

  test.each<[string, (bar: Bar, grant: GrantId) => unknown]>([
    [
      'whose grant was revoked',
      ({ node, place }, target) =>
        must(node, node.newId(), 'place', { kind: 'grant.revoke', place, target }),
    ],
    ['whose own time is over by the ledger', () => undefined],
  ])('make room by forgetting one %s', async (what, end) => {
    const bar = await openedBar()
    const { node, place } = bar
    const id = node.newId()
    const body = {
      kind: 'grant.issue',
      place,
      grantee: TILL.key,
      actions: ['read'],
      caps: {},
    } as const
    await must(node, id, 'place', { ...body, actions: ['read'] })
    const grant = createdGrantId({ scope: place, jti: id, index: 0 })
    const expiresAtMs = what.includes('time') ? node.recent.head().timeMs : undefined
    const order = { place, grant, till: 'screen', secret: 'till/bar' }
    const gone = await newKey(node.apiKeys, { ...order, ...(expiresAtMs && { expiresAtMs }) })
    const { order: next } = await full(bar)
    await end(bar, grant)
    await node.apiKeys.create(next)
    expect(node.apiKeys.authenticate(gone.token)).toMatchObject({
      code: 'credential_unknown',
    })
  })

  test('are not forgotten for what this machine’s clock alone says', async () => {
    const bar = await openedBar()
    const order = { place: bar.place, grant: bar.caller.grant, till: 'tent', secret: 'till/bar' }
    const expiresAtMs = bar.node.clock.wallMs() + 3_600_000
    const soon = await newKey(bar.node.apiKeys, { ...order, expiresAtMs })
    await full(bar)
    let nowMs = expiresAtMs
    const clock = { wallMs: () => nowMs }
    const keys = await openApiKeys({ ...partsOf(bar, 'authority'), clock })
    expect(keys.authenticate(soon.token)).toMatchObject({ code: 'credential_expired' })
    expect(await keys.create(order)).toBe('exhausted')
    nowMs -= 3_600_000
    expect(keys.authenticate(soon.token)).toMatchObject({ ok: true })
  })
})

describe('an API key', () => {
  test('speaks for its grant, and only its hash is kept', async () => {
    const { node, token, caller } = await openedBar()
    expect(token).toMatch(/^krm_live_[0-9a-f]{8}_[\w-]{32}$/)
    expect(node.apiKeys.authenticate(token)).toEqual({ ok: true, caller })
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
    expect(again.authenticate(bar.token)).toMatchObject({ ok: true })
  })

  test.each([
    ['credential_unknown', (token: string) => `${token}x`],
    ['credential_unknown', (token: string) => `${token.slice(0, -4)}AAAA`],
    ['credential_unknown', () => 'krm_live_'],
    ['credential_elsewhere', (token: string) => token.replace(/_[0-9a-f]{8}_/, '_00000000_')],
  ])('that is none of this node’s is refused: %s', async (code, change) => {
    const { node, token } = await openedBar()
    expect(node.apiKeys.authenticate(change(token))).toEqual({ ok: false, code })
  })

  test('does not work at another node, not even with the disk of its own', async () => {
    const bar = await openedBar()
    const other = await reopened(bar, 'bar')
    expect(other.authenticate(bar.token)).toEqual({ ok: false, code: 'credential_elsewhere' })
  })

  test('that was revoked is refused, after a restart too', async () => {
    const bar = await openedBar()
    expect(await bar.node.apiKeys.revoke(bar.caller.keyId)).toBe('revoked')
    expect(await bar.node.apiKeys.revoke('nobody')).toBe('unknown')
    const refused = { ok: false, code: 'credential_revoked' }
    expect(bar.node.apiKeys.authenticate(bar.token)).toEqual(refused)
    const again = await reopened(bar, 'authority')
    expect(again.authenticate(bar.token)).toEqual(refused)
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
    const used = keys.authenticate(bar.token)
    for (const write of waiting) write()
    await revoking
    expect(used).toEqual({ ok: false, code: 'credential_revoked' })
    const again = await reopened(bar, 'authority')
    expect(again.authenticate(bar.token)).toEqual(used)
  })

  test('dies with its grant', async () => {
    const { node, token, place, caller } = await openedBar()
    const body = { kind: 'grant.revoke', place, target: caller.grant } as const
    await must(node, node.newId(), 'place', body)
    const refused = { ok: false, code: 'credential_revoked' }
    expect(node.apiKeys.authenticate(token)).toEqual(refused)
  })

  test('counts only once its grant, and every grant above it, has begun', async () => {
    const machine = createMachine()
    const { node, place } = await openedBar(machine)
    const beginsMs = node.clock.wallMs() + 60_000
    const issued = node.newId()
    const terms = { kind: 'grant.issue', place, grantee: TILL.key, caps: {} } as const
    await must(node, issued, 'place', { ...terms, actions: ['read'], notBeforeMs: beginsMs })
    const grant = createdGrantId({ scope: place, jti: issued, index: 0 })
    const order = { place, grant, till: 'tent', secret: 'till/bar' }
    const { token } = await newKey(node.apiKeys, order)
    const early = { ok: false, code: 'credential_not_yet_valid' }
    expect(node.apiKeys.authenticate(token)).toEqual(early)
    machine.advance(60_000)
    expect(node.apiKeys.authenticate(token)).toMatchObject({ ok: true, caller: { grant } })
  })

  test('ends at its own time', async () => {
    const { node, place, caller } = await openedBar()
    const { token } = await newKey(node.apiKeys, {
      place,
      grant: caller.grant,
      till: 'tent',
      secret: 'till/bar',
      expiresAtMs: node.clock.wallMs() - 1,
    })
    const refused = { ok: false, code: 'credential_expired' }
    expect(node.apiKeys.authenticate(token)).toEqual(refused)
  })
})
