import { z } from 'zod'
import { AssetId, WalletId } from '#protocol/id.ts'
import { Label } from '#protocol/transaction/kinds/terms.ts'
import { TransactionBody } from '#protocol/transaction/kinds/transaction-body.ts'
import type { EventFilter } from '../events/filter.ts'

const KINDS: ReadonlySet<string> = new Set(
  TransactionBody.options.map((option) => option.shape.kind.value),
)
/** As many kinds as there are. */
const KINDS_CHARACTERS_MAX = 2_048

const isKind = (kind: string): boolean => KINDS.has(kind)
const KIND_ERROR = { error: 'an unknown kind of transaction' }

/** Kinds in an address, separated by commas. */
const KindList = z
  .string()
  .max(KINDS_CHARACTERS_MAX)
  .refine((text) => text.split(',').every(isKind), KIND_ERROR)
  .meta({
    description: 'Kinds of transaction to show, separated by commas; default: all',
    example: 'sale,refund',
  })
  .transform((text) => text.split(','))

const shared = {
  till: Label.optional().meta({ description: 'Only what was signed under a grant of this till' }),
  wallet: WalletId.optional().meta({ description: 'Only what moved money of this wallet' }),
  asset: AssetId.optional().meta({
    description: 'Only what moved this asset; with `wallet`, of that wallet',
  }),
}

/** Filters of a stream, as a query says them. */
export const EventFilterQuery = {
  ...shared,
  kinds: KindList.optional(),
  blocks: z
    .enum(['true', 'false'])
    .optional()
    .meta({ description: 'Whether to show blocks; default: true' }),
}

/** The same as JSON says them; blocks only when asked for. */
export const EventFilterBody = z
  .strictObject({
    ...shared,
    kinds: z
      .array(z.string().refine(isKind, KIND_ERROR))
      .min(1)
      .max(KINDS.size)
      .optional()
      .meta({ description: 'Kinds of transaction; default: all', example: ['sale', 'refund'] }),
    blocks: z.boolean().optional().meta({ description: 'Also every final block; default: false' }),
  })
  .meta({ id: 'EventFilter' })
export type EventFilterBody = z.infer<typeof EventFilterBody>

export const filterOf = ({
  kinds,
  blocks,
  till,
  wallet,
  asset,
}: Omit<EventFilterBody, 'blocks'> & { readonly blocks: boolean }): EventFilter => ({
  ...(kinds && { kinds: new Set(kinds) }),
  ...(till !== undefined && { till }),
  ...(wallet && { wallet }),
  ...(asset && { asset }),
  blocks,
})
