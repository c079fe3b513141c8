/** An invariant that does not hold: which one, of what, and both sides of it. */
export type Finding = {
  readonly invariant: string
  readonly subject: string
  readonly expected: string
  readonly found: string
}

export const finding = (
  invariant: string,
  subject: string,
  { expected, found }: { readonly expected: number | string; readonly found: number | string },
): Finding => ({ invariant, subject, expected: String(expected), found: String(found) })

export const sentenceOf = ({ invariant, subject, expected, found }: Finding): string =>
  `${invariant} of ${subject}: expected ${expected}, found ${found}`
