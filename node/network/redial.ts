import { REDIAL_MAX_MS, REDIAL_MIN_MS } from './limits.ts'

/**
 * Milliseconds to wait before dialling again after `failures` in a row: doubles from
 * `REDIAL_MIN_MS` to `REDIAL_MAX_MS`, of which a random half is taken off, so that nodes that
 * lost one peer together do not come back together. `random` is uniform in [0, 1).
 */
export const redialDelayMs = (failures: number, random: () => number): number => {
  const longest = Math.min(REDIAL_MAX_MS, REDIAL_MIN_MS * 2 ** Math.min(failures, 16))
  return Math.round(longest * (1 - random() / 2))
}
