import type { DebitClass, DebitOrder } from '../../../transaction/kinds/place.ts'

/** What a place takes first unless it says otherwise: what is bound to it before what is not. */
const DEFAULT_DEBIT_ORDER = [
  'gift',
  'local',
  'external',
  'federated',
] as const satisfies DebitClass[]

export const debitOrderOf = ({
  debitOrder,
}: {
  readonly debitOrder?: DebitOrder | undefined
}): DebitOrder => debitOrder ?? DEFAULT_DEBIT_ORDER.slice()
