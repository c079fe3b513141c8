import { VIEW_CAP_MS } from './limits.ts'

/**
 * `baseMs` times 1.5 for each view beyond the second since the last final one, in integers, so that
 * a whole view (3Δ) never lasts longer than the cap; `share` is the part of a view, in Δ.
 */
export const scaledByBackoff = (
  deltaMs: number,
  share: 2 | 3,
  place: { readonly view: number; readonly finalView: number },
): number => {
  const capMs = Math.floor((VIEW_CAP_MS * share) / 3)
  let delayMs = share * deltaMs
  for (let step = place.view - place.finalView - 2; step > 0 && delayMs < capMs; step--) {
    delayMs = Math.floor((delayMs * 3) / 2)
  }
  return Math.min(delayMs, Math.max(capMs, share * deltaMs))
}

/** The next pause of a retry: half as much again, up to `capMs`. */
export const longerPause = (pauseMs: number, capMs: number): number =>
  Math.min(Math.floor((pauseMs * 3) / 2), capMs)
