import { v7 } from 'uuid'
import type { Contract, ContractOperation } from './contract.ts'
import type { Chance } from './fuzz-chance.ts'
import { brokenBody, nearJson, STRANGE_TEXTS } from './fuzz-values.ts'

/** A request as it goes on the wire. */
export type FuzzRequest = {
  readonly operation: ContractOperation
  readonly method: string
  readonly path: string
  /** Names and values in turn: a name may come twice. */
  readonly headers: readonly string[]
  readonly body: Uint8Array | undefined
}

/** What is real at the node: requests get further with it. */
export type FuzzWorld = {
  readonly key: string
  /** By the name of a path parameter or of a query. */
  readonly known: Readonly<Record<string, readonly string[]>>
}

/** The n-th request of a seed: some operation of the document, asked well, nearly well, or badly. */
export const fuzzRequest = (contract: Contract, world: FuzzWorld, chance: Chance): FuzzRequest => {
  const operation = chance.oneOf(contract.operations)
  const method = chance.once(40)
    ? chance.oneOf(['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'HEAD', 'QUERY'])
    : operation.method.toUpperCase()
  const body =
    method === 'GET' || method === 'HEAD' ? undefined : bodyOf(contract, operation, chance)
  const headers = [
    ...credentialOf(world, chance),
    ...(body === undefined && method === 'GET' ? [] : contentTypeOf(chance)),
    ...oddHeaders(chance),
  ]
  const path = `${pathOf(operation, world, chance)}${queryOf(operation, world, chance)}`
  return { operation, method, path, headers, body }
}

const pathOf = ({ path }: ContractOperation, world: FuzzWorld, chance: Chance): string => {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    segmentOf(world.known[name] ?? [], chance),
  )
  if (!chance.once(30)) return filled
  return chance.oneOf([
    `${filled}/`,
    `/${filled}`,
    `${filled}%00`,
    `${filled}/..%2f`,
    `${filled};a=b`,
  ])
}

const HOSTILE_SEGMENTS = [
  '%',
  '%zz',
  '%00',
  '%ff%fe',
  '%2e%2e%2f',
  '..',
  '.',
  '~',
  '%F0%9F%8D%BA',
  "'--",
]

const segmentOf = (known: readonly string[], chance: Chance): string => {
  if (known.length > 0 && !chance.once(4)) return chance.oneOf(known)
  if (chance.once(3)) return chance.oneOf(HOSTILE_SEGMENTS)
  return chance.once(2) ? v7() : encodeURIComponent(chance.oneOf(STRANGE_TEXTS).toWellFormed())
}

const queryOf = (
  { operation: { parameters = [] } }: ContractOperation,
  world: FuzzWorld,
  chance: Chance,
): string => {
  const declared = parameters.filter(({ in: place }) => place === 'query')
  const parts = declared
    .filter(({ required }) => (required === true ? !chance.once(8) : chance.once(3)))
    .map(({ name }) => `${name}=${queryValue(world.known[name] ?? [], chance)}`)
  if (chance.once(20))
    parts.push(chance.oneOf(['x=1', 'limit=1&limit=2', 'limit[]=1', '=', '&&', '%']))
  return parts.length === 0 ? '' : `?${parts.join('&')}`
}

const queryValue = (known: readonly string[], chance: Chance): string => {
  if (known.length > 0 && !chance.once(3)) return encodeURIComponent(chance.oneOf(known))
  return chance.once(2)
    ? chance.oneOf([
        '0',
        '1',
        '-1',
        '1e3',
        '00',
        '999999999999999999999',
        '0-0',
        'zzzzzzzzzzz-0',
        'true',
        '',
      ])
    : encodeURIComponent(chance.oneOf(STRANGE_TEXTS).toWellFormed())
}

const credentialOf = ({ key }: FuzzWorld, chance: Chance): readonly string[] => {
  const good = ['authorization', `Bearer ${key}`]
  if (!chance.once(15)) return good
  return chance.oneOf([
    [],
    ['authorization', 'Bearer krm_live_nobody'],
    ['authorization', `Signature ${key}`],
    ['authorization', 'Basic Og=='],
    [...good, ...good],
    ['authorization', ''],
  ])
}

const contentTypeOf = (chance: Chance): readonly string[] => {
  const json = ['content-type', 'application/json']
  if (!chance.once(12)) return json
  return chance.oneOf([
    [],
    ['content-type', 'application/jose'],
    ['content-type', 'text/plain'],
    ['content-type', 'application/json; charset=utf-16'],
    ['content-type', 'application/json;;;'],
    ['content-type', 'multipart/form-data; boundary=x'],
    [...json, 'content-type', 'text/plain'],
    ['content-type', 'application/jsonjson'],
  ])
}

const oddHeaders = (chance: Chance): readonly string[] => {
  const prefer = chance.once(4) ? ['prefer', 'wait=1'] : ['prefer', 'respond-async']
  if (!chance.once(12)) return prefer
  return chance.oneOf([
    ['prefer', 'wait=99999, respond-async'],
    [...prefer, 'idempotency-key', v7()],
    [...prefer, 'idempotency-key', v7(), 'idempotency-key', v7()],
    [...prefer, 'idempotency-key', 'x'.repeat(300)],
    [...prefer, 'last-event-id', '0-0'],
    [...prefer, 'accept', 'image/png'],
    [...prefer, 'x-filler', 'x'.repeat(4_000)],
    [...prefer, 'if-none-match', '*'],
  ])
}

const bodyOf = (
  contract: Contract,
  { operation: { requestBody } }: ContractOperation,
  chance: Chance,
): Uint8Array | undefined => {
  const media = requestBody?.content['application/json']
  const examples = [
    ...Object.values(media?.examples ?? {}).map(
      ({ $ref }) => contract.document.components.examples?.[$ref?.split('/').at(-1) ?? '']?.value,
    ),
    ...(media?.example === undefined ? [] : [media.example]),
  ]
  const example = examples[0] ?? {}
  if (chance.once(8)) return brokenBody(example, chance)
  const text = JSON.stringify(chance.once(4) ? example : nearJson(example, chance))
  // An id of its own: else all but the first would be one payment.
  return Buffer.from(text.replaceAll(UUID, () => (chance.once(5) ? '$&' : v7())))
}

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g
