import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { walletIdOfKey } from '#protocol/derive.ts'
import { NAMES, owner, type Running, start, transfer, until } from './real-nodes.ts'

describe('four authorities and a follower, over real streams and on real disks', () => {
  let root = ''
  const nodes: Running[] = []

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'kermesse-five-'))
    for (const name of NAMES) nodes.push(await start(name, root, { authority: true, dial: nodes }))
    nodes.push(await start('follower', root, { authority: false, dial: nodes }))
  }, 30_000)

  afterAll(async () => {
    await Promise.all(nodes.map((node) => node.stop()))
    await rm(root, { recursive: true })
  })

  const follower = (): Running => {
    const node = nodes.at(-1)
    if (node === undefined) throw new Error('no follower')
    return node
  }

  test('a transaction from the follower’s outbox is final everywhere with one outcome', async () => {
    const { text, hash, id, expMs } = transfer(5)
    const scope = walletIdOfKey(owner.key)
    const outcome = new Promise((resolve) => {
      follower().core.outbox.onEnd(hash, resolve)
    })
    const entry = { hash, text, id, scope, kind: 'transfer', expMs, sinceMs: Date.now() }
    follower().core.outbox.submit(entry, () => undefined)
    await expect(outcome).resolves.toMatchObject({
      kind: 'recorded',
      event: { outcome: 'transfer_to_self' },
    })
    await until(() => nodes.every((node) => node.finals() > 0), 'final everywhere')
    const roots = nodes.map(({ core }) => core.executor.final().header.stateRoot)
    expect(new Set(roots).size).toBe(1)
  }, 30_000)
})
