import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { askNode } from '#node/control/client.ts'
import { COMMAND_BYTES_MAX } from '#node/control/limits.ts'
import { startControl } from '#node/control/server.ts'
import { KeyStoreError } from '#node/keys/key-store.ts'
import type { TestNode } from '../../support/test-node.ts'
import { BAR, venueNode } from './venue-node.ts'

const serve = async (node: TestNode, dataDirectory = node.folder) => {
  const errors: unknown[] = []
  const server = await startControl({
    dataDirectory,
    operations: node,
    onError: (_, error) => errors.push(error),
  })
  onTestFinished(() => server.stop())
  return { server, errors }
}

describe('the control socket', () => {
  test('carries a command to the node and its answer back', async () => {
    const { node } = await venueNode()
    await serve(node)
    expect(await askNode(node.folder, 'place.show', {})).toMatchObject({
      ok: true,
      result: { place: BAR },
    })
    expect(await askNode(node.folder, 'pay', {})).toMatchObject({ ok: false, code: 'malformed' })
  })

  test('opens to its owner alone', async () => {
    const { node } = await venueNode()
    const { server } = await serve(node)
    expect((await stat(server.path)).mode & 0o777).toBe(0o600)
  })

  test('works in a folder whose path is longer than the system allows', async () => {
    const { node } = await venueNode()
    const deep = join(node.folder, 'a'.repeat(100), 'b'.repeat(100))
    await mkdir(deep, { recursive: true })
    const { server } = await serve(node, deep)
    expect(await askNode(deep, 'status', {})).toMatchObject({ ok: true })
    await server.stop()
    expect(await askNode(deep, 'status', {})).toMatchObject({ code: 'node_not_running' })
  })

  test('is taken over from a node that died without cleaning up', async () => {
    const { node } = await venueNode()
    await writeFile(join(node.folder, 'control.sock'), '')
    await serve(node)
    expect(await askNode(node.folder, 'status', {})).toMatchObject({ ok: true })
  })

  test('removes nothing that a damaged pointer names', async () => {
    const { node } = await venueNode()
    const folders = ['other-', 'kermesse-'].map((name) => mkdtemp(join(tmpdir(), name)))
    const [kept = '', passed = ''] = await Promise.all(folders)
    onTestFinished(async () => {
      for (const each of [kept, passed]) await rm(each, { recursive: true, force: true })
    })
    const pointers = [join(kept, 'control.sock'), `${passed}/../${basename(kept)}/control.sock`]
    for (const pointer of pointers) {
      await writeFile(join(node.folder, 'control.path'), pointer)
      await serve(node)
      expect((await stat(kept)).isDirectory()).toBe(true)
    }
  })

  test('says that no node runs where none does', async () => {
    const { node } = await venueNode()
    expect(await askNode(node.folder, 'status', {})).toMatchObject({
      kind: 'not_ready',
      code: 'node_not_running',
    })
  })

  test('tells the node of a failure, and the caller only that there was one', async () => {
    const { node } = await venueNode()
    const broken = { ...node, links: () => [].at(0) ?? failing() }
    const { errors } = await serve(broken)
    const answer = await askNode(node.folder, 'status', {})
    expect(answer).toMatchObject({ ok: false, code: 'internal' })
    expect(JSON.stringify(answer)).not.toContain('secret detail')
    expect(errors).toHaveLength(1)
  })
})

test('a key store that is full is told by its code', async () => {
  const { node } = await venueNode()
  const keep = () => Promise.reject(new KeyStoreError('key_store_full', 'it holds 1000 secrets'))
  await serve({ ...node, secrets: { ...node.secrets, keep } })
  expect(await askNode(node.folder, 'till.add', { label: 'bar-1' })).toMatchObject({
    ok: false,
    code: 'key_store_full',
    message: 'it holds 1000 secrets',
  })
})

const failing = (): never => {
  throw new Error('secret detail')
}

describe('at the door of the socket', () => {
  test.each([
    ['a command that does not exist', '/nothing', '{}', 'command_unknown'],
    ['what is not JSON', '/status', '{', 'malformed'],
    ['more than a command has', '/status', `"${'x'.repeat(COMMAND_BYTES_MAX)}"`, 'malformed'],
  ])('%s is refused with a code', async (_, path, body, code) => {
    const { node } = await venueNode()
    const { server } = await serve(node)
    expect(JSON.parse(await post(server.path, path, body))).toMatchObject({ ok: false, code })
  })
})

const post = (socketPath: string, path: string, body: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' }
    const asking = request({ socketPath, path, method: 'POST', headers }, async (response) => {
      const chunks: Buffer[] = []
      for await (const chunk of response) chunks.push(Buffer.from(chunk))
      resolve(Buffer.concat(chunks).toString())
    })
    asking.on('error', reject)
    asking.end(body)
  })
