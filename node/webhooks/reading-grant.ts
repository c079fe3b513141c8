import { chainOf } from '#protocol/ledger/rights.ts'
import type { View } from '#protocol/ledger/view.ts'
import type { StoredWebhook } from '../storage/webhook-facts.ts'

/** Whether a grant, and every grant above it, lets its place's records be read now. */
export const mayRead = (
  view: View,
  { place, grant }: Pick<StoredWebhook, 'place' | 'grant'>,
  nowMs: number,
): boolean => {
  const chain = view.get('grant', grant)?.place === place ? chainOf(view, grant) : []
  const isAlive = chain.every(
    ({ revokedMs, notAfterMs, actions }) =>
      revokedMs === undefined &&
      (notAfterMs === undefined || nowMs < notAfterMs) &&
      actions.includes('read'),
  )
  return chain.length > 0 && isAlive
}
