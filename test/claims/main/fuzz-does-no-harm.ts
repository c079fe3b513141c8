import { randomBytes, randomInt } from 'node:crypto'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { command } from '#scripts/federation/command.ts'
import type { LocalFederation } from '#scripts/federation/local-federation.ts'
import { allReach } from '#scripts/festival/heights.ts'
import type { Claim } from '#test/claims/claim.ts'
import { nodesOf, venueOf, withFederation } from '../../support/federation.ts'
import { compared, type Row } from '../../support/federation-claim.ts'
import { addressesOf, namesOf, networkSeedIn, openPeer } from '../../support/federation-peer.ts'
import { openSigner } from '../../support/federation-signer.ts'
import { FederationTill, saidBy } from '../../support/federation-till.ts'
import { usageOf } from '../../support/federation-usage.ts'

const HTTP_ROUNDS = 300
const RAW_ROUNDS = 12
const STREAM_ROUNDS = 3
const GOSSIP_ROUNDS = 30
const SIZES = [1, 40, 700, 20_000, 400_000] as const
const GROWN_MAX_BYTES = 256 * 1_048_576
const TOPICS = ['blocks', 'votes', 'transactions', 'status'] as const
const SETTLE_MS = 500

export const claim: Claim = {
  area: 'main',
  name: 'fuzz-does-no-harm',
  bound: 'random bytes at HTTP, TCP, streams and gossip: no process ends or grows, payments go on',
  short: true,
  run: async ({ directory, progress }) =>
    await withFederation(directory, async (federation) => {
      const till = new FederationTill(venueOf(federation, 0))
      const card = await till.newCard('weak', 1_000)
      const before = nodesOf(federation)
      const memory = before.map(({ pid }) => usageOf(pid).resident)
      progress('HTTP')
      const rows: Row[] = [...(await fuzzHttp(federation, till))]
      progress('TCP')
      await fuzzRaw(federation)
      rows.push(['a payment after HTTP and TCP', saidBy(await till.pay(card.face, 100)), 'applied'])
      progress('streams and gossip of an admitted peer')
      await federation.kill('venue-2')
      await fuzzAsPeer(federation)
      rows.push(['a payment after the rest', saidBy(await till.pay(card.face, 100)), 'applied'])
      rows.push(['balance', await till.balance(card.id), 800])
      for (const [at, { name, pid }] of before.entries()) {
        if (name === 'venue-2') continue
        const grown = usageOf(pid).resident - (memory[at] ?? 0)
        rows.push([`${name} grew by ${grown} bytes`, grown < GROWN_MAX_BYTES, true])
      }
      progress('the peer’s own node again')
      await federation.restart('venue-2')
      await allReach(federation, await heightOf(till))
      till.close()
      return compared(rows)
    }),
}

const heightOf = async (till: FederationTill): Promise<number> =>
  z.object({ height: z.number() }).parse((await till.client.get('/v1/network')).body).height

/** Mutated requests: each is answered, none with a fault of the server. */
const fuzzHttp = async (
  federation: LocalFederation,
  till: FederationTill,
): Promise<readonly Row[]> => {
  const signer = await openSigner(federation, venueOf(federation, 0))
  const card = await till.newCard('weak', 0)
  const statuses = new Set<number>()
  for (let round = 0; round < HTTP_ROUNDS; round += 1) {
    const real = signer.sale({ card: card.id, amount: 1 })
    const answer =
      round % 3 === 0
        ? await till.client.post('/v1/transactions', mutated(real))
        : await till.client.post(pathOf(round), { id: noise(36), payers: noise(8), amount: round })
    statuses.add(answer.status)
  }
  const faults = [...statuses].filter((status) => status >= 500 || status < 400)
  return [[`answers ${[...statuses].join(' ')}`, faults.length, 0]]
}

const PATHS = ['/v1/payments', '/v1/topups', '/v1/cards', '/v1/transactions'] as const
const pathOf = (round: number): string => PATHS[round % PATHS.length] ?? PATHS[0]

const noise = (length: number): string => randomBytes(length).toString('latin1')

/** The text with some characters replaced by others of the same alphabet, so never the same. */
const mutated = (text: string): string => {
  const at = randomInt(text.length)
  return text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1 + randomInt(20))
}

/** Random bytes to every listening port of every node. */
const fuzzRaw = async (federation: LocalFederation): Promise<void> => {
  for (const { name, apiUrl } of nodesOf(federation)) {
    const { listen } = await statusOf(federation, name)
    const ports = [Number(new URL(apiUrl).port), ...listen.map(portOf)]
    for (const port of ports) {
      for (let round = 0; round < RAW_ROUNDS; round += 1) {
        await throwAt(port, randomBytes(SIZES[round % SIZES.length] ?? 1))
      }
    }
  }
}

const Status = z.object({ listen: z.array(z.string()) })
const statusOf = async ({ directory }: LocalFederation, name: string) =>
  Status.parse(await command('status', '--directory', `${directory}/${name}`))

const portOf = (address: string): number => Number(/\/tcp\/(\d+)/.exec(address)?.[1])

const throwAt = (port: number, bytes: Uint8Array): Promise<void> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.setTimeout(5_000, () => socket.destroy())
    socket.on('error', () => undefined)
    socket.once('close', () => resolve())
    socket.resume()
    socket.end(bytes)
  })

/** What a venue that turned bad can do with its own admitted identity. */
const fuzzAsPeer = async (federation: LocalFederation): Promise<void> => {
  const seed = await networkSeedIn(`${federation.directory}/venue-2`)
  for (const { name } of federation.authorities()) {
    const { listen } = await statusOf(federation, name)
    for (let round = 0; round < STREAM_ROUNDS; round += 1) {
      await fuzzStreams(federation, { seed, listen })
    }
    await fuzzGossip(federation, { seed, listen })
  }
}

type Target = { readonly seed: Uint8Array; readonly listen: readonly string[] }

/** A refusal is what we hope for: whatever fails here, fails for the one who does the fuzzing. */
const refused = () => undefined

const fuzzStreams = async (
  federation: LocalFederation,
  { seed, listen }: Target,
): Promise<void> => {
  const { link, bulk } = namesOf(federation)
  const host = await openPeer(seed)
  try {
    const connection = await host.dial(addressesOf(listen)).catch(refused)
    const streams = await Promise.all(
      [link, bulk].map((protocol) => connection?.newStream(protocol).catch(refused)),
    )
    for (const bytes of [randomBytes(2_000), Buffer.alloc(4, 255), Buffer.of(0, 0, 0, 2, 9, 9)]) {
      for (const stream of streams) if (stream?.status === 'open') stream.send(bytes)
    }
    await sleep(SETTLE_MS)
  } finally {
    await host.stop()
  }
}

const fuzzGossip = async (federation: LocalFederation, { seed, listen }: Target): Promise<void> => {
  const { topic } = namesOf(federation)
  const host = await openPeer(seed)
  try {
    const { pubsub } = host.services
    for (const name of TOPICS) pubsub.subscribe(topic(name))
    const connection = await host.dial(addressesOf(listen)).catch(refused)
    await sleep(SETTLE_MS)
    for (let round = 0; round < GOSSIP_ROUNDS; round += 1) {
      const name = TOPICS[round % TOPICS.length] ?? TOPICS[0]
      await pubsub
        .publish(topic(name), randomBytes(SIZES[round % SIZES.length] ?? 1))
        .catch(refused)
    }
    const stream = await connection?.newStream('/meshsub/1.1.0').catch(refused)
    if (stream?.status === 'open') stream.send(randomBytes(10_000))
    await sleep(SETTLE_MS)
  } finally {
    await host.stop()
  }
}
