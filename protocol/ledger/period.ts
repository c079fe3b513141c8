/** One UTC day and one hour of block time, in milliseconds. */
export const DAY_MS = 86_400_000
export const HOUR_MS = 3_600_000

/** Days since the epoch, UTC: what daily caps count in. */
export const dayOf = (timeMs: number): number => Math.floor(timeMs / DAY_MS)

/** When a day is over. */
export const dayEndMs = (day: number): number => (day + 1) * DAY_MS

/** Hours since the epoch: what refusals are counted in. */
export const hourOf = (timeMs: number): number => Math.floor(timeMs / HOUR_MS)

export const hourEndMs = (hour: number): number => (hour + 1) * HOUR_MS
