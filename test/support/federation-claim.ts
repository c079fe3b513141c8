import type { ClaimOutcome } from '#test/claims/claim.ts'

/** One thing that a claim looked at: what it saw, and what it must see. */
export type Row = readonly [
  what: string,
  seen: string | number | boolean,
  wanted: string | number | boolean,
]

/** Holds when every row is as wanted; the figure is how many there were, or those that are not. */
export const compared = (rows: readonly Row[]): ClaimOutcome => {
  const wrong = rows.filter(([, seen, wanted]) => seen !== wanted)
  if (wrong.length === 0) return { ok: rows.length > 0, figure: `${rows.length} of ${rows.length}` }
  const figure = Object.fromEntries(
    wrong.slice(0, SHOWN_MAX).map(([what, seen, wanted]) => [what, `${seen}, not ${wanted}`]),
  )
  return { ok: false, figure }
}

const SHOWN_MAX = 20
