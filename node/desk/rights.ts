import { randomBytes } from 'node:crypto'
import { v7 } from 'uuid'
import type { Caller } from '#api/ports/caller.ts'
import type { Errand } from '#api/ports/desk.ts'
import type { ApiKeyAnswer, ApiKeyFacts, ApiKeyOrder, Rights, Terms } from '#api/ports/rights.ts'
import { GrantId, type Key, type PlaceId } from '#protocol/id.ts'
import { chainOf } from '#protocol/ledger/rights.ts'
import { SEED_BYTES } from '#protocol/signature.ts'
import type { BodyOf } from '#protocol/transaction/kinds/transaction-body.ts'
import { PaymentId } from '#protocol/transaction/payment-id.ts'
import type { ApiKeyOrder as KeyOrder, Secrets } from '../control/operations.ts'
import { keyOfSeed } from '../keys/key-of-seed.ts'
import { KeyStoreError } from '../keys/key-store.ts'
import type { ApiKeys } from './api-keys.ts'
import { actingIn, always, type DeskParts, orderOf } from './desk-parts.ts'
import { standingOfGrant } from './key-standing.ts'
import { createOwnOrders, type OwnOrders } from './own-orders.ts'
import { tillBound } from './till-bound.ts'

export type RightsParts = DeskParts & {
  readonly apiKeys: ApiKeys
  readonly secrets: Pick<Secrets, 'keep'>
}

/** Grants and API keys under the grant of whoever asks. */
export const createRights = (parts: RightsParts): Rights => {
  const orders = createOwnOrders(parts)
  const issue = (order: Issue, errand: Errand) =>
    orders.place(
      orderOf(parts, errand, { id: order.id, ...always(issueBody(order, errand)) }),
      errand,
    )
  return {
    grants: ({ place }) => ({
      ...parts.head(),
      value: [...parts.view().records('grant')].filter((grant) => grant.place === place),
    }),
    issueGrant: issue,
    revokeGrant: async ({ id, grant }, errand) => {
      const body: BodyOf<'grant.revoke'> = {
        kind: 'grant.revoke',
        ...actingIn(errand.caller),
        target: grant,
      }
      const named = id ?? PaymentId.parse(v7({ msecs: parts.clock.wallMs() }))
      return orders.place(orderOf(parts, errand, { id: named, ...always(body) }), errand)
    },
    apiKeys: (caller) =>
      parts.apiKeys
        .list()
        .filter(({ place }) => place === caller.place)
        .toSorted((a, b) => a.createdMs - b.createdMs),
    createApiKey: createApiKeys(parts, issue),
    revokeApiKey: async (keyId, caller) => {
      const key = keyOf(parts, keyId, caller.place)
      if (key === undefined) return 'unknown'
      if (!isWithin(parts, key.grant, caller.grant)) return 'beyond'
      await parts.apiKeys.revoke(keyId)
      return keyOf(parts, keyId, caller.place) ?? 'unknown'
    },
  }
}

type Issue = Terms & { readonly id: PaymentId; readonly grantee: Key }

const issueBody = (
  { grantee, actions, assets, till, caps, notBeforeMs, notAfterMs }: Issue,
  { caller }: Errand,
): BodyOf<'grant.issue'> => ({
  kind: 'grant.issue',
  ...actingIn(caller),
  grantee,
  actions: [...actions],
  ...(assets !== undefined && { assets: [...assets] }),
  ...(till !== undefined && { till }),
  caps,
  ...(notBeforeMs !== undefined && { notBeforeMs }),
  ...(notAfterMs !== undefined && { notAfterMs }),
})

const createApiKeys = (
  parts: RightsParts,
  issue: (order: Issue, errand: Errand) => ReturnType<OwnOrders['place']>,
): Rights['createApiKey'] => {
  const makeKey = keyMaker(parts)
  return async (order, errand) => {
    const { caller } = errand
    if (!parts.apiKeys.hasRoom()) return EXHAUSTED
    if (hasLiveKey(parts, (key) => isTillOf(parts, key, { order, caller }))) return EXISTS
    const secret = `api-key/${caller.grant}/${order.till}`
    const seed = await keptSeed(parts, secret)
    if (seed === undefined) return EXHAUSTED
    const { till: label, ...terms } = order
    const bound = tillBound(label, order.actions)
    const answer = await issue({ ...terms, ...bound, grantee: keyOfSeed(seed) }, errand)
    if (answer.kind !== 'outcome') return answer
    const { id, state, replayed } = answer
    if (state.status !== 'applied') return { kind: 'outcome', id, state, replayed }
    const { notAfterMs: expiresAtMs } = order
    const grant = GrantId.parse(state.event.created[0])
    const key = { place: caller.place, grant, till: label, secret }
    return await makeKey(expiresAtMs === undefined ? key : { ...key, expiresAtMs })
  }
}

/** Makes the one API key of a grant: an order that comes twice at once makes one. */
const keyMaker = (parts: RightsParts) => {
  const making = new Set<GrantId>()
  return async (order: KeyOrder): Promise<ApiKeyAnswer> => {
    const { grant, place } = order
    if (making.has(grant) || hasLiveKey(parts, (key) => key.grant === grant)) return EXISTS
    making.add(grant)
    try {
      const made = await parts.apiKeys.create(order)
      if (made === 'exhausted') return EXHAUSTED
      const key = keyOf(parts, made.keyId, place)
      if (key === undefined) throw new Error('an API key that was made is not there')
      return { kind: 'api_key', key, token: made.token }
    } finally {
      making.delete(grant)
    }
  }
}

const EXISTS = { kind: 'no_api_key', code: 'api_key_exists' } as const satisfies ApiKeyAnswer
const EXHAUSTED = {
  kind: 'no_api_key',
  code: 'api_keys_exhausted',
} as const satisfies ApiKeyAnswer

/** The grant's key, made once and on disk before the ledger hears of it; undefined: no room for it. */
const keptSeed = async (
  { secrets }: RightsParts,
  name: string,
): Promise<Uint8Array | undefined> => {
  try {
    return await secrets.keep(name, new Uint8Array(randomBytes(SEED_BYTES)))
  } catch (error) {
    if (error instanceof KeyStoreError && error.code === 'key_store_full') return undefined
    throw error
  }
}

/** Whether an API key that still works is such a one. */
const hasLiveKey = (parts: RightsParts, isMeant: (key: ApiKeyFacts) => boolean): boolean => {
  const { timeMs } = parts.head()
  return parts.apiKeys
    .list()
    .some(
      (key) =>
        !key.revoked &&
        isMeant(key) &&
        typeof standingOfGrant(parts.view(), key.grant, timeMs) === 'object',
    )
}

/** A till of the caller has one API key at a time. */
const isTillOf = (
  parts: RightsParts,
  { till, grant }: ApiKeyFacts,
  { order, caller }: { readonly order: ApiKeyOrder; readonly caller: Caller },
): boolean => till === order.till && isWithin(parts, grant, caller.grant)

const keyOf = ({ apiKeys }: RightsParts, keyId: string, place: PlaceId): ApiKeyFacts | undefined =>
  apiKeys.list().find((key) => key.keyId === keyId && key.place === place)

const isWithin = ({ view }: RightsParts, grant: GrantId, above: GrantId): boolean =>
  view().get('grant', grant) !== undefined && chainOf(view(), grant).some(({ id }) => id === above)
