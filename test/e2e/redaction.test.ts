import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { v7 } from 'uuid'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { command, commandWhenReady } from '#scripts/federation/command.ts'
import { type LocalFederation, startFederation } from '#scripts/federation/local-federation.ts'
import { until, venueOf } from '../support/federation.ts'
import { newKey, send, signedFor } from '../support/signing-client.ts'

/** What development keeps in the clear on purpose, for whoever starts a throw-away federation. */
const OPEN_FILES: ReadonlySet<string> = new Set([
  'development-passphrase',
  'cards.txt',
  'federation.json',
])

let directory: string
let federation: LocalFederation

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kermesse-redaction-'))
  federation = await startFederation({
    directory,
    ports: 'free',
    authorities: 1,
    venues: 1,
    log: 'debug',
  })
})

afterAll(async () => {
  await federation?.stop()
  await rm(directory, { recursive: true, force: true, maxRetries: 3 })
})

/** Every way in which bytes may be written down, at any place of a longer text. */
const traces = (secret: Uint8Array): readonly Buffer[] => {
  const bytes = Buffer.from(secret)
  const hex = bytes.toString('hex')
  // The characters of base64 that no neighbour changes, for each place that the bytes can begin at.
  const inBase64 = [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64')
    return text.replaceAll('=', '').slice(Math.ceil((before * 4) / 3), -1)
  })
  const texts = [hex, hex.toUpperCase(), ...inBase64, ...inBase64.map(urlSafe)]
  return [bytes, ...texts.map((text) => Buffer.from(text))]
}

const urlSafe = (text: string): string => text.replaceAll('+', '-').replaceAll('/', '_')

/** A secret that is bytes, written in hex: as itself, and as the text that was sent. */
const ofHex = (text: string): readonly Buffer[] => [
  ...traces(Buffer.from(text, 'hex')),
  ...traces(Buffer.from(text)),
]

const Batch = z.object({ cards: z.array(z.object({ claim: z.string() })).length(2) })
const Made = z.object({ token: z.string() })

test('no secret is in a log, a metric, a problem or on disk, whatever became of the request', async () => {
  const venue = venueOf(federation, 0)
  const { directory: folder, apiUrl: url } = venue
  const status = await command('status', '--directory', folder)
  const target = { url, node: String(status['peerId']) }
  const problems: string[] = []
  const seeds = new Map<string, readonly Buffer[]>()
  const asks = async (
    authorization: string,
    method: 'GET' | 'POST',
    path: string,
    content?: object | string,
  ) => {
    const body = typeof content === 'object' ? JSON.stringify(content) : content
    const told = await send(target, { method, path, ...(body && { body }) }, authorization)
    if (told.status >= 400) problems.push(told.text)
    return told
  }

  const added = await commandWhenReady(
    ...['till', 'add', '--directory', folder, '--label', 'seeded', '--action'],
    ...['grant.issue', 'read', 'sale', 'issue', 'cashout', 'refund', 'payment.cancel'],
    ...['card.register', 'card.activate', 'card.block', 'card.replace'],
  )
  const token = String(added['apiKey'])
  const key = `Bearer ${token}`
  seeds.set('API key', traces(Buffer.from(token)))

  // Cards by tag, by secret, and with claim codes: taken, charged, refused, misspelt.
  const tag = `04${randomBytes(6).toString('hex')}`.toUpperCase()
  const secret = randomBytes(16).toString('hex')
  seeds.set('tag', ofHex(tag)).set('card secret', ofHex(secret))
  for (const face of [{ tag }, { secret }]) {
    expect((await asks(key, 'POST', '/v1/cards', { ...face, activate: true })).status).toBe(201)
    await asks(key, 'POST', '/v1/topups', { id: v7(), ...face, amount: 900 })
    await asks(key, 'POST', '/v1/payments', { id: v7(), payers: [face], amount: 100 })
    await asks(key, 'POST', '/v1/payments', { id: v7(), payers: [face], amount: 90_000 })
    await asks(key, 'POST', '/v1/payments', { id: v7(), payers: [{ ...face, x: 1 }], amount: 1 })
    await asks(key, 'POST', '/v1/payments', { id: 'none', payers: [face], amount: 1 })
  }
  await asks(key, 'GET', `/v1/cards/${tag}`)
  await asks(key, 'GET', `/v1/cards/${tag}/none`)
  await asks(key, 'POST', `/v1/cards/${tag}/cashout`, { id: v7(), secret, amount: 1 })
  await asks(key, 'POST', `/v1/cards/${tag}/block`, {})
  await asks(key, 'POST', '/v1/payments', `{"payers":[{"secret":"${secret}"`)
  const batch = await asks(key, 'POST', '/v1/card-batches', {
    id: v7(),
    batch: 'claimed',
    strength: 'secret',
    cards: [1, 2].map(() => ({ secret: randomBytes(16).toString('hex') })),
    claims: true,
  })
  const [first, second] = Batch.parse(JSON.parse(batch.text)).cards
  seeds.set('claim code', [...ofHex(first?.claim ?? ''), ...ofHex(second?.claim ?? '')])
  await asks(key, 'POST', `/v1/cards/${tag}/replace`, {
    id: v7(),
    with: { tag },
    claim: first?.claim,
  })

  // Credentials: made, shown wrongly, to the wrong node, twice.
  const made = await asks(key, 'POST', '/v1/api-keys', { id: v7(), till: 'x', actions: ['read'] })
  const other = Made.parse(JSON.parse(made.text)).token
  seeds.set('API key over HTTP', traces(Buffer.from(other)))
  for (const wrong of [
    `Bearer ${other}x`,
    `Basic ${other}`,
    `Bearer ${other.replace(/_.{8}_/, '_00000000_')}`,
  ]) {
    await asks(wrong, 'GET', '/v1/assets')
  }
  const shown = await commandWhenReady('till', 'pair', '--directory', folder, '--label', 'tablet')
  const code = String(shown['code'])
  const bare = code.replaceAll('-', '')
  seeds.set('pairing code', [...traces(Buffer.from(code)), ...traces(Buffer.from(bare))])
  const till = newKey()
  const pairing = { method: 'POST', path: '/v1/pairings', body: JSON.stringify({ code }) } as const
  const jwses: string[] = []
  const sign = (asked: Parameters<typeof signedFor>[2], change = {}) => {
    const jws = signedFor(target, till, asked, change)
    jwses.push(jws)
    return `JWS ${jws}`
  }
  await until('the till is paired', 60_000, async () => {
    const { status: said } = await asks(sign(pairing), 'POST', pairing.path, pairing.body)
    return said < 300
  })
  const read = { method: 'GET', path: '/v1/assets' } as const
  const once = sign(read)
  for (const jws of [once, once, sign(read, { exp: 1 }), sign(read, { path: '/v1/places' })]) {
    await asks(jws, 'GET', read.path)
  }
  // The header is public; what is claimed and its signature are not to be kept.
  seeds.set(
    'signed request',
    jwses.flatMap((jws) => [
      Buffer.from(jws.slice(jws.indexOf('.') + 1)),
      Buffer.from(jws.slice(-86)),
    ]),
  )
  const passphrase = (await readFile(join(folder, 'development-passphrase'), 'utf8')).trim()
  seeds.set('passphrase', traces(Buffer.from(passphrase)))

  const metrics = await asks(key, 'GET', '/metrics')
  expect(metrics.status).toBe(200)
  expect(problems.length).toBeGreaterThan(12)
  await federation.stop()
  const places = new Map([
    ['metrics', Buffer.from(metrics.text)],
    ['problems', Buffer.from(problems.join('\n'))],
    ...(await filesIn(directory)),
  ])
  expect([...places.keys()].some((name) => basename(name) === 'node.log')).toBe(true)
  // What is there is found: the identifier of the venue is in its files.
  const open = Buffer.from(venue.placeId)
  expect([...places.values()].some((bytes) => bytes.includes(open))).toBe(true)
  const found = [...seeds].flatMap(([seed, forms]) =>
    [...places].flatMap(([place, bytes]) =>
      forms.some((form) => form.length > 3 && bytes.includes(form)) ? [`${seed} in ${place}`] : [],
    ),
  )
  expect(found).toEqual([])
})

const filesIn = async (path: string): Promise<readonly (readonly [string, Buffer])[]> => {
  const entries = await readdir(path, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile() && !OPEN_FILES.has(entry.name))
  return await Promise.all(
    files.map(async ({ parentPath, name }) => {
      const file = join(parentPath, name)
      return [file, await readFile(file)] as const
    }),
  )
}
