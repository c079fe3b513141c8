import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { v7 } from 'uuid'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { Amount } from '#protocol/amount.ts'
import { CardId, GrantId, NetworkId, PlaceId } from '#protocol/id.ts'
import { PaymentId } from '#protocol/transaction/payment-id.ts'
import { signTransaction } from '#protocol/transaction/sign.ts'
import { command, commandWhenReady } from '#scripts/federation/command.ts'
import { type LocalFederation, startFederation } from '#scripts/federation/local-federation.ts'
import { until, venueOf } from '../support/federation.ts'
import { FederationTill } from '../support/federation-till.ts'
import {
  type Asked,
  newKey,
  type OwnKey,
  send,
  signedFor,
  type Target,
} from '../support/signing-client.ts'

const WITHIN_MS = 60_000
const Paired = z.object({ place: PlaceId, grant: GrantId, network: NetworkId, node: z.string() })
type Paired = z.infer<typeof Paired>
const Coded = z.object({ code: z.string() })

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

const codeIn = (text: string): string => Coded.safeParse(JSON.parse(text)).data?.code ?? ''

/** What a till asks again, as it is told to: the node has just started, is busy, or waits for a block. */
const PASSING: ReadonlySet<number> = new Set([202, 429, 503])

/** Asks, signed anew each time, until there is an answer that stands. */
const ask = (target: Target, key: OwnKey, asked: Asked, grant?: GrantId) =>
  until(`${asked.method} ${asked.path}`, WITHIN_MS, async () => {
    const jws = signedFor(target, key, asked, grant === undefined ? {} : { grant })
    const told = await send(target, asked, `JWS ${jws}`)
    return PASSING.has(told.status) ? undefined : { ...told, jws, code: codeIn(told.text) }
  })

/** What a till reads from the QR code of `kermesse till pair`. */
const pairingOf = async (label: string) => {
  const { directory: folder } = venueOf(federation, 0)
  const shown = await commandWhenReady('till', 'pair', '--directory', folder, '--label', label)
  const parameters = new URLSearchParams(String(shown['pairing']).replace(/^kermesse:pair\?/, ''))
  const target: Target = {
    url: parameters.get('url') ?? '',
    node: parameters.get('node') ?? '',
    fingerprint: parameters.get('fingerprint') ?? undefined,
  }
  return { target, code: parameters.get('code') ?? '' }
}

const pairing = (code: string): Asked => ({
  method: 'POST',
  path: '/v1/pairings',
  body: JSON.stringify({ code }),
})

const saleBy = (key: OwnKey, { place, grant, network }: Paired, id: string): Asked => ({
  method: 'POST',
  path: '/v1/transactions',
  body: JSON.stringify({
    transaction: signTransaction({
      networkId: network,
      ...key,
      exp: Math.floor(Date.now() / 1_000) + 60,
      jti: PaymentId.parse(id),
      body: {
        kind: 'sale',
        place,
        grant,
        payers: [{ card: CardId.parse(card) }],
        amount: Amount.parse(650),
        unit: 'EUR',
        scale: 2,
      },
    }),
  }),
})

/** The other venue's node, as a signed request names it. */
const otherNode = async (): Promise<Target> => {
  const { apiUrl: url, directory: folder } = venueOf(federation, 1)
  return { url, node: String((await command('status', '--directory', folder))['peerId']) }
}

test('a till with its own key is paired, pays, reads, and is dead once its grant is', async () => {
  const { target, code } = await pairingOf('tablet')
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
  const both = await Promise.all([ask(target, key, pairing(code)), ask(target, key, pairing(code))])
  expect(both.map(({ code: said }) => said)).toEqual(['', ''])
  const paired = Paired.parse(JSON.parse(both[0].text))
  expect(Paired.parse(JSON.parse(both[1].text))).toEqual(paired)
  expect(paired.node).toBe(target.node)
  expect((await ask(target, thief, pairing(code))).code).toBe('pairing_spent')

  const id = v7()
  const sale = saleBy(key, paired, id)
  const sold = await ask(target, key, sale, paired.grant)
  expect(sold).toMatchObject({ status: 201 })
  const outcome: Asked = { method: 'GET', path: `/v1/transactions/${id}` }
  const read = await ask(target, key, outcome, paired.grant)
  expect(JSON.parse(read.text)).toMatchObject({ status: 'applied', amount: 650 })
  expect(read.headers['ratelimit-remaining']).toMatch(/^\d+$/)

  const replayed = await send(target, outcome, `JWS ${read.jws}`)
  expect(codeIn(replayed.text)).toBe('request_replayed')
  const other = await otherNode()
  const elsewhere = await send(other, outcome, `JWS ${read.jws}`)
  expect(codeIn(elsewhere.text)).toBe('credential_elsewhere')
  // It reads its place at any node that it names.
  expect((await ask(other, key, { method: 'GET', path: '/v1/assets' }, paired.grant)).status).toBe(
    200,
  )

  // The power goes: the same certificate, the same grant, and nothing used passes again.
  const last = await ask(target, key, outcome, paired.grant)
  await federation.kill(venue.name)
  await federation.restart(venue.name)
  const after = { ...target, url: venueOf(federation, 0).apiUrl }
  const old = await send(after, outcome, `JWS ${last.jws}`)
  expect(['node_starting', 'request_signature_expired']).toContain(codeIn(old.text))
  expect(Paired.parse(JSON.parse((await ask(after, key, pairing(code))).text))).toEqual(paired)
  const { grants } = await commandWhenReady('grant', 'list', '--directory', venue.directory)
  const own = z.array(z.object({ grantee: z.string() })).parse(grants)
  expect(own.filter(({ grantee }) => grantee === key.signerKey)).toHaveLength(1)

  await commandWhenReady('grant', 'revoke', paired.grant, '--directory', venue.directory)
  expect((await ask(after, key, outcome, paired.grant)).code).toBe('credential_revoked')
  const late = saleBy(key, paired, v7())
  expect((await send(after, late)).status).toBeGreaterThanOrEqual(400)
  // Everywhere: the other venue hears of it with the block.
  await until('the other venue to know', WITHIN_MS, async () => {
    const { code: said } = await ask(
      other,
      key,
      { method: 'GET', path: '/v1/assets' },
      paired.grant,
    )
    return said === 'credential_revoked'
  })
  expect((await send(other, late)).status).toBeGreaterThanOrEqual(400)
})
