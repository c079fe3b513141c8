import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { v7 } from 'uuid'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { command, commandWhenReady } from '#scripts/federation/command.ts'
import type { LocalFederation } from '#scripts/federation/local-federation.ts'
import { ensure, type Needed } from '../support/debian.ts'
import { openFederation, venueOf } from '../support/federation.ts'
import { ROOT } from '../support/federation-command.ts'
import { FederationTill } from '../support/federation-till.ts'
import { networkAt, runExample } from '../support/run-example.ts'

const INSTALL_MS = 300_000

/** Debian's own interpreters: another Python on the path may lack the package. */
const LANGUAGES: readonly (readonly [string, Needed, readonly string[]])[] = [
  [
    'Python',
    { package: 'python3-jwcrypto', check: ['/usr/bin/python3', '-c', 'import jwcrypto'] },
    ['/usr/bin/python3', '-B', join(ROOT, 'docs/examples/payment.py')],
  ],
  [
    'PHP',
    { package: 'php-cli', check: ['php', '-r', 'sodium_crypto_sign_keypair();'] },
    ['php', join(ROOT, 'docs/examples/payment.php')],
  ],
]
const CURL: Needed = { package: 'curl', check: ['curl', '--version'] }

let directory: string
let federation: LocalFederation
let till: FederationTill
let settings: Record<string, string>

beforeAll(async () => {
  for (const [, needed] of LANGUAGES) await ensure(needed)
  await ensure(CURL)
  directory = await mkdtemp(join(tmpdir(), 'kermesse-examples-'))
  federation = await openFederation(join(directory, 'federation'))
  const venue = venueOf(federation, 0)
  till = new FederationTill(venue)
  settings = {
    ...{ KERMESSE_URL: venue.apiUrl, KERMESSE_KEY: venue.apiKey, KERMESSE_PLACE: venue.placeId },
    KERMESSE_NETWORK: (await networkAt(venue.apiUrl)).id,
  }
}, INSTALL_MS)

afterAll(async () => {
  till?.close()
  await federation?.stop()
  await rm(directory, { recursive: true, force: true, maxRetries: 3 })
})

const verified = async (folder: string): Promise<unknown> => {
  const { genesisFile } = federation
  return await command('receipt', 'verify', join(folder, 'receipt.json'), '--genesis', genesisFile)
}

describe.each(LANGUAGES)('a till in %s', (_, _needed, program) => {
  test('sells, dies while a customer pays, and finds out what happened', async () => {
    const work = await mkdtemp(join(directory, 'work-'))
    const ask = (word: string) => runExample([...program, word], work, settings)
    const sold = await ask('sell')
    expect(sold.lines).toEqual([
      '/v1/cards 201 done',
      '/v1/topups 201 applied',
      '/v1/payments 201 applied',
    ])
    expect(sold.wasKilled).toBe(true)
    expect(await verified(work)).toMatchObject({ proven: true, amount: 650 })
    const resumed = await ask('resume')
    expect(resumed.lines).toEqual([expect.stringMatching(/^resolved [0-9a-f-]{36} applied$/)])
    expect((await ask('resume')).lines).toEqual([])
    const journal = await readFile(join(work, 'journal.jsonl'), 'utf8')
    expect(journal).not.toMatch(/04[0-9A-F]{12}/)
  })

  test('cancels what the node never heard of', async () => {
    const work = await mkdtemp(join(directory, 'work-'))
    const unheard = v7()
    await writeFile(join(work, 'journal.jsonl'), `{"id":"${unheard}","open":true}\n`)
    const { lines } = await runExample([...program, 'resume'], work, settings)
    expect(lines).toEqual([`resolved ${unheard} cancelled`])
  })

  test('signs for itself', async () => {
    const work = await mkdtemp(join(directory, 'work-'))
    const { lines } = await runExample([...program, 'key'], work, settings)
    const [key = ''] = lines
    const granted = await commandWhenReady(
      ...['grant', 'issue', '--directory', venueOf(federation, 0).directory],
      ...['--to', key, '--action', 'sale'],
    )
    const card = await till.newCard('weak', 1_000)
    const own = { ...settings, KERMESSE_GRANT: String(granted['grant']) }
    const signed = await runExample([...program, 'sign', card.id], work, own)
    expect(signed.lines).toEqual(['signed 201 applied'])
    expect(await till.balance(card.id)).toBe(350)
  })
})

describe('the same with curl', () => {
  test('pays once, however often it is sent', async () => {
    const work = await mkdtemp(join(directory, 'work-'))
    const script = join(ROOT, 'docs/examples/payment.sh')
    const { lines } = await runExample(['bash', script], work, settings)
    expect(lines.map((line) => line.split(' ', 2).join(' '))).toEqual([
      '/cards 201',
      '/topups 201',
      '/payments 201',
      '/payments 200',
      expect.stringMatching(/^\{"id":"[0-9a-f-]{36}","status":"applied"/),
      '{"items":[]}',
    ])
    expect(await verified(work)).toMatchObject({ proven: true, amount: 650 })
  })
})
