import type { At } from '#api/ports/ledger.ts'
import type { AssetId, WalletId } from '#protocol/id.ts'
import type { Ledger } from '#protocol/ledger/ledger.ts'
import { type BalanceProof, balanceProofOf } from '#protocol/proof/balance-proof.ts'
import type { Executor } from '../pipeline/executor.ts'
import type { Finalities } from './finalities.ts'
import { FINAL_MOMENT_MS } from './limits.ts'
import type { Recent } from './recent.ts'

export type BalanceProofsParts = {
  readonly executor: Pick<Executor, 'final' | 'tip'>
  readonly state: Pick<Ledger['state'], 'proofOf'>
  readonly recent: Pick<Recent, 'watch'>
  readonly finalities: Finalities
}

/**
 * What proves a balance in the state of the final block. The trees hold the state of the newest
 * executed block: on an authority there is a moment between blocks in which that is the final one.
 * Undefined when there is no such balance, or no block yet that could prove it.
 */
export const balanceProofAt = async (
  parts: BalanceProofsParts,
  wallet: WalletId,
  asset: AssetId,
): Promise<At<BalanceProof | undefined>> => {
  const { final, path } = await atFinal(parts, (point) => ({
    final: point,
    path: parts.state.proofOf('balance', `${wallet}/${asset}`),
  }))
  const { height, timestampMs: timeMs } = final.header
  const finality = path && (await parts.finalities(final))
  return { height, timeMs, value: finality && balanceProofOf(path, finality) }
}

/**
 * Reads while no block is applied above the final one: now, or as one of the next blocks becomes
 * final, before anything is built on it.
 */
const atFinal = <T>(
  { executor, recent }: BalanceProofsParts,
  read: (final: ReturnType<Executor['final']>) => T,
): Promise<T> =>
  new Promise((resolve, reject) => {
    const attempt = (): boolean => {
      const final = executor.final()
      if (executor.tip().digest !== final.digest) return false
      resolve(read(final))
      return true
    }
    if (attempt()) return
    const timer = setTimeout(() => {
      stop()
      reject(new Error('no moment without a block above the final one'))
    }, FINAL_MOMENT_MS)
    const stop = recent.watch(() => {
      if (!attempt()) return
      stop()
      clearTimeout(timer)
    })
  })
