import type { Health, HealthMode, ModeNotice } from '#api/ports/health.ts'
import type { Head } from '#api/ports/ledger.ts'

export type ModeWatchParts = {
  readonly mode: () => HealthMode
  readonly wallMs: () => number
  readonly head: () => Head
}

/**
 * Notices when the mode of a node changes. It knows what it saw when it was asked: it is to be asked
 * every second, should nobody else ask.
 */
export const createModeWatch = ({
  mode: now,
  wallMs,
  head,
}: ModeWatchParts): Pick<Health, 'mode' | 'notice' | 'onMode'> => {
  const listeners = new Set<(notice: ModeNotice) => void>()
  let last: ModeNotice | undefined
  const notice = (): ModeNotice => {
    const mode = now()
    if (last?.mode === mode) return last
    const before = last
    const changed = { mode, height: head().height, sinceMs: wallMs() }
    last = changed
    // Who begins to watch now is told by whoever lets it watch.
    if (before !== undefined) for (const listener of [...listeners]) listener(changed)
    return changed
  }
  return {
    notice,
    mode: () => notice().mode,
    onMode: (changed) => {
      listeners.add(changed)
      return () => void listeners.delete(changed)
    },
  }
}
