import { appendFileSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { storedBase } from '#node/storage/chain-base.ts'
import { promised } from '#node/storage/completion.ts'
import { keyOf, PREFIXES } from '#node/storage/key-map.ts'
import { openLevel } from '#node/storage/level-key-values.ts'
import { eachEntry } from '#node/storage/range-reader.ts'
import { commandWhenReady } from '#scripts/federation/command.ts'
import {
  type LocalFederation,
  type RunningVenue,
  startFederation,
} from '#scripts/federation/local-federation.ts'
import { allReach } from '#scripts/festival/heights.ts'
import { heightsOf, until, venueOf } from '../support/federation.ts'
import { FederationTill, saidBy } from '../support/federation-till.ts'

/** Far less than by default: a test makes no 50,000 blocks. */
const FROM_BLOCKS = 20
const CARDS = 900
const AT_ONCE = 60

let directory: string
let federation: LocalFederation
let till: FederationTill

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kermesse-e2e-'))
  federation = await startFederation({
    directory,
    ports: 'free',
    log: 'info',
    onLost: (reason) => console.error(reason),
  })
  till = new FederationTill(venueOf(federation, 0))
})

afterAll(async () => {
  till?.close()
  await federation?.stop()
  await rm(directory, { recursive: true, force: true, maxRetries: 3 })
})

test('a venue that begins late copies the state, is killed meanwhile, and sells', async () => {
  await fillLedger()
  const venue = venueOf(federation, 1)
  await federation.kill(venue.name)
  await rm(join(venue.directory, 'data'), { recursive: true })
  appendFileSync(
    join(venue.directory, 'node.yaml'),
    `\nsync: { snapshotFromBlocks: ${FROM_BLOCKS} }\n`,
  )
  await killInTheMidst(venue)
  await federation.restart(venue.name)
  expect(codesIn(venue)).toContain('snapshot_received')

  await sellAt(venue)
  const height = Math.max(...[...(await heightsOf(federation)).values()].map(Number))
  await allReach(federation, height)
  const { directory: other } = venueOf(federation, 0)
  till.close()
  await federation.stop()
  const [copy, whole] = [await storeIn(venue.directory), await storeIn(other)]
  expect(copy.begin).toBeGreaterThan(FROM_BLOCKS)
  expect(whole.begin).toBe(0)
  expect(copy.records.size).toBeGreaterThan(2 * CARDS)
  expect(copy.records).toEqual(whole.records)
})

/** Cards with money, some hundreds of blocks of them. */
const fillLedger = async (): Promise<void> => {
  for (let made = 0; made < CARDS; made += AT_ONCE) {
    await Promise.all(Array.from({ length: AT_ONCE }, () => till.newCard('weak', 100)))
  }
}

/** SIGKILL once the first chunks are on its disk. */
const killInTheMidst = async (venue: RunningVenue): Promise<void> => {
  const midst = new AbortController()
  const starting = federation.restart(venue.name, midst.signal)
  const died = expect(starting).rejects.toThrow()
  await until('a chunk is on its disk', 30_000, () => codesIn(venue).includes('snapshot_progress'))
  midst.abort()
  await died
  expect(codesIn(venue)).not.toContain('snapshot_received')
}

const Line = z.object({ msg: z.string() })

/** What the node has told its operator so far, over all its lives. */
const codesIn = (venue: RunningVenue): readonly string[] =>
  readFileSync(join(venue.directory, 'node.log'), 'utf8')
    .split('\n')
    .flatMap((line) => {
      if (!line.startsWith('{')) return []
      const parsed = Line.safeParse(parsedLine(line))
      return parsed.success ? [parsed.data.msg] : []
    })

/** The last one may be half written. */
const parsedLine = (line: string): unknown => {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

/** Its API keys are gone with its disk, its place and its cards are on the ledger. */
const sellAt = async (venue: RunningVenue): Promise<void> => {
  const added = await commandWhenReady(
    ...['till', 'add', '--directory', venue.directory, '--label', 'again'],
  )
  const again = new FederationTill({ ...venueOf(federation, 1), apiKey: String(added['apiKey']) })
  try {
    const card = await again.newCard('weak', 500)
    expect(saidBy(await again.pay(card.face, 120))).toBe('applied')
    expect(await again.balance(card.id)).toBe(380)
  } finally {
    again.close()
  }
}

/** Where a stopped node's copy begins, and the bytes of every slot. */
const storeIn = async (
  folder: string,
): Promise<{ readonly begin: number; readonly records: ReadonlyMap<string, string> }> => {
  const port = await openLevel(join(folder, 'data', 'state'))
  const records = new Map<string, string>()
  await promised<undefined>((answer) =>
    eachEntry(
      port,
      keyOf(PREFIXES.record),
      ({ key, value }) =>
        records.set(Buffer.from(key).toString('hex'), Buffer.from(value).toString()),
      (error) =>
        answer(error === undefined ? { ok: true, value: undefined } : { ok: false, error }),
    ),
  )
  const begin = storedBase(port).count
  await promised<undefined>((answer) =>
    port.close((error) =>
      answer(error === undefined ? { ok: true, value: undefined } : { ok: false, error }),
    ),
  )
  return { begin, records }
}
