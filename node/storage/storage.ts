import type { JournalRecord } from '#consensus/journal-record.ts'
import type { Block } from '#protocol/chain/block.ts'
import type { Hash } from '#protocol/hash.ts'
import { createBatchQueue, type Gather } from './batch-queue.ts'
import { type BlockLog, type OpenedBlockLog, openBlockLog } from './block-log.ts'
import type { LoggedBlock } from './block-log-recovery.ts'
import type { BlockPosition } from './block-position.ts'
import { APPLIED_KEY } from './chain-batch.ts'
import { type ChainReader, createChainReader } from './chain-reader.ts'
import { type ChainStore, createChainStore } from './chain-store.ts'
import { putting } from './changes.ts'
import { type Answer, allInOrder, type Done, guarded, whenDone, withValue } from './completion.ts'
import { corruptState } from './corrupt-state.ts'
import { decodedAt } from './decoded-at.ts'
import type { DirectoryPort } from './file-port.ts'
import { createFirstFailure } from './first-failure.ts'
import { type FrozenState, frozenState } from './frozen-state.ts'
import type { OpenedJournal } from './journal.ts'
import { keyOf, namePart, PREFIXES } from './key-map.ts'
import type { KeyValuePort } from './key-value-port.ts'
import { SEGMENTS_GATHERED_MAX } from './limits.ts'
import { createLocalFacts, type LocalFacts } from './local-facts.ts'
import { createLogIndex } from './log-index.ts'
import { type LostJournal, openJournalOrForget } from './lost-journal.ts'
import { decodeApplied } from './stored-block.ts'
import { createWriteGroup, type Write, type WriteGroup } from './write-group.ts'

/** The three places a node writes to. */
export type StoragePorts = {
  readonly journal: DirectoryPort
  readonly blocks: DirectoryPort
  readonly keyValues: KeyValuePort
  /** When a write of local facts starts; absent: at once. */
  readonly gather?: Gather
  /** When a commit of final blocks of so many operations starts; absent, and a smaller one: at once. */
  readonly pace?: { readonly from: number; readonly gather: Gather }
}

/** Bytes of one segment file of each log. */
export type SegmentSizes = { readonly journal: number; readonly blocks: number }

/** Everything one node keeps: what it voted, every block, the state, and what it alone knows. */
export type Storage = {
  /** What the journal held, oldest first. */
  readonly records: readonly JournalRecord[]
  /** The journal that was there and could not be used, if it was not. */
  readonly lost: LostJournal | undefined
  /** Blocks above the applied one that the log holds, in any order: all that a record names. */
  readonly logged: readonly LoggedBlock[]
  /** Durable when done, the blocks before the records. A block that the log has is not written again. */
  readonly write: (write: Write, done: Done) => void
  /** Bytes of `write` that are not on disk yet. */
  readonly pendingBytes: () => number
  /** A block by its digest: a final one, or one above that was written here. */
  readonly block: (digest: Hash, answer: Answer<Block | undefined>) => void
  /** The final block at a height; undefined for genesis, which has no body. */
  readonly blockAt: (height: number, answer: Answer<Block | undefined>) => void
  readonly chain: ChainStore
  readonly reader: ChainReader
  /** The records as they are in the database now; whoever has them releases them. */
  readonly freeze: () => FrozenState
  readonly local: LocalFacts
  /** Closes everything once what was given is on disk. */
  readonly close: (done: Done) => void
}

/** Opens the logs over the database. Errors: those of `openJournalOrForget`, `openBlockLog`, `state_corrupt`. */
export const openStorage = (
  ports: StoragePorts,
  sizes: SegmentSizes,
  answer: Answer<Storage>,
): void =>
  guarded(
    answer,
    () => startOf(ports.keyValues),
    ({ existing, from }) =>
      openJournalOrForget(
        ports.journal,
        { segmentBytes: sizes.journal, existing },
        withValue(answer, (journal) =>
          openBlockLog(
            ports.blocks,
            { segmentBytes: sizes.blocks, from },
            withValue(answer, (blocks) =>
              markJournal(
                ports.keyValues,
                existing,
                whenDone(answer, () =>
                  guarded(
                    answer,
                    () => assemble(ports, journal, blocks),
                    (value) => answer({ ok: true, value }),
                  ),
                ),
              ),
            ),
          ),
        ),
      ),
  )

const JOURNAL_KEY = keyOf(PREFIXES.meta, namePart('journal'))

/** What the database knows of the logs: whether there was a journal, and from where on blocks count. */
const startOf = (
  port: KeyValuePort,
): { readonly existing: boolean; readonly from: BlockPosition | undefined } => {
  const existing = port.get(JOURNAL_KEY) !== undefined
  const applied = decodedAt(port, APPLIED_KEY, decodeApplied)
  if (applied === undefined) return { existing, from: undefined }
  const block = createChainReader(port).block(applied.height)
  if (block?.digest !== applied.digest) throw corruptState('the applied block is not in the index')
  return { existing, from: applied.readFrom ?? block.position }
}

/** From now on a missing journal is an alarm. */
const markJournal = (port: KeyValuePort, existing: boolean, done: Done): void => {
  if (existing) done()
  else port.batch(putting(JOURNAL_KEY, Uint8Array.of(1)), { sync: true }, done)
}

const assemble = (
  { keyValues: port, gather, pace }: StoragePorts,
  { journal, records, lost }: OpenedJournal & { readonly lost: LostJournal | undefined },
  { blockLog, blocks }: OpenedBlockLog,
): Storage => {
  const index = createLogIndex()
  const failure = createFirstFailure()
  const writeGroup = createWriteGroup({
    journal,
    blockLog,
    failure,
    onLogged: ({ digest }, position) => index.arrive(digest, position),
  })
  const write: WriteGroup['write'] = (content, done) => {
    const missing = content.blocks.filter(({ digest }) => !index.has(digest))
    for (const { digest, header } of missing) index.expect(digest, header.height)
    writeGroup.write({ journal: content.journal, blocks: missing }, done)
  }
  const commits = createBatchQueue(port, failure, {
    ...(pace && { gather: pace.gather, gatheredFrom: pace.from }),
    gatheredMax: SEGMENTS_GATHERED_MAX,
  })
  const locals = createBatchQueue(port, failure, { gather })
  const reader = createChainReader(port)
  const chain = createChainStore({
    port,
    queue: commits,
    failure,
    index,
    log: (missing, done) => write({ journal: [], blocks: missing }, done),
  })
  const floor = chain.applied()?.height ?? 0
  const logged = blocks.filter(({ header }) => header.height > floor)
  for (const { digest, header, position } of logged) {
    index.expect(digest, header.height)
    index.arrive(digest, position)
  }
  return {
    records,
    lost,
    logged,
    write,
    pendingBytes: writeGroup.pendingBytes,
    ...readersOf(blockLog, reader, index.position),
    chain,
    reader,
    freeze: () => frozenState(port.freeze()),
    local: createLocalFacts(port, locals),
    close: (done) =>
      // A commit goes through the logs first: those that were given before this are let through.
      writeGroup.write({ journal: [], blocks: [] }, () =>
        // After a failure, too, everything is closed: what was first is what is told.
        allInOrder(
          [
            commits.close,
            // What a last commit made needless is erased yet.
            locals.close,
            writeGroup.close,
            (next) => port.close(next),
          ],
          (error) => done(failure.error() ?? error),
        ),
      ),
  }
}

const readersOf = (
  blockLog: BlockLog,
  reader: ChainReader,
  positionOf: (digest: Hash) => BlockPosition | undefined,
): Pick<Storage, 'block' | 'blockAt'> => {
  const read = (position: BlockPosition | undefined, answer: Answer<Block | undefined>): void => {
    if (position === undefined) answer({ ok: true, value: undefined })
    else blockLog.read(position, answer)
  }
  const committed = (digest: Hash): BlockPosition | undefined => {
    const height = reader.heightOf(digest)
    return height === undefined ? undefined : reader.block(height)?.position
  }
  return {
    block: (digest, answer) =>
      guarded(
        answer,
        () => positionOf(digest) ?? committed(digest),
        (position) => read(position, answer),
      ),
    blockAt: (height, answer) =>
      guarded(
        answer,
        () => reader.block(height)?.position,
        (position) => read(position, answer),
      ),
  }
}
