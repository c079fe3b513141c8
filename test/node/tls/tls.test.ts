import { createPrivateKey, X509Certificate } from 'node:crypto'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createServer } from '#api/server.ts'
import { NodeConfig } from '#config/node-config.ts'
import { KeyStore } from '#node/keys/key-store.ts'
import type { Reporter } from '#node/loop/ports.ts'
import { keyOfScalar } from '#node/tls/certificate.ts'
import { namesOf, urlOf } from '#node/tls/names.ts'
import { openTls } from '#node/tls/open-tls.ts'
import { fakePorts } from '../../api/fake-ports.ts'

const NOW_MS = Date.UTC(2026, 10, 30)
const DAY_MS = 86_400_000

const folderWithKeys = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kermesse-tls-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const keyStore = await KeyStore.create(join(folder, 'keys.json'), 'passphrase')
  return { folder, keyStore }
}

/** Codes of what was reported, by the test that looks. */
const reported: string[] = []
const report: Reporter = ({ code }) => void reported.push(code)

const configOf = (api: object): NodeConfig => NodeConfig.parse({ role: 'venue', api })
const GENERATED = { host: '0.0.0.0', tls: 'generated', names: ['bar.local', '192.168.1.5'] }

describe('a generated certificate', () => {
  test('has the names and addresses of the settings, and lasts', async () => {
    const { folder, keyStore } = await folderWithKeys()
    const config = configOf(GENERATED)
    const tls = await openTls({ config, folder, keyStore, nowMs: NOW_MS, report })
    const certificate = new X509Certificate(tls?.certificate ?? '')
    expect(certificate.subjectAltName).toBe('DNS:bar.local, IP Address:192.168.1.5')
    expect(certificate.ca).toBe(false)
    expect(certificate.verify(certificate.publicKey)).toBe(true)
    expect(certificate.checkPrivateKey(createPrivateKey(tls?.key ?? ''))).toBe(true)
    expect(tls?.fingerprint).toBe(certificate.fingerprint256.replaceAll(':', '').toLowerCase())
    expect(Date.parse(certificate.validTo) - NOW_MS).toBeGreaterThan(3_000 * DAY_MS)
    const file = join(folder, 'api-certificate.pem')
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect(await readFile(file, 'utf8')).toBe(tls?.certificate)
    // The key is in the key store alone, encrypted.
    const keys = await readFile(join(folder, 'keys.json'), 'utf8')
    const { d = '' } = createPrivateKey(tls?.key ?? '').export({ format: 'jwk' })
    expect(keys).not.toContain(d)
  })

  test('is the same at every start, until a name is missing or it is over', async () => {
    const { folder, keyStore } = await folderWithKeys()
    const open = async (api: object, nowMs = NOW_MS) =>
      (await openTls({ config: configOf(api), folder, keyStore, nowMs, report }))?.fingerprint
    reported.length = 0
    const first = await open(GENERATED)
    expect(await open(GENERATED, NOW_MS + 365 * DAY_MS)).toBe(first)
    expect(await open({ ...GENERATED, names: ['bar.local'] })).toBe(first)
    const second = await open({ ...GENERATED, names: ['other.local'] })
    expect(second).not.toBe(first)
    expect(await open({ ...GENERATED, names: ['other.local'] }, NOW_MS + 4_000 * DAY_MS)).not.toBe(
      second,
    )
    await writeFile(join(folder, 'api-certificate.pem'), 'damaged')
    expect(await open(GENERATED)).toBeDefined()
    expect(reported).toEqual(Array.from({ length: 4 }, () => 'tls_certificate_made'))
  })

  test('has a key of 32 bytes, however small its number is', () => {
    const scalar = new Uint8Array(32)
    scalar[31] = 7
    expect(keyOfScalar(scalar).asymmetricKeyDetails).toEqual({ namedCurve: 'prime256v1' })
  })

  test('that cannot be kept stops the start with what to do', async () => {
    const { keyStore } = await folderWithKeys()
    const opening = openTls({
      config: configOf(GENERATED),
      folder: '/dev/null/none',
      keyStore,
      nowMs: NOW_MS,
      report,
    })
    await expect(opening).rejects.toMatchObject({ code: 'tls_unusable' })
  })
})

describe('a certificate of one’s own', () => {
  test('is used; one that is none, or has another key, stops the start', async () => {
    const { folder, keyStore } = await folderWithKeys()
    const made = await openTls({
      config: configOf(GENERATED),
      folder,
      keyStore,
      nowMs: NOW_MS,
      report,
    })
    await writeFile(join(folder, 'own.pem'), made?.certificate ?? '')
    await writeFile(join(folder, 'own.key'), made?.key ?? '')
    const other = await openTls({
      config: configOf({ ...GENERATED, names: ['x.local'] }),
      folder,
      keyStore: (await folderWithKeys()).keyStore,
      nowMs: NOW_MS,
      report,
    })
    await writeFile(join(folder, 'other.key'), other?.key ?? '')
    const open = (certificateFile: string, keyFile: string, nowMs = NOW_MS) => {
      const config = configOf({ tls: { certificateFile, keyFile } })
      return openTls({ config, folder, keyStore, nowMs, report })
    }
    reported.length = 0
    expect(await open('own.pem', 'own.key')).toEqual(made)
    expect(reported).toEqual([])
    const endsMs = Date.parse(new X509Certificate(made?.certificate ?? '').validTo)
    await open('own.pem', 'own.key', endsMs - DAY_MS)
    expect(reported).toEqual(['tls_certificate_ends'])
    for (const keyFile of ['other.key', 'none.key', 'own.pem']) {
      await expect(open('own.pem', keyFile)).rejects.toMatchObject({ code: 'tls_unusable' })
    }
  })
})

test.each([
  [{}, 'http://127.0.0.1:4100'],
  [{ host: 'localhost' }, 'http://localhost:4100'],
  [GENERATED, 'https://bar.local:4100'],
  [{ host: '::', tls: 'generated', names: ['fd00::5'] }, 'https://[fd00::5]:4100'],
  [{ host: '192.168.1.9', tls: 'generated' }, 'https://192.168.1.9:4100'],
])('an API of %j is reached at %s', (api, url) => {
  const parsed = configOf(api).api
  expect(urlOf(parsed, { port: 4_100, isTls: parsed.tls === 'generated' })).toBe(url)
})

test('a machine that listens everywhere knows itself by all its names, within a bound', () => {
  const names = namesOf(configOf({ host: '0.0.0.0', tls: 'generated' }).api)
  expect(names).toEqual(expect.arrayContaining(['localhost', '127.0.0.1', '::1']))
})

describe('the door with TLS', () => {
  const opened = async () => {
    const { folder, keyStore } = await folderWithKeys()
    const config = configOf({ host: '127.0.0.1', tls: 'generated' })
    const tls = await openTls({ config, folder, keyStore, nowMs: Date.now(), report })
    const app = await createServer({ ports: fakePorts(), tls })
    onTestFinished(() => app.close())
    const bound = await app.listen({ host: '127.0.0.1', port: 0 })
    return { port: Number(new URL(bound).port), tls }
  }

  test('shows the certificate of that fingerprint, and speaks no plain HTTP', async () => {
    const { port, tls } = await opened()
    const fingerprint = await new Promise<string>((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1', ca: tls?.certificate }, () => {
        resolve(socket.getPeerX509Certificate()?.fingerprint256 ?? '')
        socket.end()
      }).on('error', reject)
    })
    expect(fingerprint.replaceAll(':', '').toLowerCase()).toBe(tls?.fingerprint)
    await expect(fetch(`http://127.0.0.1:${port}/livez`)).rejects.toThrow()
  })
})
