import { z } from 'zod'
import { BalanceView, CardView } from './records.ts'
import { Timestamp } from './timestamp.ts'
import { AppliedView } from './transaction.ts'

/** A card as it stands now, and by which transaction where there was one. */
export const CardAnswerView = z
  .strictObject({ card: CardView, transaction: AppliedView.optional() })
  .meta({ id: 'CardAnswer' })

/** A card and what it holds. */
export const CardAccountView = z
  .strictObject({
    card: CardView,
    balances: z.array(BalanceView).readonly(),
    height: z.int().min(0),
    time: Timestamp,
  })
  .meta({ id: 'CardAccount' })
