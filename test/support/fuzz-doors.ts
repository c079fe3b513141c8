import { randomBytes, randomInt } from 'node:crypto'
import { connect } from 'node:net'
import { join } from 'node:path'
import { askNode } from '#node/control/client.ts'
import { COMMAND_BYTES_MAX } from '#node/control/limits.ts'
import { findSocketPath } from '#node/control/socket-path.ts'
import type { LocalFederation } from '#scripts/federation/local-federation.ts'
import { ApiClient } from '#scripts/festival/api-client.ts'
import { nodesOf } from './federation.ts'
import type { Row } from './federation-claim.ts'
import { statusOf } from './federation-peer.ts'
import type { OwnSigner } from './federation-signer.ts'
import type { FederationTill } from './federation-till.ts'

const HTTP_ROUNDS = 300
const STAYING_BYTES = 700
const SIZES = [1, 40, 700, 20_000, 400_000] as const
/** Longer than any door has patience with somebody who says nothing of sense. */
const ENDED_WITHIN_MS = 15_000
/** More than any door takes in one request. */
const OVERSIZED_BYTES = 64 * 1_048_576

/** Orders and transactions that are almost right, and bodies too large: each refused, none a fault. */
export const fuzzHttp = async (
  federation: LocalFederation,
  {
    tills,
    signer,
    card,
  }: {
    readonly tills: readonly FederationTill[]
    readonly signer: OwnSigner
    readonly card: string
  },
): Promise<readonly Row[]> => {
  const clients = [
    ...tills.map(({ client }) => client),
    ...federation
      .authorities()
      .map(({ apiUrl = '' }) => new ApiClient({ apiUrl, connectionsMax: 4 })),
  ]
  const statuses: number[] = []
  for (const client of clients) {
    for (let round = 0; round < HTTP_ROUNDS / clients.length; round += 1) {
      const forged = mutated(signer.sale({ card, amount: 1 }))
      const body = round % 2 === 0 ? forged : { id: noise(36), payers: noise(8), amount: round }
      const path = round % 2 === 0 ? '/v1/transactions' : pathOf(round)
      statuses.push((await client.post(path, body)).status)
    }
  }
  for (const client of clients.slice(tills.length)) client.close()
  const refused = statuses.filter((status) => status >= 400 && status < 500)
  return [
    ['HTTP requests sent', statuses.length >= HTTP_ROUNDS, true],
    [
      `HTTP requests refused: ${[...new Set(statuses)].sort().join(' ')}`,
      refused.length,
      statuses.length,
    ],
    ...(await oversizedRows(federation)),
  ]
}

const PATHS = ['/v1/payments', '/v1/topups', '/v1/cards', '/v1/transactions'] as const
const pathOf = (round: number): string => PATHS[round % PATHS.length] ?? PATHS[0]

const noise = (length: number): string => randomBytes(length).toString('latin1')

/** The text with some characters replaced by others of the same alphabet, so never the same. */
export const mutated = (text: string): string => {
  const at = randomInt(text.length)
  return text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1 + randomInt(20))
}

const oversizedRows = async (federation: LocalFederation): Promise<readonly Row[]> =>
  await Promise.all(
    nodesOf(federation).map(async ({ name, apiUrl }): Promise<Row> => {
      const head = `POST /v1/transactions HTTP/1.1\r\nhost: x\r\ncontent-type: application/jose\r\n`
      const length = `content-length: ${OVERSIZED_BYTES}\r\n\r\n`
      const { answer } = await throwAt(
        { port: portOfUrl(apiUrl) },
        Buffer.from(head + length),
        'stay',
      )
      return [
        `an oversized request at ${name}`,
        answer.split('\r\n')[0] ?? '',
        'HTTP/1.1 413 Payload Too Large',
      ]
    }),
  )

/** Random bytes at every listening port and at every control socket: each sender is shown the door. */
export const fuzzSockets = async (federation: LocalFederation): Promise<readonly Row[]> => {
  const rows = await Promise.all(
    nodesOf(federation).map(async ({ name, apiUrl }): Promise<readonly Row[]> => {
      const { listen } = await statusOf(federation, name)
      const path = await findSocketPath(join(federation.directory, name, 'data'))
      if (path === undefined) throw new Error(`${name} has no control socket`)
      const ports = [portOfUrl(apiUrl), ...listen.map(portOf)].map((port) => ({ port }))
      const doors: readonly Door[] = [...ports, { path }]
      const thrown = await Promise.all(
        doors.flatMap((door) => [
          ...SIZES.map((size) => throwAt(door, randomBytes(size), 'hang up')),
          throwAt(door, randomBytes(STAYING_BYTES), 'stay'),
        ]),
      )
      const ended = thrown.filter(({ isEnded }) => isEnded)
      const controlled = await controlRows(federation, name)
      return [[`random bytes ended by ${name}`, ended.length, thrown.length], ...controlled]
    }),
  )
  return rows.flat()
}

/** What is no command, and what is too long to be one, is refused; a command is answered after it. */
const controlRows = async (
  { directory }: LocalFederation,
  name: string,
): Promise<readonly Row[]> => {
  const data = join(directory, name, 'data')
  const said = async (input: object): Promise<string> => {
    const answer = await askNode(data, 'status', input)
    return answer.ok ? 'ok' : answer.code
  }
  return [
    [`a strange command at ${name}`, await said({ [noise(8)]: noise(40) }), 'malformed'],
    [`a long command at ${name}`, await said({ text: 'x'.repeat(COMMAND_BYTES_MAX) }), 'malformed'],
    [`a command at ${name}`, await said({}), 'ok'],
  ]
}

type Door = { readonly port: number } | { readonly path: string }

/** `isEnded`: the other side closed, though nothing but these bytes was said. */
const throwAt = (
  door: Door,
  bytes: Uint8Array,
  then: 'hang up' | 'stay',
): Promise<{ readonly isEnded: boolean; readonly answer: string }> =>
  new Promise((resolve) => {
    const socket = 'port' in door ? connect(door.port, '127.0.0.1') : connect(door.path)
    let answer = ''
    const timer = setTimeout(() => {
      socket.destroy()
      resolve({ isEnded: false, answer })
    }, ENDED_WITHIN_MS)
    const end = (): void => {
      clearTimeout(timer)
      socket.destroy()
      resolve({ isEnded: true, answer })
    }
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      answer += chunk
    })
    // A door that slams answers with a reset.
    socket.once('error', end)
    socket.once('close', end)
    if (then === 'stay') socket.write(bytes)
    else socket.end(bytes)
  })

const portOf = (address: string): number => Number(/\/tcp\/(\d+)/.exec(address)?.[1])
const portOfUrl = (url: string): number => Number(new URL(url).port)
