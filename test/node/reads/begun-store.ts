import { createRecent } from '#node/reads/recent.ts'
import { createSnapshotStore } from '#node/storage/snapshot-store.ts'
import { certificateOf, createMachine, saleAt } from '../storage/machine.ts'
import { blockAt, digestOf } from '../storage/records.ts'
import { sourceOf } from '../sync/snapshot-bench.ts'

/** The height that the store began with. */
export const BEGIN = 300

/** A store that began with a snapshot at block 300 and has the two blocks after it. */
export const begunStore = () => {
  const machine = createMachine()
  const source = sourceOf(10, { height: BEGIN, epochs: 1 })
  const { header, certificate, peaks, state } = source
  const families = state.treesAt(6).map(({ number, count, root }) => ({ number, count, root }))
  const ends = source.ends().map(({ next, ...end }) => ({ ...end, next: next.set }))
  const head = { header, certificate, peaks, families, epochs: ends.length }
  createSnapshotStore(machine.keyValues.open()).complete(head, ends, (error) => {
    if (error !== undefined) throw error
  })
  const storage = machine.start()
  const applied = storage.chain.applied()
  if (applied === undefined) throw new Error('nothing is applied')
  let parent = applied.digest
  for (const height of [BEGIN + 1, BEGIN + 2]) {
    const block = blockAt(height, parent)
    parent = block.digest
    const transactions = [{ hash: digestOf(`transaction ${height}`) }]
    const committed = { block, transactions, events: [saleAt(height)], writes: [] }
    storage.chain.commit([committed], certificateOf(block), (error) => {
      if (error !== undefined) throw error
    })
  }
  const last = storage.reader.block(BEGIN + 2)
  if (last === undefined) throw new Error('no last block')
  const recent = createRecent(last.header)
  return { storage, recent }
}
