import type { LedgerEvent } from '#protocol/ledger/event.ts'
import type { ObservationOf } from './observation.ts'

/** What seldom becomes of money that leaves the ledger. */
export const LEDGER_MARKS = [
  'a payout fails',
  'a reversal leaves a deficit',
  'what is set off and what is paid in one clearing',
] as const
type LedgerMark = (typeof LEDGER_MARKS)[number]

/** Tells of events of final blocks, each block once. */
export const createLedgerWatch = (
  tell: (mark: LedgerMark) => void,
): { readonly see: (observation: ObservationOf<'final'>) => void } => {
  let height = 0
  return {
    see: ({ who, block: { block, events } }) => {
      if (!who.honest || block.header.height <= height) return
      height = block.header.height
      for (const event of events) {
        if (event.outcome !== 'applied') continue
        for (const mark of LEDGER_MARKS) if (IS_MET[mark](event)) tell(mark)
      }
    },
  }
}

const burnedIn = ({ movements }: LedgerEvent): number =>
  movements.reduce((sum, { change }) => sum - change, 0)

const IS_MET: { readonly [M in LedgerMark]: (event: LedgerEvent) => boolean } = {
  'a payout fails': (event) => event.kind === 'payout.settle' && burnedIn(event) === 0,
  'a reversal leaves a deficit': ({ facts }) => facts?.uncovered !== undefined,
  'what is set off and what is paid in one clearing': (event) => {
    const paid = event.legs?.reduce((sum, { amount }) => sum + amount, 0) ?? 0
    return event.kind === 'clearing.settle' && paid > 0 && burnedIn(event) > paid
  },
}
