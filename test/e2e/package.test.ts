import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createContext, runInContext } from 'node:vm'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { encodeId } from '#protocol/id.ts'
import { commandWhenReady } from '#scripts/federation/command.ts'
import type { LocalFederation } from '#scripts/federation/local-federation.ts'
import { CHROMIUM, inChromium } from '../support/chromium.ts'
import { isThere } from '../support/debian.ts'
import { openFederation, venueOf } from '../support/federation.ts'
import { ROOT, run } from '../support/federation-command.ts'
import { FederationTill, newTag } from '../support/federation-till.ts'
import { networkAt, runExample } from '../support/run-example.ts'

const BUILD_MS = 120_000
const STEP_MS = 60_000

let directory: string
let consumer: string
let federation: LocalFederation
let till: FederationTill

/** Builds, packs, and installs the package where nothing else is. */
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kermesse-package-'))
  consumer = join(directory, 'consumer')
  await mkdir(consumer)
  await succeed('npm', ['run', 'build'], ROOT, BUILD_MS)
  await succeed('npm', ['pack', './dist', '--pack-destination', directory], ROOT)
  const [packed = ''] = (await readdir(directory)).filter((name) => name.endsWith('.tgz'))
  await writeFile(join(consumer, 'package.json'), '{ "type": "module", "private": true }')
  const install = ['install', '--offline', '--no-audit', '--no-fund', join(directory, packed)]
  await succeed('npm', install, consumer)
  federation = await openFederation(join(directory, 'federation'))
  till = new FederationTill(venueOf(federation, 0))
}, BUILD_MS + STEP_MS)

afterAll(async () => {
  till?.close()
  await federation?.stop()
  await rm(directory, { recursive: true, force: true, maxRetries: 3 })
})

const succeed = async (
  program: string,
  words: readonly string[],
  cwd: string,
  timeoutMs: number = STEP_MS,
): Promise<string> => {
  const { exitCode, everything, output } = await run(program, words, { cwd, timeoutMs })
  if (exitCode !== 0) throw new Error(`${program} ${words.join(' ')}: ${everything}`)
  return output
}

describe('the package that others import', () => {
  test('brings nothing along and needs nothing', async () => {
    const installed = await readdir(join(consumer, 'node_modules'))
    expect(installed.filter((name) => !name.startsWith('.'))).toEqual(['kermesse'])
    const folder = join(consumer, 'node_modules/kermesse')
    const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
    expect(manifest).not.toHaveProperty('dependencies')
    const files = (await readdir(folder, { recursive: true })).filter((path) => path.includes('.'))
    const kinds = new Set(files.map((path) => path.replace(/^.*?(\.d\.ts|\.\w+)$/, '$1')))
    expect([...kinds].toSorted()).toEqual(['.d.ts', '.js', '.json', '.md'])
    expect(files).toContain('THIRD-PARTY.md')
  })

  test('has nothing of Node.js where a browser loads it', async () => {
    for (const path of ['client/browser.js', 'verifier.js']) {
      const text = await readFile(join(consumer, 'node_modules/kermesse', path), 'utf8')
      expect(text).not.toMatch(/\bnode:|\bprocess\.|\bBuffer\b|\brequire\(|^import\b/m)
    }
  })

  test('has types that stand alone, for Node.js and for bundlers', async () => {
    await copyFile(join(ROOT, 'docs/examples/payment.ts'), join(consumer, 'payment.ts'))
    await writeFile(join(consumer, 'page.ts'), PAGE)
    const tsc = join(ROOT, 'node_modules/.bin/tsc')
    const strict = ['--strict', '--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess']
    const target = ['--target', 'es2022']
    const options = [...strict, ...target, '--skipLibCheck', 'false']
    const types = ['--typeRoots', join(ROOT, 'node_modules/@types'), '--types', 'node']
    const nodenext = ['--module', 'nodenext', '--lib', 'es2024', ...types]
    await succeed(
      tsc,
      ['payment.ts', ...strict, ...target, '--skipLibCheck', ...nodenext],
      consumer,
    )
    const bundler = ['--module', 'esnext', '--moduleResolution', 'bundler']
    const dom = ['--lib', 'es2022,dom,dom.iterable', '--types', '']
    await succeed(tsc, ['page.ts', '--noEmit', ...options, ...bundler, ...dom], consumer)
    await writeFile(join(consumer, 'wrong.ts'), WRONG)
    const wrong = await run(tsc, ['wrong.ts', '--noEmit', ...options, ...bundler, ...dom], {
      cwd: consumer,
      timeoutMs: STEP_MS,
    })
    const faults = [...wrong.everything.matchAll(/^wrong\.ts\((\d+),/gm)].map(([, line]) => line)
    expect(new Set(faults)).toEqual(new Set(['3', '4', '5']))
  })
})

/** A page: the client and the verifier as a bundler sees them. */
const PAGE = `import { apiKey, memoryJournal, openBrowserJournal, openTill } from 'kermesse/client'
import { openVerifier } from 'kermesse/verifier'
export const start = async (): Promise<string> => {
  const journal = await openBrowserJournal('bar', { indexedDB, locks: navigator.locks })
  const verifier = openVerifier('{}')
  const till = await openTill({ url: location.origin, journal, credential: apiKey('k'), verifier })
  const outcome = await till.pay({ payers: [{ tag: '04A1B2C3' }], amount: 650 })
  await openTill({ url: '', journal: memoryJournal() })
  switch (outcome.status) {
    case 'applied': return outcome.legs?.[0]?.wallet ?? outcome.time
    case 'refused': return outcome.code + (outcome.missingAmount ?? 0)
    case 'captured': return outcome.lease
    case 'unchanged':
    case 'cancelled':
    case 'expired': return outcome.status
  }
}
`
/** What the types must refuse: a third payer's name, an amount in words, no journal. */
const WRONG = `import { memoryJournal, openTill } from 'kermesse/client'
const till = await openTill({ url: '', journal: memoryJournal() })
void till.pay({ payers: [{ name: 'Ada' }], amount: 650 })
void till.pay({ payers: [{ tag: '04A1B2C3' }], amount: 'six' })
void openTill({ url: '' })
export {}
`

describe('the example in TypeScript, compiled and installed', () => {
  test.each(['this', 'the system’s'])('%s Node.js: sells, dies, and finds out', async (which) => {
    const { apiUrl, apiKey, placeId, directory: folder } = venueOf(federation, 0)
    const work = await mkdtemp(join(directory, 'work-'))
    const network = await networkAt(apiUrl)
    const settings = {
      ...{ KERMESSE_URL: apiUrl, KERMESSE_KEY: apiKey, KERMESSE_GENESIS: federation.genesisFile },
      ...{ KERMESSE_PLACE: placeId, KERMESSE_NETWORK: network.id, KERMESSE_NODE: network.node },
    }
    const node = which === 'this' ? [process.execPath] : ['sh', '-c', SYSTEM_NODE, 'sh']
    const ask = (words: readonly string[], more: Record<string, string> = {}) =>
      runExample([...node, join(consumer, 'payment.js'), ...words], work, { ...settings, ...more })
    const sold = await ask(['sell'])
    expect(sold.lines).toEqual([
      ...['card applied', 'top-up applied', 'payment applied'],
      expect.stringMatching(/^proven applied at \d+$/),
    ])
    expect(sold.wasKilled).toBe(true)
    const resumed = await ask(['resume'])
    expect(resumed.lines).toEqual([expect.stringMatching(/^resolved [0-9a-f-]{36} applied$/)])
    expect((await ask(['resume'])).lines).toEqual([])
    const [key = ''] = (await ask(['key'])).lines
    const granted = await commandWhenReady(
      ...['grant', 'issue', '--directory', folder, '--to', key, '--action', 'sale'],
    )
    const card = await till.newCard('weak', 1_000)
    const signed = await ask(['sign', card.id], { KERMESSE_GRANT: String(granted['grant']) })
    expect(signed.lines).toEqual([
      'signed applied',
      expect.stringMatching(/^proven applied at \d+$/),
    ])
    expect(await till.balance(card.id)).toBe(350)
  })
})

/** Whatever \`node\` is outside this repository: 20 on a machine of the CI. */
const SYSTEM_NODE =
  'PATH=$(printf %s "$PATH" | tr ":" "\\n" | grep -v node_modules | paste -sd: -) exec node "$@"'

/** Said at the start: where there is no Chromium, what follows is not shown. */
const hasChromium = await isThere(CHROMIUM)

describe.skipIf(!hasChromium)('in real Chromium', () => {
  test('a till sells, proves its receipt, keeps its journal, and bars a second tab', async () => {
    const { apiUrl, apiKey } = venueOf(federation, 0)
    const genesis = await readFile(federation.genesisFile, 'utf8')
    const given = JSON.stringify({ key: apiKey, genesis, tag: newTag() })
    const folder = join(consumer, 'node_modules/kermesse')
    const result = await inChromium(`const given = ${given}\n${SELLING}`, {
      folder,
      nodeUrl: apiUrl,
    })
    expect(result).toEqual({
      ...{ card: 'applied', topUp: 'applied', paid: 'applied', proven: 'applied' },
      ...{ secondTab: 'journal_in_use', remembered: 'applied', resolved: ['cancelled'] },
    })
  })
})

const SELLING = `
import { apiKey, openBrowserJournal, openTill } from '/client/browser.js'
import { openVerifier } from '/verifier.js'
const storage = { indexedDB, locks: navigator.locks }
const { tag } = given
const open = async () => await openTill({
  url: location.origin,
  credential: apiKey(given.key),
  journal: await openBrowserJournal('bar', storage),
  verifier: openVerifier(given.genesis),
})
const run = async () => {
  const till = await open()
  const card = await till.registerCard({ tag, activate: true })
  const topUp = await till.topUp({ tag, amount: 2000 })
  const paid = await till.pay({ payers: [{ tag }], amount: 650 })
  const { proof } = await till.provenReceipt(paid.id)
  const secondTab = await open().then(() => 'opened', (error) => error.code)
  await till.close()
  const journal = await openBrowserJournal('bar', storage)
  const lost = till.newId()
  await journal.put(lost, JSON.stringify({ entry: { id: lost, action: 'takePayment', at: '' } }))
  await journal.close()
  const again = await open()
  const { settled } = await again.started
  const remembered = await again.outcome(paid.id)
  await again.close()
  return {
    card: card.status, topUp: topUp.status, paid: paid.status, proven: proof.outcome,
    secondTab, remembered: remembered.status, resolved: settled.map(({ status }) => status),
  }
}
const result = await run().catch((error) => ({ error: String(error), code: error.code }))
await fetch('/result', { method: 'POST', body: JSON.stringify(result) })
`

describe('the verifier', () => {
  const Vectors = z.object({
    trusted: z.object({ chainId: z.string(), epoch: z.number(), members: z.unknown() }),
    cases: z.array(z.object({ code: z.string().nullable(), proof: z.unknown() })),
  })
  const vectorsOf = async (what: string) =>
    Vectors.parse(JSON.parse(await readFile(join(ROOT, `test/vectors/proof-${what}.json`), 'utf8')))

  test('judges every golden vector where nothing of Node.js is', async () => {
    const text = await readFile(join(ROOT, 'dist/verifier.js'), 'utf8')
    const script = text.replace(/export\s*\{([^}]*)\}/, (_, names: string) => {
      const members = names.replaceAll(/([\w$]+) as ([\w$]+)/g, '$2: $1')
      return `globalThis.kermesse = {${members}}`
    })
    // What a browser's global object has, beside the language itself.
    const page = createContext({ TextEncoder, TextDecoder, crypto: undefined })
    runInContext(script, page)
    let judged = 0
    for (const what of ['receipt', 'balance']) {
      const { trusted, cases } = await vectorsOf(what)
      const network = encodeId('net', Uint8Array.from(Buffer.from(trusted.chainId, 'hex')))
      const pinned = { network, epoch: trusted.epoch, members: trusted.members }
      const given = JSON.stringify({ pinned, proofs: cases.map(({ proof }) => proof) })
      const codes: unknown = JSON.parse(String(runInContext(judgingIn(what, given), page)))
      expect(codes).toEqual(cases.map(({ code }) => code))
      judged += cases.length
    }
    expect(judged).toBeGreaterThan(15)
  })

  test('is as small as docs/POS.md says', async () => {
    const bytes = await readFile(join(ROOT, 'dist/verifier.js'))
    const gzip = gzipSync(bytes, { level: 9 }).length
    console.log(`verifier.js: ${bytes.length} bytes, ${gzip} gzip`)
    const said = /verifier is one file of (\d+) kB, (\d+) kB gzip/.exec(
      await readFile(join(ROOT, 'docs/POS.md'), 'utf8'),
    )
    expect(Number(said?.[1])).toBe(Math.round(bytes.length / 1_000))
    expect(Number(said?.[2])).toBe(Math.round(gzip / 1_000))
  })
})

/** A script that judges proofs of a kind. */
const judgingIn = (what: string, given: string): string => `
  (() => {
    const { pinned, proofs } = ${given}
    const verifier = kermesse.openVerifierAt(pinned)
    return JSON.stringify(proofs.map((proof) => {
      const verdict = verifier.${what}(proof)
      return verdict.proven ? null : verdict.code
    }))
  })()`
