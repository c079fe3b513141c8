import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { v7 } from 'uuid'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { GRANT_ACTIONS } from '#protocol/transaction/kinds/grant.ts'
import { command } from '#scripts/federation/command.ts'
import type { LocalFederation, RunningVenue } from '#scripts/federation/local-federation.ts'
import { untilOnline } from '#scripts/federation/online.ts'
import { ApiClient } from '#scripts/festival/api-client.ts'
import { openFederation, venueOf } from '../support/federation.ts'
import { FederationTill, newTag, saidBy } from '../support/federation-till.ts'

const Added = z.object({ apiKey: z.string() })
const Batch = z.object({
  cards: z.array(z.object({ card: z.string(), claim: z.string().optional() })),
})
const Proposed = z.object({ proposal: z.object({ id: z.string() }).loose() })
const Agreed = z.object({ consent: z.string() })
const Created = z.object({ created: z.array(z.string()).min(1) })
const Place = z.object({ wallet: z.string() })
const Row = z.object({
  cursor: z.string(),
  account: z.string(),
  change: z.int(),
  asset: z.string(),
})

/** Whoever does at a venue what no till does. */
type Office = { readonly client: ApiClient; readonly key: string }

let directory: string
let federation: LocalFederation
let till: FederationTill
let blue: Office
let green: Office

const openOffice = async ({ directory: folder, apiUrl }: RunningVenue): Promise<Office> => {
  const words = ['--directory', folder, '--label', 'office', '--action', ...GRANT_ACTIONS]
  const { apiKey: key } = Added.parse(await command('till', 'add', ...words))
  return { client: new ApiClient({ apiUrl, apiKey: key, connectionsMax: 16 }), key }
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kermesse-e2e-'))
  federation = await openFederation(directory)
  till = new FederationTill(venueOf(federation, 0))
  blue = await openOffice(venueOf(federation, 0))
  green = await openOffice(venueOf(federation, 1))
})

afterAll(async () => {
  till?.close()
  blue?.client.close()
  green?.client.close()
  await federation?.stop()
  await rm(directory, { recursive: true, force: true, maxRetries: 3 })
})

describe('a roll of cards', () => {
  test('gets claim codes that are told once and kept nowhere; a lost card is replaced by its code', async () => {
    const [lost, blank] = [newTag(), newTag()]
    const order = {
      id: v7(),
      batch: 'roll',
      strength: 'weak',
      cards: [{ tag: lost }, { tag: blank }],
    }
    const asked = { ...order, claims: true }
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => blue.client.post('/v1/card-batches', asked)),
    )
    const told = answers.map(({ body }) => Batch.parse(body).cards)
    const claims = told.flatMap((cards) => cards.flatMap(({ claim }) => claim ?? []))
    expect(claims).toHaveLength(2)
    expect(new Set(told.map((cards) => cards.map(({ card }) => card).join()))).toHaveLength(1)
    expect(await filesWith(venueOf(federation, 0).directory, claims)).toEqual([])

    await blue.client.post(`/v1/cards/${lost}/activate`, {})
    await till.topUp({ tag: lost }, 700)
    await blue.client.post(`/v1/cards/${lost}/block`, {})
    const replace = (claim?: string) =>
      blue.client.post(`/v1/cards/${lost}/replace`, {
        with: { tag: blank },
        ...(claim && { claim }),
      })
    expect(saidBy(await replace())).toBe('consent_missing')
    const [, other] = claims
    expect(saidBy(await replace(other))).toBe('consent_missing')
    expect(await replace(claims[0])).toMatchObject({ body: { card: { state: 'replaced' } } })
    const account = await blue.client.get(`/v1/cards/${blank}`)
    expect(account.body).toMatchObject({
      balances: [{ available: 700 }],
      card: { state: 'active' },
    })
    expect(saidBy(await till.pay({ tag: lost }, 100))).toBe('card_replaced')
    expect((await till.pay({ tag: blank }, 100)).status).toBe(201)
  })
})

describe('a hold', () => {
  test('is opened, captured in part, refunded and released, each once, and its rest is free again', async () => {
    const { id: card, face } = await till.newCard('secret', 2_000)
    const expires = new Date(Date.now() + 3_600_000).toISOString()
    const order = { id: v7(), payers: [face], amount: 1_500, expires }
    const opened = await blue.client.post('/v1/holds', order)
    expect(saidBy(opened)).toBe('applied')
    const [hold] = Created.parse(opened.body).created
    expect(await blue.client.post('/v1/holds', order)).toMatchObject({ replayed: true })
    expect(saidBy(await till.pay(face, 501))).toBe('insufficient_funds')
    const capture = { id: v7(), amount: 400 }
    const captures = await Promise.all(
      Array.from({ length: 8 }, () => blue.client.post(`/v1/holds/${hold}/captures`, capture)),
    )
    expect(captures.map(({ status }) => status).toSorted()).toEqual([...Array(7).fill(200), 201])
    const read = await blue.client.get(`/v1/holds/${hold}`)
    expect(read.body).toMatchObject({ captured: 400, onTheWay: 0, left: 1_100, here: true })
    const over = await blue.client.post(`/v1/holds/${hold}/captures`, { id: v7(), amount: 1_101 })
    expect(over).toMatchObject({ status: 422, body: { code: 'hold_cap_exceeded' } })
    expect(saidBy(await till.refund(capture.id, 100))).toBe('applied')
    const released = await blue.client.post(`/v1/holds/${hold}/release`, { id: v7() })
    expect(saidBy(released)).toBe('applied')
    expect(await till.balance(card)).toBe(1_700)
    const gone = await blue.client.get(`/v1/holds?status=open&card=${card}`)
    expect(gone.body).toMatchObject({ items: [] })
    const elsewhere = await green.client.get(`/v1/holds/${hold}`)
    expect(saidBy(elsewhere)).toBe('record_unknown')
  })
})

describe('two venues', () => {
  const walletOf = async ({ client }: Office, place: string) =>
    Place.parse((await client.get(`/v1/places/${place}`)).body).wallet
  const clearBy = async (terms: object, agree = green) => {
    const proposed = await blue.client.post('/v1/clearing/proposals', { id: v7(), ...terms })
    const { proposal } = Proposed.parse(proposed.body)
    const consent = await agree.client.post('/v1/clearing/consents', { proposal })
    return { proposal, agreed: consent }
  }

  test('clear what they have of each other’s money once, though one is killed in between', async () => {
    const [here, there] = [venueOf(federation, 0), venueOf(federation, 1)]
    const wallets = [
      await walletOf(blue, here.placeId),
      await walletOf(blue, there.placeId),
    ] as const
    const issue = ({ client }: Office, wallet: string, amount: number) =>
      client.post('/v1/topups', { id: v7(), wallet, amount })
    expect((await issue(green, wallets[0], 500)).status).toBe(201)
    expect((await issue(blue, wallets[1], 300)).status).toBe(201)
    const owed = await blue.client.get('/v1/clearing')
    expect(owed.body).toMatchObject({
      items: [
        {
          place: there.placeId,
          owed: [{ asset: there.assetId, available: 500 }],
          owing: [{ asset: here.assetId, available: 300 }],
        },
      ],
    })
    const terms = {
      kind: 'clearing.open',
      other: there.placeId,
      gives: [{ asset: there.assetId, amount: 500 }],
      takes: [{ asset: here.assetId, amount: 300 }],
    }
    const wrong = await clearBy(terms, blue)
    expect(saidBy(wrong.agreed)).toBe('order_mismatch')
    const { proposal, agreed } = await clearBy(terms)
    const order = { proposal, consent: Agreed.parse(agreed.body).consent }
    await killed(here)
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => blue.client.post('/v1/clearing', order)),
    )
    expect(new Set(answers.map(({ body }) => JSON.stringify(body)))).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1)
    const settling = await clearBy({
      kind: 'clearing.settle',
      opener: here.placeId,
      clearing: proposal.id,
      gives: [{ asset: there.assetId, amount: 300 }],
      takes: [{ asset: here.assetId, amount: 300 }],
      paid: [{ asset: there.assetId, amount: 200 }],
      reference: 'SEPA 2026-11-30/1',
    })
    const { consent } = Agreed.parse(settling.agreed.body)
    const end = { proposal: settling.proposal, consent }
    expect((await blue.client.post('/v1/clearing', end)).status).toBe(201)
    expect((await blue.client.get('/v1/clearing')).body).toMatchObject({ items: [] })
    expect((await blue.client.get('/v1/clearing/open')).body).toMatchObject({ items: [] })
    const reserves = await green.client.get('/v1/reserves')
    const item = { asset: there.assetId, supply: 0, redeemed: 200, atPlaces: 0 }
    expect(reserves.body).toMatchObject({
      items: expect.arrayContaining([expect.objectContaining(item)]),
    })
  })
})

describe('the books', () => {
  const linesOf = async ({ key }: Office, query: string): Promise<readonly string[]> => {
    const { apiUrl } = venueOf(federation, 0)
    const headers = { authorization: `Bearer ${key}` }
    const response = await fetch(`${apiUrl}/v1/exports${query}`, { headers })
    return (await response.text()).split(/\r?\n/).filter((line) => line !== '')
  }

  test('are the same after a kill, resumed after any line, and come to the balances', async () => {
    const { assetId } = venueOf(federation, 0)
    const card = await till.newCard('weak', 2_000)
    const sale = v7()
    await till.pay(card.face, 650, sale)
    await till.refund(sale, 150)
    const before = await blue.client.get('/v1/closings')
    const all = await linesOf(blue, '')
    expect(await linesOf(blue, '?format=csv')).toHaveLength(all.length + 1)
    await killed(venueOf(federation, 0))
    expect((await blue.client.get('/v1/closings')).body).toMatchObject({
      items: z.object({ items: z.array(z.unknown()) }).parse(before.body).items,
    })
    expect(await linesOf(blue, '')).toEqual(all)
    const rows = all.map((line) => Row.parse(JSON.parse(line)))
    for (const at of [0, Math.floor(rows.length / 2), rows.length - 1]) {
      expect(await linesOf(blue, `?after=${rows[at]?.cursor}`)).toEqual(all.slice(at + 1))
    }
    const sum = rows.reduce(
      (total, { asset, change }) => total + (asset === assetId ? change : 0),
      0,
    )
    const asset = await blue.client.get(`/v1/assets/${assetId}`)
    expect(asset.body).toMatchObject({ supply: sum })
  })
})

/** Killed, started again, and again able to take orders. */
const killed = async ({ name, apiUrl }: RunningVenue): Promise<void> => {
  await federation.kill(name)
  await federation.restart(name)
  await untilOnline(name, apiUrl)
}

/** Files below a folder that hold one of the texts. */
const filesWith = async (folder: string, texts: readonly string[]): Promise<readonly string[]> => {
  const patterns = texts.flatMap((text) => ['-e', text])
  try {
    const { stdout } = await promisify(execFile)('grep', ['-rlaiF', ...patterns, folder])
    return stdout.split('\n').filter((line) => line !== '')
  } catch (error) {
    // Of nothing found grep says 1.
    if (error instanceof Error && 'code' in error && error.code === 1) return []
    throw error
  }
}
