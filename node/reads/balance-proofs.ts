import type { At, Head } from '#api/ports/ledger.ts'
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
 * `busy` when no such moment comes, or too many wait for one. Undefined when there is no such balance,
 * or no block yet that could prove it.
 */
export const balanceProofAt = async (
  parts: BalanceProofsParts,
  wallet: WalletId,
  asset: AssetId,
): Promise<At<BalanceProof | 'busy' | undefined>> => {
  const found = await atFinal(parts, (point) => ({
    final: point,
    path: parts.state.proofOf('balance', `${wallet}/${asset}`),
  }))
  if (found === 'busy') return { ...headOf(parts.executor.final()), value: 'busy' }
  const { final, path } = found
  const finality = path && (await parts.finalities(final))
  return { ...headOf(final), value: finality && balanceProofOf(path, finality) }
}

type Final = ReturnType<Executor['final']>

const headOf = ({ header: { height, timestampMs: timeMs } }: Final): Head => ({ height, timeMs })

/**
 * Reads while no block is applied above the final one: now, or as one of the next blocks becomes
 * final, before anything is built on it.
 */
const atFinal = async <T>(
  { executor, recent }: BalanceProofsParts,
  read: (final: Final) => T,
): Promise<T | 'busy'> => {
  const { promise, resolve } = Promise.withResolvers<T>()
  const attempt = (): boolean => {
    const final = executor.final()
    if (executor.tip().digest !== final.digest) return false
    resolve(read(final))
    return true
  }
  if (attempt()) return promise
  const stop = recent.watch(() => void attempt())
  if (stop === undefined) return 'busy'
  const found = await within(FINAL_MOMENT_MS, promise)
  stop()
  return found
}

/** The value, or 'busy' once so long has passed. */
const within = async <T>(ms: number, work: Promise<T>): Promise<T | 'busy'> => {
  const { promise, resolve } = Promise.withResolvers<'busy'>()
  const timer = setTimeout(resolve, ms, 'busy')
  const first = await Promise.race([work, promise])
  clearTimeout(timer)
  return first
}
