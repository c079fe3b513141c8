import { setTimeout as sleep } from 'node:timers/promises'
import { UNDER_WAY_WAIT_MS } from './limits.ts'

/**
 * Openings that are on their way to a block. A sale of the same payer waits for them: beside them it would be
 * refused for lack of the very money that they keep apart, and its id be used up.
 */
export class OpeningsUnderWay {
  readonly #byPayer = new Map<string, Promise<void>>()

  /** `payers`: ids of cards and wallets. They are under way until the returned function is called. */
  begin(payers: readonly string[]): () => void {
    const { promise, resolve } = Promise.withResolvers<void>()
    for (const payer of payers) this.#byPayer.set(payer, promise)
    return () => {
      for (const payer of payers) {
        if (this.#byPayer.get(payer) === promise) this.#byPayer.delete(payer)
      }
      resolve()
    }
  }

  /** Once none of these payers' openings is under way, or after a moment; undefined: none is. */
  over(payers: readonly string[]): Promise<void> | undefined {
    const openings = payers.flatMap((payer) => this.#byPayer.get(payer) ?? [])
    return openings.length === 0 ? undefined : withinReason(openings)
  }
}

const withinReason = async (openings: readonly Promise<void>[]): Promise<void> => {
  const patience = new AbortController()
  const late = sleep(UNDER_WAY_WAIT_MS, undefined, { signal: patience.signal, ref: false })
  await Promise.race([Promise.all(openings), late])
  patience.abort()
  await late.catch(() => undefined)
}
