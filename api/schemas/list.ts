import { z } from 'zod'
import { PAGE_DEFAULT, PAGE_MAX } from '../limits.ts'
import type { Page, PageQuery, Position } from '../ports/ledger.ts'

const CURSOR_PATTERN = /^[0-9a-z]{1,11}-[0-9a-z]{1,11}$/

/** A position in the ledger's order as an opaque text: the same on every node. */
export const cursorOf = ({ height, index }: Position): string =>
  `${height.toString(36)}-${index.toString(36)}`

/** The position of a cursor, or undefined unless it is one that `cursorOf` makes. */
export const positionOf = (cursor: string): Position | undefined => {
  if (!CURSOR_PATTERN.test(cursor)) return undefined
  const [height = Number.NaN, index = Number.NaN] = cursor
    .split('-')
    .map((part) => Number.parseInt(part, 36))
  if (!Number.isSafeInteger(height) || !Number.isSafeInteger(index)) return undefined
  return cursorOf({ height, index }) === cursor ? { height, index } : undefined
}

/** A cursor from a `next` link or an event's id; becomes its position. */
export const Cursor = z
  .string()
  .max(23)
  .meta({ description: 'Opaque: the `next` of the page before' })
  .transform((text, context) => {
    const position = positionOf(text)
    if (position !== undefined) return position
    context.addIssue({ code: 'custom', message: 'not a cursor of this API' })
    return z.NEVER
  })

/** A block height in an address; becomes a number. */
export const Height = z
  .string()
  .regex(/^(?:0|[1-9]\d{0,14})$/, { error: 'a block height' })
  .transform(Number)

/** Waits until this node has applied that height before it answers. */
export const MinHeight = Height.optional().meta({
  description: 'Answer only from this height on; waits for it',
})

export const Limit = z
  .string()
  .regex(/^[1-9]\d{0,2}$/, { error: `1 to ${PAGE_MAX}` })
  .meta({ description: `Items of the page, 1 to ${PAGE_MAX}; default ${PAGE_DEFAULT}` })
  .transform((text) => Math.min(Number(text), PAGE_MAX))
  .optional()

/** Query of a single read. */
export const ReadQuery = z.strictObject({ minHeight: MinHeight })
/** Query of a list. */
export const ListQuery = z.strictObject({
  minHeight: MinHeight,
  limit: Limit,
  after: Cursor.optional(),
})
export type ListQuery = z.infer<typeof ListQuery>

export const pageQueryOf = ({ limit = PAGE_DEFAULT, after }: ListQuery): PageQuery => ({
  limit,
  ...(after && { after }),
})

/** A page of an append-only list, oldest first; its cursor counts items. */
export const pageOf = <T>(items: readonly T[], { limit, after }: PageQuery): Page<T> => {
  const start = after === undefined ? 0 : after.index
  const end = start + limit
  return {
    items: items.slice(start, end),
    ...(end < items.length && { next: { height: 0, index: end } }),
  }
}
