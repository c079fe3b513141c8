import { randomBytes } from 'node:crypto'
import { v7 } from 'uuid'
import type { Position } from '#api/ports/ledger.ts'
import type {
  DeadLetter,
  NewWebhookSecret,
  Webhook,
  WebhookOrder,
  WebhookOwner,
  WebhookRefusal,
  WebhookState,
  Webhooks,
} from '#api/ports/webhooks.ts'
import type { KeyStore } from '../keys/key-store.ts'
import type { StoredDeadLetter, StoredWebhook } from '../storage/webhook-facts.ts'
import { type AddressGuard, createAddressGuard } from './address-guard.ts'
import { endpointUrlOf } from './endpoint-url.ts'
import { type Endpoints, type EndpointTables, openEndpoints } from './endpoints.ts'
import { ENDPOINTS_MAX, ENDPOINTS_PER_PLACE_MAX, ROTATION_OVERLAP_MS } from './limits.ts'
import { createResolve, type Resolve } from './resolve.ts'
import { secretsOf } from './signing.ts'
import { Workers, type WorkersParts } from './workers.ts'

export type WebhooksParts = Omit<WorkersParts, 'endpoints' | 'master' | 'courier'> & {
  readonly tables: EndpointTables
  readonly keyStore: Pick<KeyStore, 'get' | 'keep'>
  /** Where the stream is now: a new endpoint begins after it. */
  readonly end: () => Position
  readonly allowHttp: boolean
  /** Networks in CIDR notation that endpoints may be in though they are not public. */
  readonly allowAddresses: readonly string[]
  readonly resolve?: Resolve
  readonly attemptMs?: number
}

/** What the deliveries of a node come to. */
export type WebhookFigures = {
  readonly delivered: number
  readonly failed: number
  readonly setAside: number
  /** Block time of the oldest event that an endpoint has not taken. */
  readonly oldestPendingMs: number | undefined
  readonly endpoints: Readonly<Record<WebhookState['kind'], number>>
}

export type NodeWebhooks = Webhooks & {
  /** Starts the deliveries; to be called once the node may speak to the world. */
  readonly start: () => void
  readonly stop: () => Promise<void>
  readonly figures: () => WebhookFigures
}

/** Name of the secret in the key store from which those of all endpoints are made. */
const MASTER = 'webhooks'
const MASTER_BYTES = 32
/** Nobody guesses the id of an endpoint; it is no secret. */
const ID_BYTES = 16

/** What the parts of this port share. */
type Room = {
  readonly parts: WebhooksParts
  readonly endpoints: Endpoints
  readonly workers: Workers
  readonly isAllowed: AddressGuard
  readonly reportOf: (webhook: StoredWebhook) => Webhook
  readonly owned: (id: string, owner: WebhookOwner) => StoredWebhook | undefined
  readonly master: () => Promise<Uint8Array>
}

export const openWebhooks = async (parts: WebhooksParts): Promise<NodeWebhooks> => {
  const room = await openRoom(parts)
  const { endpoints, workers } = room
  return {
    ...readsOf(room),
    ...changesOf(room),
    test: testsOf(room),
    start: () => {
      for (const webhook of endpoints.all()) workers.start(webhook)
    },
    stop: () => workers.stopAll(),
    figures: () => figuresOf(endpoints, workers),
  }
}

const openRoom = async (parts: WebhooksParts): Promise<Room> => {
  const { keyStore, clock, attemptMs } = parts
  const isAllowed = createAddressGuard(parts.allowAddresses)
  const endpoints = await openEndpoints(parts.tables)
  const workers = new Workers({
    ...parts,
    endpoints,
    master: () => keyStore.get(MASTER),
    courier: {
      isAllowed,
      resolve: parts.resolve ?? createResolve(),
      ...(attemptMs !== undefined && { attemptMs }),
    },
  })
  return {
    ...{ parts, endpoints, workers, isAllowed },
    reportOf: (webhook) => webhookOf(webhook, { endpoints, workers, nowMs: clock.wallMs() }),
    owned: (id, owner) => {
      const webhook = endpoints.get(id)
      return webhook !== undefined && isOf(webhook, owner) ? webhook : undefined
    },
    master: () => keyStore.keep(MASTER, randomBytes(MASTER_BYTES)),
  }
}

const readsOf = ({
  endpoints,
  owned,
  reportOf,
}: Room): Pick<Webhooks, 'list' | 'get' | 'deadLetters'> => ({
  list: (owner) => [...endpoints.all()].filter((webhook) => isOf(webhook, owner)).map(reportOf),
  get: (id, owner) => {
    const webhook = owned(id, owner)
    return webhook === undefined ? 'unknown' : reportOf(webhook)
  },
  deadLetters: (id, owner, { limit, after }) => {
    if (owned(id, owner) === undefined) return 'unknown'
    return endpoints
      .letters(id)
      .filter((letter) => after === undefined || isAbove(letter, after))
      .slice(0, limit)
      .map(deadLetterOf)
  },
})

type Change = (
  id: string,
  owner: WebhookOwner,
  act: (webhook: StoredWebhook) => Promise<void>,
) => Promise<StoredWebhook | 'unknown'>

/** Changes an endpoint while nothing is said to it, and goes on. */
const changeIn =
  ({ endpoints, workers, owned }: Room, inTurn: InTurn): Change =>
  (id, owner, act) =>
    inTurn(async () => {
      if (owned(id, owner) === undefined) return 'unknown'
      await workers.stop(id)
      // It may have paused while it was stopped.
      const webhook = owned(id, owner)
      if (webhook === undefined) return 'unknown'
      try {
        await act(webhook)
      } finally {
        const kept = endpoints.get(id)
        if (kept !== undefined) workers.start(kept)
      }
      return endpoints.get(id) ?? webhook
    })

const changesOf = (room: Room): Omit<Webhooks, 'list' | 'get' | 'deadLetters' | 'test'> => {
  const { endpoints, reportOf } = room
  const inTurn = createTurns()
  const change = changeIn(room, inTurn)
  const changed = async (...args: Parameters<Change>): Promise<Webhook | 'unknown'> => {
    const webhook = await change(...args)
    return webhook === 'unknown' ? webhook : reportOf(webhook)
  }
  return {
    create: (order, owner) => inTurn(() => create(room, order, owner)),
    remove: async (id, owner) => {
      const gone = await change(id, owner, async () => await endpoints.remove(id))
      return gone === 'unknown' ? gone : 'removed'
    },
    enable: (id, owner) =>
      changed(id, owner, async (webhook) => {
        await endpoints.saveProgress(refreshed(endpoints, webhook))
        await endpoints.save({ ...webhook, state: { kind: 'enabled' } })
      }),
    disable: (id, owner) =>
      changed(id, owner, (webhook) => endpoints.save({ ...webhook, state: { kind: 'disabled' } })),
    rotate: async (id, owner) => {
      const master = await room.master()
      const webhook = await change(id, owner, (known) => rotate(room, known, master))
      if (webhook === 'unknown') return webhook
      return { webhook: reportOf(webhook), secret: secretsOf(master, webhook).secret }
    },
    replay: (id, owner, after) =>
      changed(id, owner, (webhook) =>
        endpoints.saveProgress({ ...refreshed(endpoints, webhook), ...after }),
      ),
  }
}

const create = async (
  room: Room,
  order: WebhookOrder,
  owner: WebhookOwner,
): Promise<NewWebhookSecret | WebhookRefusal> => {
  const { parts, endpoints, workers, isAllowed, reportOf } = room
  const url = endpointUrlOf(order.url, { allowHttp: parts.allowHttp, isAllowed })
  if (typeof url === 'string') return url
  const refusal = roomFor(endpoints, owner, url.href)
  if (refusal !== undefined) return refusal
  const id = `whe_${randomBytes(ID_BYTES).toString('hex')}`
  const { secret, publicKey } = secretsOf(await room.master(), { id, generation: 1 })
  const { place, grant, apiKey } = owner
  const createdMs = parts.clock.wallMs()
  const webhook: StoredWebhook = {
    ...{ id, place, grant, url: url.href, filter: order.filter, createdMs },
    ...(apiKey !== undefined && { apiKey }),
    ...{ state: { kind: 'enabled' }, generation: 1, publicKey },
  }
  // Where it begins first: an endpoint without its place could not be started.
  await endpoints.saveProgress({ id, ...(order.after ?? parts.end()), setAsideInARow: 0 })
  await endpoints.save(webhook)
  workers.start(webhook)
  return { webhook: reportOf(webhook), secret }
}

const rotate = async (
  { parts, endpoints }: Room,
  webhook: StoredWebhook,
  master: Uint8Array,
): Promise<void> => {
  const generation = webhook.generation + 1
  const { publicKey } = secretsOf(master, { id: webhook.id, generation })
  const formerUntilMs = parts.clock.wallMs() + ROTATION_OVERLAP_MS
  await endpoints.save({ ...webhook, generation, publicKey, formerUntilMs })
}

const testsOf = ({ owned, master, workers }: Room): Webhooks['test'] => {
  const testing = new Set<string>()
  return async (id, owner, signal) => {
    const webhook = owned(id, owner)
    if (webhook === undefined) return 'unknown'
    if (testing.has(id)) return 'busy'
    testing.add(id)
    try {
      await master()
      const name = `test_${v7()}`
      return { id: name, answer: await workers.test(webhook, name, signal) }
    } finally {
      testing.delete(id)
    }
  }
}

type InTurn = <T>(act: () => Promise<T>) => Promise<T>

/** One change after the other. */
const createTurns = (): InTurn => {
  let turn: Promise<unknown> = Promise.resolve()
  return <T>(act: () => Promise<T>): Promise<T> => {
    const done = turn.then(act)
    turn = done.catch(() => undefined)
    return done
  }
}

const isOf = (webhook: StoredWebhook, { place, grant, seesAll }: WebhookOwner): boolean =>
  webhook.place === place && (seesAll || webhook.grant === grant)

const roomFor = (
  endpoints: Endpoints,
  { place }: WebhookOwner,
  url: string,
): WebhookRefusal | undefined => {
  const all = [...endpoints.all()]
  const own = all.filter((webhook) => webhook.place === place)
  if (own.some((webhook) => webhook.url === url)) return 'webhook_url_taken'
  const isFull = own.length >= ENDPOINTS_PER_PLACE_MAX || all.length >= ENDPOINTS_MAX
  return isFull ? 'webhooks_exhausted' : undefined
}

/** Its place in the stream, without what failed before. */
const refreshed = (endpoints: Endpoints, { id }: StoredWebhook) => {
  const { height = 0, index = 0, deliveredMs } = endpoints.progress(id) ?? {}
  return { id, height, index, ...(deliveredMs !== undefined && { deliveredMs }), setAsideInARow: 0 }
}

const webhookOf = (
  webhook: StoredWebhook,
  {
    endpoints,
    workers,
    nowMs,
  }: { readonly endpoints: Endpoints; readonly workers: Workers; readonly nowMs: number },
): Webhook => {
  const { id, grant, url, filter, state, createdMs, publicKey, formerUntilMs = 0 } = webhook
  const { height = 0, index = 0, deliveredMs, failingSinceMs } = endpoints.progress(id) ?? {}
  const pending = workers.pending(id)
  return {
    ...{ id, grant, url, filter, state, createdMs, publicKey, position: { height, index } },
    ...(deliveredMs !== undefined && { deliveredMs }),
    ...(failingSinceMs !== undefined && { failingSinceMs }),
    ...(pending && { pending }),
    deadLetters: endpoints.letters(id).length,
    ...(formerUntilMs > nowMs && { formerSecretUntilMs: formerUntilMs }),
  }
}

const isAbove = ({ height, index }: StoredDeadLetter, after: Position): boolean =>
  height > after.height || (height === after.height && index > after.index)

const deadLetterOf = ({
  event,
  height,
  index,
  attempts,
  last,
  setAsideMs,
}: StoredDeadLetter): DeadLetter => ({
  event,
  position: { height, index },
  attempts,
  last,
  setAsideMs,
})

const figuresOf = (endpoints: Endpoints, workers: Workers): WebhookFigures => {
  const states = { enabled: 0, disabled: 0, paused: 0 }
  let oldestPendingMs: number | undefined
  for (const { id, state } of endpoints.all()) {
    states[state.kind] += 1
    const timeMs = workers.pending(id)?.timeMs
    if (timeMs !== undefined) oldestPendingMs = Math.min(oldestPendingMs ?? timeMs, timeMs)
  }
  return { ...workers.counts, oldestPendingMs, endpoints: states }
}
