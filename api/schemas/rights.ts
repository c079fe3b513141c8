import { z } from 'zod'
import { GrantId, Key, PlaceId } from '#protocol/id.ts'
import type { GrantRecord } from '#protocol/state/record.ts'
import { GrantAction, GrantCaps, GrantIssue } from '#protocol/transaction/kinds/grant.ts'
import { Label } from '#protocol/transaction/kinds/terms.ts'
import type { ApiKeyFacts, Terms } from '../ports/rights.ts'
import { OrderId } from './orders.ts'
import { Timestamp, timestampOf } from './timestamp.ts'

/** A moment to come; becomes milliseconds. */
const Moment = Timestamp.transform((text) => Date.parse(text)).optional()

const terms = {
  actions: GrantIssue.shape.actions.meta({ example: ['read', 'sale'] }),
  assets: GrantIssue.shape.assets.describe('Only these currencies; default: all'),
  caps: GrantCaps.default({}).describe('Most that may be moved, in smallest units'),
  notAfter: Moment,
}

/** Rights for a key that somebody else keeps. */
export const GrantBody = z
  .strictObject({
    id: OrderId,
    grantee: Key,
    ...terms,
    till: Label.optional(),
    notBefore: Moment,
  })
  .meta({ id: 'GrantOrder' })

/** An API key, with a grant of its own. */
export const ApiKeyBody = z
  .strictObject({
    id: OrderId,
    till: Label.describe('Never a person').meta({ example: 'bar-2' }),
    ...terms,
  })
  .meta({ id: 'ApiKeyOrder' })

export const RevocationBody = z.strictObject({ id: OrderId }).nullish()

type GivenTerms = Pick<z.infer<typeof GrantBody>, keyof typeof terms> &
  Partial<Pick<z.infer<typeof GrantBody>, 'notBefore' | 'till'>>

export const termsOf = ({
  actions,
  assets,
  caps,
  till,
  notBefore,
  notAfter,
}: GivenTerms): Terms => ({
  actions,
  ...(assets && { assets }),
  caps,
  ...(till !== undefined && { till }),
  ...(notBefore !== undefined && { notBeforeMs: notBefore }),
  ...(notAfter !== undefined && { notAfterMs: notAfter }),
})

/** What a key may do in a place's name. */
export const GrantView = z
  .strictObject({
    id: GrantId,
    place: PlaceId,
    parent: GrantId.optional().describe('The grant it was issued under; absent: the place key'),
    grantee: Key,
    actions: z.array(GrantAction).readonly(),
    assets: GrantIssue.shape.assets,
    till: Label.optional(),
    caps: GrantCaps,
    moved: z.int().min(0).describe('In all so far, with what was moved under its children'),
    notBefore: Timestamp.optional(),
    notAfter: Timestamp.optional(),
    revokedAt: Timestamp.optional(),
  })
  .meta({ id: 'Grant' })

export const grantView = (grant: GrantRecord): z.infer<typeof GrantView> => {
  const { id, place, parent, grantee, actions, assets, till, caps, total } = grant
  const { notBeforeMs, notAfterMs, revokedMs } = grant
  return {
    id,
    place,
    ...(parent !== undefined && { parent }),
    grantee,
    actions,
    ...(assets !== undefined && { assets }),
    ...(till !== undefined && { till }),
    caps,
    moved: total,
    ...(notBeforeMs !== undefined && { notBefore: timestampOf(notBeforeMs) }),
    ...(notAfterMs !== undefined && { notAfter: timestampOf(notAfterMs) }),
    ...(revokedMs !== undefined && { revokedAt: timestampOf(revokedMs) }),
  }
}

/** A credential of this node; its token is told once. */
export const ApiKeyView = z
  .strictObject({
    id: z.string().meta({ example: 'key-2f6b0c1d9e8a' }),
    grant: GrantId,
    till: Label.optional(),
    createdAt: Timestamp,
    expiresAt: Timestamp.optional(),
    lastUsedAt: Timestamp.optional().describe('To the minute'),
    revoked: z.boolean(),
  })
  .meta({ id: 'ApiKey' })

export const apiKeyView = (key: ApiKeyFacts): z.infer<typeof ApiKeyView> => ({
  id: key.keyId,
  grant: key.grant,
  ...(key.till !== undefined && { till: key.till }),
  createdAt: timestampOf(key.createdMs),
  ...(key.expiresAtMs !== undefined && { expiresAt: timestampOf(key.expiresAtMs) }),
  ...(key.lastUsedMs !== undefined && { lastUsedAt: timestampOf(key.lastUsedMs) }),
  revoked: key.revoked,
})

export const NewApiKeyView = z
  .strictObject({
    apiKey: ApiKeyView,
    token: z.string().describe('`krm_live_…`, shown this once'),
  })
  .meta({ id: 'NewApiKey' })
