import { z } from 'zod'

/** What a claim measured: a number with its unit in the claim's bound, a text, or several named values. */
export const Figure = z.union([z.string(), z.number(), z.record(z.string(), z.json())])
export type Figure = z.infer<typeof Figure>

/** How a claim came out. */
export const ClaimOutcome = z.strictObject({ ok: z.boolean(), figure: Figure })
export type ClaimOutcome = z.infer<typeof ClaimOutcome>

/** What the runner gives a claim. */
export type ClaimContext = {
  /** An empty directory, removed afterwards whatever happens. */
  readonly directory: string
  /** Says in a few words what is happening; shown on terminals only. */
  readonly progress: (text: string) => void
}

const Word = z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/)

/**
 * One sentence of what Kermesse promises, as a program that shows it: `test/claims/<area>/<name>.ts` exports one as
 * `claim`. It runs in a process of its own; that process and all it started are killed at its end or its deadline.
 */
export const Claim = z.strictObject({
  area: Word,
  name: Word,
  /** What the figure is held against, in words and with units. */
  bound: z.string().min(1),
  /** Whether CI runs it too: it then takes seconds, not minutes. */
  short: z.boolean(),
  /** Its deadline in milliseconds, where the runner's default does not fit. */
  timeoutMs: z.int().min(1).optional(),
  run: z.custom<(context: ClaimContext) => Promise<ClaimOutcome>>(
    (value) => typeof value === 'function',
    { error: 'not a function' },
  ),
})
export type Claim = z.infer<typeof Claim>
