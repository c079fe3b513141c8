import type { Touched } from '../touched.ts'
import { type Finding, finding } from './finding.ts'

/** That no wallet goes away or becomes one of another kind, whose rules its money did not come under. */
export const checkWallets = ({ wallet }: Touched): Finding | undefined => {
  for (const { key, before, after } of wallet) {
    if (before === undefined || after?.kind === before.kind) continue
    return finding('wallet_kind', key, { expected: before.kind, found: after?.kind ?? 'none' })
  }
  return undefined
}
