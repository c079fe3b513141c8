/** Times of taps in milliseconds, tap to final answer. */
export type Latency = { readonly p50Ms: number; readonly p95Ms: number; readonly p99Ms: number }

/** Percentiles of the times, each a time that was measured; 0 when there are none. */
export const latencyOf = (timesMs: readonly number[]): Latency => {
  const sorted = Float64Array.from(timesMs).sort()
  const at = (share: number): number => {
    const index = Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)
    return Math.round((sorted[Math.max(0, index)] ?? 0) * 100) / 100
  }
  return { p50Ms: at(0.5), p95Ms: at(0.95), p99Ms: at(0.99) }
}
