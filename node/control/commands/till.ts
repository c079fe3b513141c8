import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { GrantId, type Key, type PlaceId } from '#protocol/id.ts'
import { SEED_BYTES } from '#protocol/signature.ts'
import { type GrantAction, GrantCaps, GrantIssue } from '#protocol/transaction/kinds/grant.ts'
import { Label, TimeMs } from '#protocol/transaction/kinds/terms.ts'
import { tillBound } from '../../desk/till-bound.ts'
import { keyOfSeed } from '../../keys/key-of-seed.ts'
import { type CommandFailure, defineCommand, done, failure } from '../command.ts'
import { KEY_ID_LENGTH_MAX } from '../limits.ts'
import type { NodeOperations } from '../operations.ts'
import { ownPlace } from '../own-place.ts'
import { settle } from '../settle.ts'

/** What a cashier does in an evening. */
export const TILL_ACTIONS = [
  'card.activate',
  'card.block',
  'card.register',
  'cashout',
  'issue',
  'payment.cancel',
  'read',
  'refund',
  'sale',
] as const satisfies GrantAction[]

const TillOrder = z.strictObject({
  label: Label,
  actions: GrantIssue.shape.actions.default([...TILL_ACTIONS]),
  caps: GrantCaps.default({}),
  notAfterMs: TimeMs.optional(),
})
type TillOrder = z.infer<typeof TillOrder>

/**
 * A till that cannot sign: a key this node keeps, a grant to it, and an API key for both. Broken off
 * half-way, or once its API key is revoked, the same command goes on with the grant as it stands; a
 * till that is complete is not made twice.
 */
export const addTill = defineCommand(TillOrder, async (order, operations) => {
  const own = ownPlace(operations)
  if (!own.ok) return own
  // Asked first: a grant whose API key cannot be made would be of no use.
  if (!operations.apiKeys.hasRoom()) return EXHAUSTED
  const secret = `till/${order.label}`
  const grantee = await keptKey(operations, secret)
  const known = liveGrantOf(operations, own.place.id, grantee)
  if (known !== undefined && hasLiveKey(operations, known)) {
    const todo = 'choose another label, or revoke its API key first: kermesse till revoke'
    return failure('failed', 'till_exists', `there is a till ${order.label} already`, todo)
  }
  const granted =
    known === undefined ? await grantTo(operations, own.place.id, grantee, order) : known
  if (typeof granted !== 'string') return granted
  const made = await operations.apiKeys.create({
    place: own.place.id,
    grant: granted,
    till: order.label,
    secret,
    ...(order.notAfterMs === undefined ? {} : { expiresAtMs: order.notAfterMs }),
  })
  if (made === 'exhausted') return EXHAUSTED
  const { keyId, token } = made
  return done({ till: order.label, place: own.place.id, grant: granted, keyId, apiKey: token })
})

const EXHAUSTED = failure(
  'failed',
  'api_keys_exhausted',
  'this node has as many API keys as it may, and all of them work',
  'revoke one that is not used any more: kermesse till list, kermesse till revoke',
)

/** One API key ends at once, and nothing else does: its grant lives on for a new key of the till. */
export const revokeTill = defineCommand(
  z.strictObject({ keyId: z.string().max(KEY_ID_LENGTH_MAX) }),
  async ({ keyId }, { apiKeys }) => {
    if ((await apiKeys.revoke(keyId)) === 'revoked') return done({ keyId, revoked: true })
    const todo = 'see the names of the API keys: kermesse till list'
    return failure('failed', 'api_key_unknown', `this node has no API key ${keyId}`, todo)
  },
)

/** The API keys of this node, without their tokens. */
export const listTills = defineCommand(z.strictObject({}), async (_, { apiKeys }) =>
  done({ apiKeys: apiKeys.list().map((each) => ({ ...each })) }),
)

/** The key of the till, made once and on disk before the ledger hears of it. */
const keptKey = async ({ secrets }: NodeOperations, name: string): Promise<Key> =>
  keyOfSeed(await secrets.keep(name, new Uint8Array(randomBytes(SEED_BYTES))))

const hasLiveKey = ({ apiKeys }: NodeOperations, of: GrantId): boolean =>
  apiKeys.list().some(({ grant, revoked }) => grant === of && !revoked)

const liveGrantOf = (
  { records }: NodeOperations,
  place: PlaceId,
  grantee: Key,
): GrantId | undefined =>
  [...records('grant')].find(
    (grant) => grant.place === place && grant.grantee === grantee && grant.revokedMs === undefined,
  )?.id

const grantTo = async (
  operations: NodeOperations,
  place: PlaceId,
  grantee: Key,
  { label, actions, caps, notAfterMs }: TillOrder,
): Promise<GrantId | CommandFailure> => {
  const settled = await settle(operations, {
    as: 'place',
    body: {
      kind: 'grant.issue',
      place,
      grantee,
      actions,
      ...tillBound(label, actions),
      caps,
      ...(notAfterMs === undefined ? {} : { notAfterMs }),
    },
  })
  return settled.ok ? GrantId.parse(settled.event.created[0]) : settled
}
