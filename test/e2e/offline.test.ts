import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { v7 } from 'uuid'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { leasesOf, prepareLeasing, startLeasing } from '#scripts/federation/leasing.ts'
import { type LocalFederation, startFederation } from '#scripts/federation/local-federation.ts'
import { cutOff } from '#scripts/links/cut-off.ts'
import { Links } from '#scripts/links/links.ts'
import { until, venueOf } from '../support/federation.ts'
import { FederationTill, type NewCard, saidBy } from '../support/federation-till.ts'

const FUNDS = 5_000
const SOON_MS = 60_000

let directory: string
let links: Links | undefined
let federation: LocalFederation
let till: FederationTill

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kermesse-e2e-'))
  federation = await startFederation({
    directory,
    ports: 'free',
    log: 'warn',
    prepare: async (manifest) => {
      links = await Links.lay(directory, manifest)
      await prepareLeasing(directory, manifest)
    },
  })
  await startLeasing(venueOf(federation, 0))
  till = new FederationTill(venueOf(federation, 0))
})

afterAll(async () => {
  till?.close()
  await federation?.stop()
  links?.close()
  await rm(directory, { recursive: true, force: true, maxRetries: 3 })
})

const untilMode = (mode: string): Promise<string> =>
  until(`venue-1 is ${mode}`, SOON_MS, async () => {
    const { status, body } = await till.client.get('/readyz')
    return JSON.stringify(body).includes(`"mode":"${mode}"`) && status === 200 ? mode : undefined
  })

const leased = async (...kinds: readonly ('weak' | 'secret')[]): Promise<readonly NewCard[]> => {
  const before = (await leasesOf(venueOf(federation, 0).directory)).open
  const cards: NewCard[] = []
  for (const kind of kinds) cards.push(await till.newCard(kind, FUNDS))
  await until('the cards have leases', SOON_MS, async () => {
    const { open } = await leasesOf(venueOf(federation, 0).directory)
    return open >= before + kinds.length ? open : undefined
  })
  return cards
}

test('a venue that is cut off sells on, also after it was killed, and is square when the link is back', async () => {
  const [weak, secret] = await leased('weak', 'secret')
  if (weak === undefined || secret === undefined || links === undefined) throw new Error('no cards')
  cutOff(links, 'venue-1')
  await untilMode('leases_only')
  const ids = [v7(), v7(), v7()] as const
  const [first, second, third] = ids
  const taken = await till.pay(weak.face, 500, first)
  expect(taken).toMatchObject({ status: 201, body: { status: 'captured', left: 2_500 } })
  expect(saidBy(await till.pay(secret.face, 700, second))).toBe('captured')
  expect(await till.pay(weak.face, 500, first)).toMatchObject({ status: 200, replayed: true })
  expect(saidBy(await till.pay(weak.face, 2_600))).toBe('lease_insufficient')
  expect(saidBy(await till.topUp(weak.face, 100))).toBe('ledger_required')
  expect(saidBy(await till.cancel(first))).toBe('already_applied')
  await federation.kill('venue-1')
  await federation.restart('venue-1')
  await untilMode('leases_only')
  expect(await till.pay(weak.face, 500, first)).toMatchObject({ status: 200, replayed: true })
  expect(saidBy(await till.pay(weak.face, 400, third))).toBe('captured')
  const open = await till.client.get('/v1/payments?state=open')
  expect(open.body).toMatchObject({ items: ids.toSorted().map((id) => ({ id })) })
  const lease = { leases: 2, onTheWay: 1_600, left: 2 * 3_000 - 1_600 }
  expect((await till.client.get('/v1/leases')).body).toMatchObject({
    mode: 'leases_only',
    policy: { enabled: true, granted: true, closed: false },
    totals: [lease],
    items: [{ here: true }, { here: true }],
  })
  expect((await till.client.get('/v1/leases/captures')).body).toMatchObject({
    totals: [{ on_the_way: { captures: 3, amount: 1_600 }, lost: { captures: 0 } }],
    items: ids.map((id) => ({ id, state: 'on_the_way' })),
  })
  links.heal()
  await untilMode('online')
  for (const id of ids) {
    await until(`${id} is final`, SOON_MS, async () => {
      const said = saidBy(await till.outcome(id))
      return said === 'applied' ? said : undefined
    })
    expect((await till.receipt(id)).status).toBe(200)
  }
  const after = await leasesOf(venueOf(federation, 0).directory)
  expect(after).toMatchObject({ waiting: 0, losses: [] })
  for (const state of ['on_the_way', 'lost']) {
    const report = await till.client.get(`/v1/leases/captures?state=${state}`)
    expect(report.body).toMatchObject({ totals: [], items: [] })
  }
  // All of it at once needs what the lease keeps: nobody is poorer for having been reserved from.
  expect(saidBy(await till.pay(weak.face, FUNDS - 900))).toBe('applied')
  expect(saidBy(await till.pay(secret.face, FUNDS - 700))).toBe('applied')
  expect(await till.balance(weak.id)).toBe(0)
})
