import type { Block } from '#protocol/chain/block.ts'
import type { Executor, HeldBlock } from '../pipeline/executor.ts'
import type { Ingress } from '../pipeline/ingress.ts'

/**
 * Checks every signature of fetched blocks. Their bodies are bound to their digests already (see
 * `bodyMatches`), so a bad signature means a block that no honest quorum made: then undefined.
 */
export const checkFetched = (
  ingress: Pick<Ingress, 'verify'>,
  blocks: readonly Block[],
  done: (held: readonly HeldBlock[] | undefined) => void,
): void => {
  const texts = blocks.flatMap(({ transactions }) => transactions)
  ingress.verify(texts, (verified) => {
    if (verified === undefined) {
      done(undefined)
      return
    }
    let from = 0
    done(
      blocks.map(({ header, digest, transactions: { length } }) => {
        from += length
        return { header, digest, transactions: verified.slice(from - length, from) }
      }),
    )
  })
}

/** The same, and hands them to the executor; false when one is bad, and then none is held. */
export const holdFetched = (
  { executor, ingress }: { readonly executor: Executor; readonly ingress: Ingress },
  blocks: readonly Block[],
  done: (ok: boolean) => void,
): void =>
  checkFetched(ingress, blocks, (held) => {
    for (const block of held ?? []) executor.hold(block)
    done(held !== undefined)
  })
