import type { CardName } from '#api/ports/desk.ts'
import type { CardId } from '#protocol/id.ts'
import { cardIdOfSecret, commitmentOf, TagUid } from '#protocol/transaction/tag.ts'

/** The card that goes by this name; undefined when a tag is named and the tag key is missing. */
export const cardOf = (name: CardName, tagKey: Uint8Array | undefined): CardId | undefined => {
  if ('card' in name) return name.card
  if ('secret' in name) return cardIdOfSecret(name.secret)
  return tagKey && commitmentOf(tagKey, TagUid.parse(name.tag))
}
