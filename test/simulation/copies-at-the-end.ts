import { equalBytes } from '#protocol/bytes.ts'
import { type Block, encodeBlock } from '#protocol/chain/block.ts'
import { segmentSizesOf } from './disk.ts'
import type { Machine } from './machine.ts'
import { Violation } from './observation.ts'
import type { OpenProcess } from './process.ts'
import { highestOf, type Run, reliable } from './run.ts'
import { recordsOf } from './standing.ts'

/** Newest final blocks that are read back from every store. */
const BLOCKS_READ = 4

/**
 * Invariants 9, 11 and 14 of what is left in the end: every reliable node has the same records and can
 * read the same newest blocks from its store, byte by byte, and no journal has grown.
 */
export const compareCopies = (run: Run): void => {
  const machines = reliable(run.federation)
  // Two segments that take turns.
  const journalBytesMax = 2 * segmentSizesOf(run.swarm.load).journal
  for (const { who, disk } of machines) {
    const bytes = disk.journalBytes()
    if (bytes > journalBytesMax) throw new Violation('bounds', `${who.name}: journal of ${bytes}`)
  }
  const highest = highestOf(run.federation)
  compare('records', machines, (open) => {
    const { executor } = open.core
    const { header, digest } = executor.final()
    // What is not final may differ, and while a liar makes work somebody may be a block behind.
    const isThere = header.height === highest && executor.tip().digest === digest
    return isThere ? recordsOf(open.ledger) : undefined
  })
  for (let height = highest; height > Math.max(0, highest - BLOCKS_READ); height--) {
    compare(`block ${height}`, machines, (open) => storedBlock(open, height))
  }
}

const compare = <T extends string | Uint8Array>(
  what: string,
  machines: readonly Machine[],
  read: (open: OpenProcess) => T | undefined,
): void => {
  const copies = machines.flatMap((machine) => {
    const open = machine.process()
    const value = open && read(open)
    return value === undefined ? [] : [{ name: machine.who.name, value }]
  })
  const wrong = differenceIn(copies)
  if (wrong !== undefined) throw new Violation('identical', `${wrong}: ${what}`)
}

/** Who has another copy than the first one. */
export const differenceIn = (
  copies: readonly { readonly name: string; readonly value: string | Uint8Array }[],
): string | undefined => {
  const [first, ...others] = copies
  const other = others.find(({ value }) => first !== undefined && !isSame(first.value, value))
  return other && `${other.name} differs from ${first?.name}`
}

const isSame = (a: string | Uint8Array, b: string | Uint8Array): boolean =>
  typeof a === 'string' || typeof b === 'string' ? a === b : equalBytes(a, b)

/** Undefined while the store has not caught up with what is final, and up to where a copy begins. */
const storedBlock = ({ storage }: OpenProcess, height: number): Uint8Array | undefined => {
  const applied = storage.chain.applied()?.height ?? 0
  let found: Block | undefined
  if (applied >= height && height > storage.reader.begin()) {
    storage.blockAt(height, (result) => {
      if (result.ok) found = result.value
    })
    if (found === undefined) throw new Violation('copies', `stored block ${height} is not readable`)
  }
  return found && encodeBlock(found)
}
