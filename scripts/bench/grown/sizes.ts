import { z } from 'zod'

/** Wallets and payments of the largest grown ledger: what one federation of venues reaches in years. */
const WALLETS_MAX = 1_000_000
const PAYMENTS_MAX = 10_000_000

/** How large a grown ledger is, and what all its keys and ids grow from. */
export const GrownSizes = z.strictObject({
  /** Funded, active weak cards of the one venue. */
  wallets: z.int().min(1).max(WALLETS_MAX),
  /** Sales, spread evenly over the cards. */
  payments: z.int().min(0).max(PAYMENTS_MAX),
  /** Keys that sell under a grant, each in its turn. */
  tills: z.int().min(1).max(64),
  /** From genesis to now: what has lapsed meanwhile is forgotten as in life. */
  days: z.int().min(1).max(3_650),
  /** The same seed, ports and start give the same ledger. */
  seed: z.string().min(1).max(64),
})
export type GrownSizes = z.infer<typeof GrownSizes>

/** Cards that one registration, and one block, brings in: the text of each must fit its limit. */
export const CARDS_PER_BLOCK = 500
/** Cards that one batch activates and funds: two operations each. */
export const CARDS_PER_BATCH = 50
/** Sales of one block: as many as fit the bytes of a block of a network with default parameters. */
export const PAYMENTS_PER_BLOCK = 600
/** Blocks before the first cards: the venue joins, then makes its money and its tills. */
export const FIRST_BLOCKS = 2

export const cardBlocksOf = ({ wallets }: GrownSizes): number =>
  Math.ceil(wallets / CARDS_PER_BLOCK)

/** Height of the newest block of a ledger that is whole. */
export const heightOf = (sizes: GrownSizes): number =>
  FIRST_BLOCKS + cardBlocksOf(sizes) + Math.ceil(sizes.payments / PAYMENTS_PER_BLOCK)

/** Height of the first block of payments. */
export const firstPaymentHeightOf = (sizes: GrownSizes): number =>
  FIRST_BLOCKS + cardBlocksOf(sizes) + 1

/** Payments in the blocks up to a height. */
export const paymentsUpTo = (sizes: GrownSizes, height: number): number =>
  Math.min(
    sizes.payments,
    Math.max(0, height - firstPaymentHeightOf(sizes) + 1) * PAYMENTS_PER_BLOCK,
  )
