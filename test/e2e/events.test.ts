import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { command } from '#scripts/federation/command.ts'
import type { LocalFederation } from '#scripts/federation/local-federation.ts'
import { EventFollower, type Followed } from '../support/event-follower.ts'
import { openFederation, until, venueOf } from '../support/federation.ts'
import { FederationTill, saidBy } from '../support/federation-till.ts'
import { openFlappingReceiver } from '../support/flapping-receiver.ts'

const WITHIN_MS = 60_000
const Made = z.object({
  webhook: z.object({ id: z.string(), cursor: z.string() }),
  secret: z.string().startsWith('whsec_'),
})

let directory: string
let federation: LocalFederation
let till: FederationTill
let receiver: Awaited<ReturnType<typeof openFlappingReceiver>>

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kermesse-e2e-'))
  federation = await openFederation(directory)
  till = new FederationTill(venueOf(federation, 0))
  receiver = await openFlappingReceiver()
})

afterAll(async () => {
  till?.close()
  receiver?.close()
  await federation?.stop()
  await rm(directory, { recursive: true, force: true, maxRetries: 3 })
})

test('a webhook goes on through a kill of its node, in order, and its secret is on no disk', async () => {
  const answer = await till.client.post('/v1/webhooks', { url: receiver.url })
  expect(answer.status).toBe(201)
  const { webhook, secret } = Made.parse(answer.body)
  const card = await till.newCard('weak', 1_000)
  await till.pay(card.face, 10)
  receiver.behave('overloaded')
  await till.pay(card.face, 20)
  await until('an attempt that fails', WITHIN_MS, () =>
    receiver.arrivals.some(({ isTaken }) => !isTaken),
  )
  await federation.kill('venue-1')
  receiver.behave('take')
  await federation.restart('venue-1')
  await until('venue-1 takes payments', WITHIN_MS, async () => {
    const { status } = await till.client.get('/readyz')
    return status === 200 ? status : undefined
  })
  await till.pay(card.face, 30)
  const taken = () => receiver.arrivals.filter(({ isTaken }) => isTaken).map(({ id }) => id)
  const { apiUrl, apiKey } = venueOf(federation, 0)
  const follower = new EventFollower({ apiUrl, apiKey, after: webhook.cursor })
  await follower.read((events) => payments(events) === 3, performance.now() + WITHIN_MS)
  const wanted = follower.events
    .filter(({ event }) => event === 'transaction')
    .map(({ id }) => `evt_${id}`)
  await until('the last event', WITHIN_MS, () => taken().includes(wanted.at(-1) ?? ''))
  expect([...new Set(taken())]).toEqual(wanted)
  const { directory: folder } = venueOf(federation, 0)
  expect(await filesWith(folder, secret.slice('whsec_'.length))).toEqual([])
})

/** Files below a folder that hold a secret, as the base64 it is told in or as its bytes. */
const filesWith = async (folder: string, secret: string): Promise<readonly string[]> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  const found = await Promise.all(
    files.map(async ({ name, parentPath }) => {
      // What LevelDB has just compacted is gone.
      const bytes = await readFile(join(parentPath, name)).catch(() => Buffer.alloc(0))
      const holds = bytes.includes(secret) || bytes.includes(Buffer.from(secret, 'base64'))
      return holds ? name : undefined
    }),
  )
  return found.filter((name) => name !== undefined)
}

const payments = (events: readonly Followed[]): number =>
  events.filter(({ data }) => data.kind === 'sale').length

test('an address that is not public is refused where nobody allowed it', async () => {
  for (const [url, code] of [
    ['https://10.0.0.1/hook', 'webhook_address_forbidden'],
    ['http://192.168.1.7/hook', 'webhook_address_forbidden'],
    ['https://[fd00::1]/', 'webhook_address_forbidden'],
    [receiver.url, 'webhook_url_taken'],
  ]) {
    expect(saidBy(await till.client.post('/v1/webhooks', { url }))).toBe(code)
  }
})

test('a webhook ends with the grant of the till that made it', async () => {
  const { directory: folder, apiUrl } = venueOf(federation, 0)
  const added = await command('till', 'add', '--directory', folder, '--label', 'books')
  const headers = {
    authorization: `Bearer ${added['apiKey']}`,
    'content-type': 'application/json',
  }
  const body = JSON.stringify({ url: `${receiver.url}/books` })
  const made = await fetch(`${apiUrl}/v1/webhooks`, { method: 'POST', headers, body })
  expect(made.status).toBe(201)
  const { webhook } = Made.parse(await made.json())
  const tested = await fetch(`${apiUrl}/v1/webhooks/${webhook.id}/test`, {
    method: 'POST',
    headers: { authorization: headers.authorization },
  })
  expect(await tested.json()).toMatchObject({ taken: true, status: 200 })
  await command('grant', 'revoke', String(added['grant']), '--directory', folder)
  const card = await till.newCard('weak', 100)
  await till.pay(card.face, 10)
  const reading = { headers: { authorization: `Bearer ${venueOf(federation, 0).apiKey}` } }
  await until('the endpoint is paused', WITHIN_MS, async () => {
    const figures = await (await fetch(`${apiUrl}/metrics`, reading)).text()
    return figures.includes('kermesse_webhook_endpoints{state="paused"} 1')
  })
})
