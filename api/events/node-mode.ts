import type { Health, ModeNotice } from '../ports/health.ts'
import { timestampOf } from '../schemas/timestamp.ts'

/** What is written to, as a `ServerResponse` is. */
type Stream = {
  readonly destroyed: boolean
  readonly writableNeedDrain: boolean
  readonly write: (text: string) => boolean
  readonly once: (event: 'drain', heard: () => void) => unknown
  readonly off: (event: 'drain', heard: () => void) => unknown
}

/**
 * Tells a stream the mode of this node, at once and when it changes. It is of this node alone, so that
 * the frame has no id: whoever resumes elsewhere misses nothing of the ledger. A client that does not
 * read hears only the mode that holds when it does. The returned function ends it.
 */
export const noticeModes = (
  health: Pick<Health, 'notice' | 'onMode'>,
  response: Stream,
): (() => void) => {
  let owed = false
  const write = (notice: ModeNotice): void => {
    if (!response.destroyed) response.write(frameOf(notice))
  }
  const onDrain = (): void => {
    owed = false
    write(health.notice())
  }
  const tell = (notice: ModeNotice): void => {
    if (!response.writableNeedDrain) write(notice)
    else if (!owed) {
      owed = true
      response.once('drain', onDrain)
    }
  }
  tell(health.notice())
  const stop = health.onMode(tell)
  return () => {
    stop()
    response.off('drain', onDrain)
  }
}

const frameOf = ({ mode, height, sinceMs }: ModeNotice): string =>
  `event: node\ndata: ${JSON.stringify({ mode, height, since: timestampOf(sinceMs) })}\n\n`
