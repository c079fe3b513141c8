import { z } from 'zod'
import { CardSecret, Tag } from '#api/schemas/card-name.ts'
import { CardId } from '#protocol/id.ts'
import { cardIdOfSecret, commitmentOf, TagUid } from '#protocol/transaction/tag.ts'
import { type CommandFailure, failure } from './command.ts'
import type { Secrets } from './operations.ts'

/** One card: by the UID of its tag, by its secret, or by its identifier. */
export const CardName = z.union(
  [
    z.strictObject({ tag: Tag }),
    z.strictObject({ secret: CardSecret }),
    z.strictObject({ card: CardId }),
  ],
  { error: 'a card is a tag of 4, 7 or 10 bytes in hex, a secret of 16, or a crd1… identifier' },
)
export type CardName = z.infer<typeof CardName>

/** The card that people call by its tag, its secret or its identifier. Tags are hashed here. */
export const cardOfName = (
  name: CardName,
  secrets: Secrets,
): { readonly ok: true; readonly card: CardId } | CommandFailure => {
  if ('card' in name) return { ok: true, card: name.card }
  if ('secret' in name) return { ok: true, card: cardIdOfSecret(name.secret) }
  const tagKey = secrets.get('tag-key')
  if (tagKey === undefined) {
    const todo = 'name the card by its crd1… identifier, or join the federation first'
    return failure('failed', 'tags_not_supported', 'this node has no tag key', todo)
  }
  return { ok: true, card: commitmentOf(tagKey, TagUid.parse(name.tag)) }
}
