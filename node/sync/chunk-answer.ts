import { CHUNK_BYTES_MAX } from '#protocol/chain/chain-limits.ts'
import type { ChunkRun, SnapshotHead, SnapshotResponse } from '#protocol/chain/snapshot.ts'
import { CHUNK_DEPTH, chunksOf } from '#protocol/state/subtree.ts'
import type { ReadRun } from '../storage/frozen-state.ts'

/** Bytes of texts from which on an answer is full: it leaves on its way through the queue what votes need. */
const ANSWER_BYTES = 1_048_576

/** Answers as many of the chunks asked for as one answer carries, at least one. */
export const answerChunks = (
  read: ReadRun,
  { request, head }: { readonly request: ChunkRun; readonly head: Pick<SnapshotHead, 'families'> },
  respond: (response: SnapshotResponse | undefined) => void,
): void => {
  const { family, from } = request
  const count = head.families.find(({ number }) => number === family)?.count ?? 0
  const to = Math.min(from + request.count, chunksOf(count))
  if (from >= to) {
    respond(undefined)
    return
  }
  const slots = { from: from * CHUNK_SLOTS, to: Math.min(to * CHUNK_SLOTS, count) }
  read({ family, ...slots }, (texts) => {
    const chunks = withinAnswer(texts)
    respond(chunks.length === 0 ? undefined : { type: 'chunks', chunks })
  })
}

const CHUNK_SLOTS = 2 ** CHUNK_DEPTH
/** Of the encoding, for each text and chunk. */
const LENGTH_BYTES = 4

const withinAnswer = (texts: readonly string[]): readonly (readonly Uint8Array[])[] => {
  const chunks: (readonly Uint8Array[])[] = []
  let bytes = 2 * LENGTH_BYTES
  for (let at = 0; at < texts.length && bytes < ANSWER_BYTES; at += CHUNK_SLOTS) {
    const chunk = bytesOf(texts.slice(at, at + CHUNK_SLOTS))
    bytes += chunk.reduce((sum, { length }) => sum + LENGTH_BYTES + length, LENGTH_BYTES)
    if (bytes > CHUNK_BYTES_MAX) break
    chunks.push(chunk)
  }
  return chunks
}

/** The UTF-8 bytes of each text: parts of one piece of memory, made at once. */
const bytesOf = (texts: readonly string[]): readonly Uint8Array[] => {
  const joined = texts.join('')
  const bytes = Buffer.from(joined)
  const isAscii = bytes.length === joined.length
  let from = 0
  return texts.map((text) => {
    const to = from + (isAscii ? text.length : Buffer.byteLength(text))
    const part = bytes.subarray(from, to)
    from = to
    return part
  })
}
