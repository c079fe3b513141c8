import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { v7 } from 'uuid'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { command, commandWhenReady } from '#scripts/federation/command.ts'
import { type LocalFederation, startFederation } from '#scripts/federation/local-federation.ts'
import { until, venueOf } from '../support/federation.ts'
import { FederationTill } from '../support/federation-till.ts'
import { askSigned, codeOf, Paired, pairing, pairingOf, saleBy } from '../support/paired-till.ts'
import { type Asked, newKey, send, type Target } from '../support/signing-client.ts'

const WITHIN_MS = 60_000
let directory: string
let federation: LocalFederation
/** A card with money, from before the venue spoke TLS. */
let card: string
let isTls = false

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kermesse-credentials-'))
  federation = await startFederation({
    directory,
    ports: 'free',
    authorities: 1,
    log: 'warn',
    environmentOf: (name) => (isTls && name === 'venue-1' ? { KERMESSE_API_TLS: 'generated' } : {}),
    onLost: (reason) => console.error(reason),
  })
  const till = new FederationTill(venueOf(federation, 0))
  card = (await till.newCard('weak', 5_000)).id
  till.close()
  isTls = true
  await federation.restart(venueOf(federation, 0).name)
})

afterAll(async () => {
  await federation?.stop()
  await rm(directory, { recursive: true, force: true, maxRetries: 3 })
})

/** The other venue's node, as a signed request names it. */
const otherNode = async (): Promise<Target> => {
  const { apiUrl: url, directory: folder } = venueOf(federation, 1)
  return { url, node: String((await command('status', '--directory', folder))['peerId']) }
}

test('a till with its own key is paired, pays, reads, and is dead once its grant is', async () => {
  const { target, code } = await pairingOf(venueOf(federation, 0), 'tablet')
  const venue = venueOf(federation, 0)
  const status = await command('status', '--directory', venue.directory)
  expect(status).toMatchObject({ apiUrl: target.url, tlsFingerprint: target.fingerprint })
  expect(target.url).toMatch(/^https:/)

  // Nothing is said to a node with another certificate, and none to one that speaks no TLS.
  const network: Asked = { method: 'GET', path: '/v1/network' }
  const forged = { ...target, fingerprint: '0'.repeat(64) }
  await expect(send(forged, network)).rejects.toThrow('another certificate')
  const plain = { ...target, url: target.url.replace('https:', 'http:') }
  await expect(send(plain, network)).rejects.toThrow()

  const [key, thief] = [newKey(), newKey()]
  const both = await Promise.all([
    askSigned(target, key, pairing(code)),
    askSigned(target, key, pairing(code)),
  ])
  expect(both.map(({ code: said }) => said)).toEqual(['', ''])
  const paired = Paired.parse(JSON.parse(both[0].text))
  expect(Paired.parse(JSON.parse(both[1].text))).toEqual(paired)
  expect(paired.node).toBe(target.node)
  expect((await askSigned(target, thief, pairing(code))).code).toBe('pairing_spent')

  const id = v7()
  const sale = saleBy(key, paired, { id, card, amount: 650 })
  const sold = await askSigned(target, key, sale, paired.grant)
  expect(sold).toMatchObject({ status: 201 })
  const outcome: Asked = { method: 'GET', path: `/v1/transactions/${id}` }
  const read = await askSigned(target, key, outcome, paired.grant)
  expect(JSON.parse(read.text)).toMatchObject({ status: 'applied', amount: 650 })
  expect(read.headers['ratelimit-remaining']).toMatch(/^\d+$/)

  const replayed = await send(target, outcome, `JWS ${read.jws}`)
  expect(codeOf(replayed.text)).toBe('request_replayed')
  const other = await otherNode()
  const elsewhere = await send(other, outcome, `JWS ${read.jws}`)
  expect(codeOf(elsewhere.text)).toBe('credential_elsewhere')
  // It reads its place at any node that it names.
  expect(
    (await askSigned(other, key, { method: 'GET', path: '/v1/assets' }, paired.grant)).status,
  ).toBe(200)

  // The power goes: the same certificate, the same grant, and nothing used passes again.
  const last = await askSigned(target, key, outcome, paired.grant)
  await federation.kill(venue.name)
  await federation.restart(venue.name)
  const after = { ...target, url: venueOf(federation, 0).apiUrl }
  const old = await send(after, outcome, `JWS ${last.jws}`)
  expect(['node_starting', 'request_signature_expired']).toContain(codeOf(old.text))
  expect(Paired.parse(JSON.parse((await askSigned(after, key, pairing(code))).text))).toEqual(
    paired,
  )
  const { grants } = await commandWhenReady('grant', 'list', '--directory', venue.directory)
  const own = z.array(z.object({ grantee: z.string() })).parse(grants)
  expect(own.filter(({ grantee }) => grantee === key.signerKey)).toHaveLength(1)

  await commandWhenReady('grant', 'revoke', paired.grant, '--directory', venue.directory)
  expect((await askSigned(after, key, outcome, paired.grant)).code).toBe('credential_revoked')
  const late = saleBy(key, paired, { id: v7(), card, amount: 650 })
  expect((await send(after, late)).status).toBeGreaterThanOrEqual(400)
  // Everywhere: the other venue hears of it with the block.
  await until('the other venue to know', WITHIN_MS, async () => {
    const { code: said } = await askSigned(
      other,
      key,
      { method: 'GET', path: '/v1/assets' },
      paired.grant,
    )
    return said === 'credential_revoked'
  })
  expect((await send(other, late)).status).toBeGreaterThanOrEqual(400)
})
