import type { z } from 'zod'
import { CardId, WalletId } from '#protocol/id.ts'
import { CardSecret, Tag } from './card-name.ts'

/** Whom an order is for, in its body: exactly one of these. */
export const receiverNames = {
  tag: Tag.optional(),
  secret: CardSecret.optional(),
  card: CardId.optional(),
  wallet: WalletId.optional(),
}
type ReceiverNames = {
  readonly [N in keyof typeof receiverNames]?: z.infer<(typeof receiverNames)[N]>
}

export const NOT_ONE_RECEIVER = 'exactly one of tag, secret, card, wallet'

/** The one that is named; undefined unless there is exactly one. */
export const receiverOf = ({ tag, secret, card, wallet }: ReceiverNames) =>
  onlyOne([tag && { tag }, secret && { secret }, card && { card }, wallet && { wallet }])

export function onlyOne<T extends object>(names: readonly (T | '' | undefined)[]): T | undefined {
  const given = names.filter((name) => typeof name === 'object')
  return given.length === 1 ? given[0] : undefined
}
