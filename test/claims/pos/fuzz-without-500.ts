import { join } from 'node:path'
import { Pool } from 'undici'
import { v7 } from 'uuid'
import { type LocalFederation, startFederation } from '#scripts/federation/local-federation.ts'
import { readLedgers } from '#scripts/festival/account.ts'
import type { Claim } from '#test/claims/claim.ts'
import { type Contract, createContract } from '../../support/contract.ts'
import { nodesOf, venueOf } from '../../support/federation.ts'
import { compared, type Row } from '../../support/federation-claim.ts'
import { FederationTill, newTag, saidBy } from '../../support/federation-till.ts'
import { createChance } from '../../support/fuzz-chance.ts'
import { type FuzzRequest, type FuzzWorld, fuzzRequest } from '../../support/fuzz-requests.ts'

const REQUESTS = 10_000
const SEED = 20_261_130
const AT_ONCE = 16
/** Longer than any route may take: a read that waits for a height, and the answer to it. */
const HANGS_AFTER_MS = 40_000
const FUNDS = 5_000
const SHOWN_MAX = 10

export const claim: Claim = {
  area: 'pos',
  name: 'fuzz-without-500',
  bound: `${REQUESTS} requests made from the document, of seed ${SEED}: no 500, no hang, every answer is documented, and money is conserved`,
  short: true,
  timeoutMs: 1_800_000,
  run: async ({ directory, progress }) => {
    const federation = await startFederation({
      directory: join(directory, 'federation'),
      ports: 'free',
      authorities: 1,
      venues: 1,
      log: 'error',
    })
    try {
      const till = new FederationTill(venueOf(federation, 0))
      const { contract, world } = await furnished(federation, till)
      const seen = await fuzz({ contract, world, url: venueOf(federation, 0).apiUrl, progress })
      const unharmed = await till.newCard('weak', 1)
      const after = await till.pay(unharmed.face, 1)
      till.close()
      const rows: readonly Row[] = [
        ...seen.faults
          .toSorted((a, b) => Number(b.includes(': 500')) - Number(a.includes(': 500')))
          .slice(0, SHOWN_MAX)
          .map((fault): Row => [fault, true, false]),
        ['requests', seen.statuses.length, REQUESTS],
        ['a payment after it', saidBy(after), 'applied'],
        ['nodes alive', nodesOf(federation).length, 2],
        ...(await balancedRows(federation)),
      ]
      const { ok, figure } = compared(rows)
      const counts = Object.fromEntries(
        [...Map.groupBy(seen.statuses, String)].map(([status, of]) => [status, of.length]),
      )
      return {
        ok,
        figure: { requests: seen.statuses.length, ...counts, ...(ok ? {} : { not: figure }) },
      }
    } finally {
      await federation.stop()
    }
  },
}

/** Real cards, wallets and payments, so that requests get as far as they can. */
const furnished = async (federation: LocalFederation, till: FederationTill) => {
  const { apiKey, assetId, placeId } = venueOf(federation, 0)
  const tag = newTag()
  const registered = await till.client.post('/v1/cards', { tag, activate: true })
  await till.topUp({ tag }, FUNDS)
  const id = v7()
  await till.pay({ tag }, 100, id)
  const account = JSON.stringify((await till.client.get(`/v1/cards/${tag}`)).body)
  const wallets = account.match(/wal1[a-z0-9]{58}/g) ?? []
  const card = JSON.stringify(registered.body).match(/crd1[a-z0-9]{58}/)?.[0] ?? ''
  const contract = createContract((await till.client.get('/openapi.json')).body)
  const known = {
    tag: [tag, card],
    id: [id, ...wallets, assetId, placeId],
    height: ['0', '1', '2'],
    asset: [assetId],
    wallet: wallets,
    minHeight: ['0', '1'],
    limit: ['1', '200'],
    state: ['open'],
    kinds: ['sale', 'sale,refund'],
    blocks: ['true'],
  }
  const world: FuzzWorld = { key: apiKey, known }
  return { contract, world }
}

type Fuzz = {
  readonly contract: Contract
  readonly world: FuzzWorld
  readonly url: string
  readonly progress: (text: string) => void
}

const fuzz = async ({ contract, world, url, progress }: Fuzz) => {
  const pool = new Pool(url, { connections: AT_ONCE })
  const faults: string[] = []
  const statuses: number[] = []
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < REQUESTS) {
      const number = next
      next += 1
      if (number % 250 === 0) progress(`${number} of ${REQUESTS}`)
      const request = fuzzRequest(contract, world, createChance(SEED + number))
      const { status, faults: found } = await sent(pool, request, contract)
      statuses.push(status)
      faults.push(...found.map((fault) => `request ${number}: ${fault}`))
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  await pool.destroy()
  return { faults, statuses }
}

/** Sends one, and says what is wrong with its answer. */
const sent = async (
  pool: Pool,
  { method, path, headers, body, operation }: FuzzRequest,
  contract: Contract,
): Promise<{ readonly status: number; readonly faults: readonly string[] }> => {
  const where = `${method} ${path.slice(0, 200)}`
  try {
    const answer = await pool.request({
      method,
      path,
      headers: [...headers],
      ...(body && { body: Buffer.from(body) }),
      headersTimeout: HANGS_AFTER_MS,
      bodyTimeout: HANGS_AFTER_MS,
    })
    const status = answer.statusCode
    const contentType = String(answer.headers['content-type'] ?? '')
    if (contentType.startsWith('text/event-stream')) {
      // A stream has no end of its own.
      answer.body.on('error', () => undefined).destroy()
      return { status, faults: [] }
    }
    const text = await answer.body.text()
    const broken = status === 500 ? [`${where}: 500 ${text}`] : []
    const breaches = contract.breaches({ method, url: path, status, contentType, body: text })
    return { status, faults: [...broken, ...breaches.map((breach) => `${where}: ${breach}`)] }
  } catch (error) {
    const why = error instanceof Error ? `${error.name} ${error.message}` : String(error)
    return { status: 0, faults: [`${where} (${operation.operation.operationId}): ${why}`] }
  }
}

/** On every disk what there is of each asset is what somebody has of it. */
const balancedRows = async (federation: LocalFederation): Promise<readonly Row[]> =>
  (await readLedgers(federation)).map(
    ({ name, ledger }): Row => [`unbalanced assets at ${name}`, ledger.unbalanced.length, 0],
  )
