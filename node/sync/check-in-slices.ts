import type { Block } from '#protocol/chain/block.ts'
import type { VerifiedTransaction } from '#protocol/transaction/envelope.ts'
import type { HeldBlock } from '../pipeline/executor.ts'
import type { Ingress } from '../pipeline/ingress.ts'

/** Transactions taken in one turn of the loop: with inline checks some 3 ms of work. */
export const SLICE_TRANSACTIONS = 64
/** Slices on their way to the workers at once: what else is to be checked waits 20 ms for them. */
export const SLICES_IN_FLIGHT_MAX = 8

export type SliceParts = {
  readonly ingress: Pick<Ingress, 'verify'>
  /** Does something in the next turn of the loop. */
  readonly later: (act: () => void) => void
}

/**
 * Checks every signature of fetched blocks, a slice a turn, so that a node that catches up hears and
 * answers meanwhile; the first slice at once. Their bodies are bound to their digests already (see
 * `bodyMatches`), so a bad signature means a block that no honest quorum made: then undefined.
 */
export const checkInSlices = (
  { ingress, later }: SliceParts,
  blocks: readonly Block[],
  done: (held: readonly HeldBlock[] | undefined) => void,
): void => {
  const texts = blocks.flatMap(({ transactions }) => transactions)
  const slices: (readonly VerifiedTransaction[])[] = []
  const count = Math.max(1, Math.ceil(texts.length / SLICE_TRANSACTIONS))
  let begun = 0
  let finished = 0
  let waiting = false
  let over = false

  const onSlice = (index: number, verified: readonly VerifiedTransaction[] | undefined): void => {
    if (over) return
    finished += 1
    if (verified === undefined) {
      over = true
      done(undefined)
      return
    }
    slices[index] = verified
    if (finished < count) {
      goOn()
      return
    }
    over = true
    done(heldOf(blocks, slices.flat()))
  }

  const begin = (): void => {
    const index = begun
    begun += 1
    const from = index * SLICE_TRANSACTIONS
    ingress.verify(texts.slice(from, from + SLICE_TRANSACTIONS), (verified) =>
      onSlice(index, verified),
    )
    goOn()
  }

  const goOn = (): void => {
    if (over || waiting || begun === count || begun - finished >= SLICES_IN_FLIGHT_MAX) return
    waiting = true
    later(() => {
      waiting = false
      if (!over) begin()
    })
  }

  begin()
}

const heldOf = (
  blocks: readonly Block[],
  verified: readonly VerifiedTransaction[],
): readonly HeldBlock[] => {
  let from = 0
  return blocks.map(({ header, digest, transactions: { length } }) => {
    from += length
    return { header, digest, transactions: verified.slice(from - length, from) }
  })
}
