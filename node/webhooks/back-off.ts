import { RETRY_FIRST_MS, RETRY_MAX_MS } from './limits.ts'

/**
 * The pause after so many failures in a row: it doubles up to an hour, and the second half of it is
 * left to chance, so that receivers that came back are not asked by everybody at once.
 */
export const pauseAfterMs = (
  failures: number,
  {
    random,
    firstMs = RETRY_FIRST_MS,
  }: { readonly random: () => number; readonly firstMs?: number },
): number => {
  const whole = Math.min(firstMs * 2 ** (failures - 1), RETRY_MAX_MS)
  return Math.round(whole * (0.5 + random() / 2))
}
