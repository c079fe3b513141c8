import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { apiKey } from '#api/client/credential.ts'
import { openFileJournal } from '#api/client/file-journal.ts'
import { openTill } from '#api/client/till.ts'
import { DEATHS } from './deaths.ts'
import { HostileNode } from './hostile-node.ts'

const folder = async (): Promise<string> => {
  const directory = await mkdtemp(join(tmpdir(), 'kermesse-till-'))
  onTestFinished(async () => await rm(directory, { recursive: true, force: true }))
  return directory
}

/** The node of the other tests on a real socket. `/heard` answers once an order has arrived. */
const serve = async (node: HostileNode): Promise<string> => {
  const { promise: heard, resolve } = Promise.withResolvers<void>()
  const server = createServer(async (request, response) => {
    if (request.url === '/heard') {
      await heard
      response.end('{}')
      return
    }
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(Buffer.from(chunk))
    const answer = await node.fetch(`http://node.test${request.url ?? '/'}`, {
      method: request.method ?? 'GET',
      body: Buffer.concat(chunks).toString(),
    })
    resolve()
    response.writeHead(answer.status, Object.fromEntries(answer.headers))
    response.end(await answer.text())
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise((closed) => server.close(closed))
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return `http://127.0.0.1:${address.port}`
}

describe('a till whose process is killed', () => {
  test.each(DEATHS)(
    '%s: charged at most once, and the next start says what happened',
    async (death) => {
      const node = new HostileNode([])
      const url = await serve(node)
      const directory = await folder()
      const id = '0197930c-9c00-7000-8000-00000000000a'
      const script = join(import.meta.dirname, 'killed-till.ts')
      const child = spawn(process.execPath, [script, url, directory, id, death], {
        stdio: 'inherit',
      })
      const [, signal] = await once(child, 'exit')
      expect(signal).toBe('SIGKILL')
      const charged = node.charges.get(id) ?? 0
      const till = await openTill({
        ...{ url, journal: await openFileJournal(directory), credential: apiKey('krm_live_x') },
      })
      const { settled, open } = await till.started
      expect(open).toEqual([])
      expect(node.charges.get(id) ?? 0).toBe(charged)
      const wasOpen = death !== 'before_journal' && death !== 'told_written'
      expect(settled).toMatchObject(
        wasOpen ? [{ id, status: charged === 1 ? 'applied' : 'cancelled' }] : [],
      )
      expect((await till.cancel(id)).status).toBe(node.states.get(id))
      await till.close()
    },
  )
})

describe('a journal in files', () => {
  test('is for its owner alone, and holds no tag', async () => {
    const directory = join(await folder(), 'journal')
    const journal = await openFileJournal(directory)
    const id = '0197930c-9c00-7000-8000-00000000000b'
    await journal.put(id, '{"entry":{}}')
    expect((await stat(directory)).mode & 0o077).toBe(0)
    expect((await stat(join(directory, `${id}.json`))).mode & 0o077).toBe(0)
    expect(await journal.all()).toEqual(new Map([[id, '{"entry":{}}']]))
    await journal.drop(id)
    await journal.drop(id)
    expect(await readdir(directory)).toEqual([])
  })

  test('forgets what was half written', async () => {
    const directory = await folder()
    await writeFile(join(directory, '0197930c-9c00-7000-8000-00000000000c.1.part'), '{"ent')
    const journal = await openFileJournal(directory)
    expect(await journal.all()).toEqual(new Map())
    expect(await readdir(directory)).toEqual([])
  })

  test('writes no file elsewhere, whatever an id says', async () => {
    const directory = await folder()
    const journal = await openFileJournal(join(directory, 'journal'))
    await expect(journal.put('../escaped', 'x')).rejects.toThrow('not a payment id')
    await expect(readFile(join(directory, 'escaped.json'))).rejects.toThrow()
  })
})
