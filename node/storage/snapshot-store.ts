import { encodeCertificate } from '#protocol/chain/certificate.ts'
import { decodeWith } from '#protocol/chain/decoded.ts'
import { headerDigest } from '#protocol/chain/header.ts'
import type { SealedEpoch, SnapshotHead } from '#protocol/chain/snapshot.ts'
import { CHUNK_DEPTH } from '#protocol/state/subtree.ts'
import { putBase } from './chain-base.ts'
import { putApplied, putIndex } from './chain-batch.ts'
import { type Changes, type ChangeTaker, joined, removing } from './changes.ts'
import type { Done } from './completion.ts'
import { decodedAt } from './decoded-at.ts'
import { keyOf, namePart, PREFIXES, slotOfKey } from './key-map.ts'
import type { KeyValuePort } from './key-value-port.ts'
import { OperationWriter } from './operation-writer.ts'
import { eachEntry } from './range-reader.ts'

/** A chunk that was verified: which, its root, and the texts of its slots. */
export type VerifiedChunk = {
  readonly family: number
  readonly index: number
  readonly root: Uint8Array
  readonly texts: readonly Uint8Array[]
}

/** That a snapshot is being received, and from which height on one is of use. */
export type SnapshotPhase = { readonly height: number }

/**
 * Writes a snapshot into a store that has no block yet. While its phase lasts what the records hold is no
 * state; the last batch makes it one, with everything that a start asks for.
 */
export type SnapshotStore = {
  readonly phase: () => SnapshotPhase | undefined
  /** On disk before the first chunk is: a start then does not take the records for a state. */
  readonly begin: (phase: SnapshotPhase, done: Done) => void
  /** The root of every chunk whose slots the records hold. */
  readonly eachChunk: (
    onChunk: (chunk: Pick<VerifiedChunk, 'family' | 'index' | 'root'>) => void,
    done: Done,
  ) => void
  /** A chunk replaces what its slots held. */
  readonly put: (chunks: readonly VerifiedChunk[], done: Done) => void
  /** Every chunk of the snapshot is there: it is the applied state from now on. */
  readonly complete: (head: SnapshotHead, ends: readonly SealedEpoch[], done: Done) => void
}

const PHASE_KEY = keyOf(PREFIXES.meta, namePart('snapshot'))

export const createSnapshotStore = (port: KeyValuePort): SnapshotStore => ({
  phase: () => snapshotPhase(port),
  begin: ({ height }, done) => {
    const writeTo = (taker: ChangeTaker): void =>
      new OperationWriter(taker).key(PREFIXES.meta).utf8('snapshot').value().u64(height).end()
    port.batch({ count: 1, writeTo }, { sync: true }, done)
  },
  eachChunk: (onChunk, done) =>
    eachEntry(
      port,
      keyOf(PREFIXES.chunk),
      ({ key, value }) => onChunk({ ...chunkOfKey(key), root: value }),
      done,
    ),
  put: (chunks, done) => port.batch(changesOf(chunks), { sync: true }, done),
  complete: (head, ends, done) => {
    const erased = [PHASE_KEY]
    eachEntry(
      port,
      keyOf(PREFIXES.chunk),
      ({ key }) => erased.push(key),
      (error) => {
        if (error !== undefined) done(error)
        else port.batch(joined([completion(head, ends), removing(erased)]), { sync: true }, done)
      },
    )
  },
})

/** That a snapshot is being received; throws `state_corrupt`. */
export const snapshotPhase = (port: KeyValuePort): SnapshotPhase | undefined =>
  decodedAt(port, PHASE_KEY, (bytes) => decodeWith(bytes, (reader) => ({ height: reader.u64() })))

const chunkOfKey = (key: Uint8Array): Pick<VerifiedChunk, 'family' | 'index'> => {
  const { family, slot: index } = slotOfKey(key)
  return { family, index }
}

const changesOf = (chunks: readonly VerifiedChunk[]): Changes => ({
  count: chunks.reduce((sum, { texts }) => sum + texts.length + 1, 0),
  writeTo: (taker) => {
    const writer = new OperationWriter(taker)
    for (const { family, index, root, texts } of chunks) {
      const from = index * 2 ** CHUNK_DEPTH
      for (const [at, text] of texts.entries()) {
        writer
          .key(PREFIXES.record)
          .u8(family)
          .u32(from + at)
        writer.value().bytes(text).end()
      }
      writer.key(PREFIXES.chunk).u8(family).u32(index)
      writer.value().bytes(root).end()
    }
  },
})

/** The block of the snapshot and the sealing blocks before it with their proofs, and where the copy begins. */
const completion = (head: SnapshotHead, ends: readonly SealedEpoch[]): Changes => ({
  count: 3 * (ends.length + 1) + 2,
  writeTo: (taker) => {
    const writer = new OperationWriter(taker)
    for (const { header, certificate } of [...ends, head]) {
      putIndex(writer, { header, digest: headerDigest(header), position: undefined })
      writer.key(PREFIXES.certificate).u64(header.height)
      writer.value().bytes(encodeCertificate(certificate)).end()
    }
    putBase(writer, { count: head.header.height, peaks: head.peaks })
    putApplied(writer, { height: head.header.height, digest: headerDigest(head.header) })
  },
})
