import type { Block } from '#protocol/chain/block.ts'
import type { Executor } from '../pipeline/executor.ts'
import type { Ingress } from '../pipeline/ingress.ts'

/**
 * Checks every signature of fetched blocks and hands them to the executor. Their bodies are bound to
 * their digests already (see `bodyMatches`), so a bad signature means a block that no honest quorum
 * made: false, and none is held.
 */
export const holdFetched = (
  parts: { readonly executor: Executor; readonly ingress: Ingress },
  blocks: readonly Block[],
  done: (ok: boolean) => void,
): void => {
  const texts = blocks.flatMap(({ transactions }) => transactions)
  parts.ingress.verify(texts, (verified) => {
    if (verified === undefined) {
      done(false)
      return
    }
    let from = 0
    for (const { header, digest, transactions } of blocks) {
      const to = from + transactions.length
      parts.executor.hold({ header, digest, transactions: verified.slice(from, to) })
      from = to
    }
    done(true)
  })
}
