import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { InvitationStore } from '#node/join/invitation-store.ts'
import { INVITATIONS_MAX, SPENT_ANSWERS_MS } from '#node/join/limits.ts'
import { invitedPeerOf } from '#node/network/identity.ts'
import { placeIdOfKey } from '#protocol/derive.ts'
import { encodeId } from '#protocol/id.ts'
import { actor, peerId } from '../../support/actors.ts'

const networkId = encodeId('net', new Uint8Array(32).fill(1))
const HOUR_MS = 3_600_000
const [bar, hall] = [actor('bar').key, actor('hall').key]
const welcome = { place: placeIdOfKey(bar), height: 7 }

const openStore = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kermesse-invitations-'))
  onTestFinished(async () => await rm(folder, { recursive: true }))
  const file = join(folder, 'invitations.json')
  const clock = { nowMs: 1_000_000 }
  const heard: number[] = []
  const open = async () => {
    const store: InvitationStore = await InvitationStore.open({
      file,
      networkId,
      wallMs: () => clock.nowMs,
      onChange: () => heard.push(store.admitted().length),
    })
    return store
  }
  const store = await open()
  return { file, clock, heard, store, reopen: open }
}

const invited = async (store: InvitationStore) => {
  const made = await store.create(HOUR_MS)
  if (made === undefined) throw new Error('no invitation')
  return { secret: made.secret, peer: invitedPeerOf(networkId, made.secret) }
}

describe('an open invitation', () => {
  test('admits its holder, also after a restart', async () => {
    const { store, reopen, heard } = await openStore()
    const { peer } = await invited(store)
    expect(store.admitted()).toEqual([peer])
    expect((await reopen()).admitted()).toEqual([peer])
    expect(heard).toEqual([1])
  })

  test('is kept without its secret, for the owner of the file alone', async () => {
    const { store, file } = await openStore()
    const { secret } = await invited(store)
    const text = await readFile(file, 'utf8')
    for (const encoding of ['hex', 'base64', 'base64url'] as const) {
      expect(text).not.toContain(Buffer.from(secret).toString(encoding))
    }
    expect((await stat(file)).mode & 0o777).toBe(0o600)
  })

  test('admits nobody any more once it has expired', async () => {
    const { store, clock } = await openStore()
    const { peer } = await invited(store)
    clock.nowMs += HOUR_MS
    expect(store.admitted()).toEqual([])
    expect(await store.claim(peer, bar)).toEqual({ ok: false, code: 'invitation_expired' })
  })

  test('is for one place: the first that uses it, also after a restart', async () => {
    const { store, reopen } = await openStore()
    const { peer } = await invited(store)
    expect(await store.claim(peer, bar)).toEqual({ ok: true, welcome: undefined })
    expect(await store.claim(peer, hall)).toEqual({ ok: false, code: 'invitation_spent' })
    const again = await reopen()
    expect(await again.claim(peer, hall)).toEqual({ ok: false, code: 'invitation_spent' })
    expect(await again.claim(peer, bar)).toEqual({ ok: true, welcome: undefined })
  })

  test('of two places at the same moment lets one in', async () => {
    const { store } = await openStore()
    const { peer } = await invited(store)
    const claims = await Promise.all([store.claim(peer, bar), store.claim(peer, hall)])
    expect(claims.map(({ ok }) => ok)).toEqual([true, false])
  })
})

describe('a spent invitation', () => {
  test('tells its place the same welcome for a while, and then is closed', async () => {
    const { store, clock, reopen } = await openStore()
    const { peer } = await invited(store)
    await store.claim(peer, bar)
    await store.spend(peer, welcome)
    await store.spend(peer, { ...welcome, height: 9 })
    const again = await reopen()
    expect(await again.claim(peer, bar)).toMatchObject({ ok: true, welcome })
    clock.nowMs += SPENT_ANSWERS_MS
    expect(again.admitted()).toEqual([])
    expect(await again.claim(peer, bar)).toMatchObject({ ok: false })
  })
})

test('a peer without an invitation is unknown', async () => {
  const { store } = await openStore()
  expect(await store.claim(peerId('stranger'), bar)).toEqual({
    ok: false,
    code: 'invitation_unknown',
  })
})

test('open invitations have a bound, and expired ones make room', async () => {
  const { store, clock } = await openStore()
  for (let count = 0; count < INVITATIONS_MAX; count += 1) await store.create(HOUR_MS)
  expect(await store.create(HOUR_MS)).toBeUndefined()
  clock.nowMs += HOUR_MS
  expect(await store.create(HOUR_MS)).toBeDefined()
  expect(store.list()).toHaveLength(1)
})

test.each(['', '{', '{"format":"kermesse-invitations/2","invitations":[]}', 'x'.repeat(200_000)])(
  'a file that holds no invitations stops the start: %#',
  async (text) => {
    const { file, reopen } = await openStore()
    await writeFile(file, text)
    await expect(reopen()).rejects.toMatchObject({ code: 'invitations_damaged' })
  },
)
