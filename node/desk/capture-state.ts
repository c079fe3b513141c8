import type { Captured, Lost } from '#api/ports/outcome.ts'
import type { StoredCapture } from '../storage/local-facts.ts'

/** What a capture that no final block tells of means for its payment. */
export const stateOfCapture = (
  { hold, amount, from, atMs: capturedMs, lost }: StoredCapture,
  left: number,
): Captured | Lost => {
  const capture = { hold, amount, ...(from !== undefined && { from }), capturedMs }
  return lost === undefined
    ? { status: 'captured', ...capture, left }
    : { status: 'lost', ...capture, code: lost }
}
