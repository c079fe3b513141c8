import type { Hash } from '#protocol/hash.ts'
import type { OutboxEntry } from '../outbox/outbox.ts'

/**
 * Submissions of an earlier run whose outcome this node may have told, and its store may lack: a
 * block is final before it is stored here. Until its copy is current nothing is said of them, neither
 * `pending` nor that they are open.
 */
export type Unsettled = {
  readonly has: (hash: Hash) => boolean
  /** Looks whether the copy is current by now; to be called now and then, since it may be cut off later. */
  readonly observe: () => void
}

/** `recovered`: what the outbox held when the node stopped. */
export const createUnsettled = (
  recovered: readonly Pick<OutboxEntry, 'hash'>[],
  isCaughtUp: () => boolean,
): Unsettled => {
  let hashes: ReadonlySet<Hash> = new Set(recovered.map(({ hash }) => hash))
  const observe = (): void => {
    if (hashes.size > 0 && isCaughtUp()) hashes = new Set()
  }
  return {
    has: (hash) => {
      if (!hashes.has(hash)) return false
      observe()
      return hashes.has(hash)
    },
    observe,
  }
}
