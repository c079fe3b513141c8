import type { JournalRecord } from '#consensus/journal-record.ts'
import type { Result } from '#node/storage/completion.ts'
import { type OpenedJournal, openJournal } from '#node/storage/journal.ts'
import { StorageError } from '#node/storage/storage-error.ts'
import { utf8 } from '#protocol/bytes.ts'
import type { Block } from '#protocol/chain/block.ts'
import { type Header, headerDigest } from '#protocol/chain/header.ts'
import { type Hash, hashOf } from '#protocol/hash.ts'
import type { MemoryDisk } from '../../support/memory-files.ts'

export const digestOf = (name: string): Hash => hashOf(utf8(name))

export const voteIn = (view: number): JournalRecord => ({
  type: 'vote',
  vote: {
    kind: 'notarize',
    epoch: 1,
    view,
    parentView: view - 1,
    digest: digestOf(`block ${view}`),
    signer: 0,
    signature: new Uint8Array(64).fill(view & 0xff),
  },
})

export const floorAt = (view: number): JournalRecord => ({
  type: 'floor',
  epoch: 1,
  view,
  height: view,
  digest: digestOf(`block ${view}`),
})

export const EPOCH: JournalRecord = {
  type: 'epoch',
  epoch: 1,
  setHash: digestOf('set'),
  genesisDigest: digestOf('genesis'),
}

const GENESIS_DIGEST = digestOf('genesis')

/** A chain of blocks, each with one transaction of `size` bytes. */
export const chainOf = (length: number, size = 40, parent = GENESIS_DIGEST): readonly Block[] => {
  const blocks: Block[] = []
  let parentDigest = parent
  for (let height = 1; height <= length; height++) {
    const block = blockAt(height, parentDigest, size)
    blocks.push(block)
    parentDigest = block.digest
  }
  return blocks
}

export const blockAt = (height: number, parentDigest: Hash, size = 40): Block => {
  const header: Header = {
    chainId: digestOf('chain'),
    epoch: 1,
    view: height,
    height,
    parentDigest,
    timestampMs: height * 1_000,
    proposerIndex: 0,
    transactionCount: 1,
    transactionRoot: digestOf(`transactions ${height}`),
    stateRoot: digestOf(`state ${height}`),
    historyRoot: digestOf(`history ${height}`),
    authoritySetHash: digestOf('set'),
    nextSetHash: digestOf('set'),
    version: 1,
    flags: 0,
  }
  const transactions = [String(height % 10).repeat(size)]
  return { header, digest: headerDigest(header), transactions, outcomes: ['applied'] }
}

/** The value of a result that came at once; fails the test otherwise. */
export const valueFrom = <T>(call: (answer: (result: Result<T>) => void) => void): T => {
  const result = resultOf(call)
  if (!result.ok) throw result.error
  return result.value
}

/** The result of a call that answers at once. */
const resultOf = <T>(call: (answer: (result: Result<T>) => void) => void): Result<T> => {
  const results: Result<T>[] = []
  call((result) => results.push(result))
  const [result] = results
  if (results.length !== 1 || result === undefined) throw new Error(`${results.length} answers`)
  return result
}

/** The code a call that answers at once fails with, or `ok`. */
export const codeOf = <T>(call: (answer: (result: Result<T>) => void) => void): string => {
  const result = resultOf(call)
  return result.ok ? 'ok' : result.error.code
}

/** The code of a thrown or rejected storage error. */
export const thrownCode = (cause: unknown): string =>
  cause instanceof StorageError ? cause.code : String(cause)

export const SEGMENT_BYTES = 8_192

export const reopen = (disk: MemoryDisk, existing = true): OpenedJournal =>
  valueFrom((answer) =>
    openJournal(disk.directory, { segmentBytes: SEGMENT_BYTES, existing }, answer),
  )

/** Numbers in [0, 1) from a seed (xorshift32). */
export const randomOf = (seed: number): (() => number) => {
  let state = (seed * 2_654_435_761) | 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 0x1_0000_0000
  }
}
