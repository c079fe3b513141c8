import type { HoldRecord } from '../state/record-hold.ts'

/** What a hold still keeps apart; nothing once it is closed. */
export const remainderOf = ({ status, cap, captured }: HoldRecord): number =>
  status === 'open' ? cap - captured : 0
