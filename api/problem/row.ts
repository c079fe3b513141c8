/** One public code: its HTTP status, what it means, and what the caller does about it. */
export type ProblemRow = {
  readonly status: number
  readonly title: string
  /** Whether the same request may succeed later without a change. */
  readonly retryable: boolean
  readonly action: string
}

const row =
  (retryable: boolean) =>
  (status: number, title: string, action: string): ProblemRow => ({
    status,
    title,
    retryable,
    action,
  })

/** The same request will fail again. */
export const final = row(false)
/** The same request may succeed later. */
export const passing = row(true)
