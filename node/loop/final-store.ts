import type { EpochEnd } from '#consensus/epoch-end.ts'
import { CHUNK_DEPTH } from '#protocol/state/subtree.ts'
import type { Executor } from '../pipeline/executor.ts'
import { createSnapshotKeeper, type SnapshotKeeper } from '../sync/snapshot-keeper.ts'
import type { CoreStorage } from './core-storage.ts'
import type { CoreParts } from './node-core.ts'

/** Where final blocks go, and from where those who begin get what they made. */
export type FinalStore = {
  readonly commit: CoreStorage['commit']
  readonly serveSnapshot: SnapshotKeeper['serve']
}

/** `ends`: how the epochs so far ended. A snapshot that is due is taken as of the last block of a segment. */
export const createFinalStore = (
  { clock, timers, storage, history, final }: CoreParts,
  executor: Executor,
  ends: () => readonly EpochEnd[],
): FinalStore => {
  const height = (): number => executor.final().header.height
  const keeper = createSnapshotKeeper({
    clock,
    timers,
    final,
    ends,
    shape: () =>
      executor.atFinal(({ state }) => ({
        trees: state.treesAt(CHUNK_DEPTH),
        peaks: history.peaks(height()),
      })),
    freezeNow: () => storage.freezeAt(height()),
  })

  const commit: CoreStorage['commit'] = (segment, done) => {
    const { blocks, certificate } = segment
    const header = blocks.at(-1)?.block.header
    const keep = header && keeper.onFinal({ header, certificate })
    if (keep === undefined) {
      storage.commit(segment, done)
      return
    }
    storage.commitAndFreeze(segment, (frozen) => {
      keep(frozen)
      done()
    })
  }

  return { commit, serveSnapshot: keeper.serve }
}
