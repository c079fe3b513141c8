import type { OperationWriter } from './operation-writer.ts'

/** Indexes of transactions within a block, ascending: four bytes each, big-endian. */
export const writeIndexes = (writer: OperationWriter, indexes: readonly number[]): void => {
  for (const index of indexes) writer.u32(index)
}

/** Undefined when the bytes are no list of ascending indexes. */
export const decodeIndexes = (bytes: Uint8Array): readonly number[] | undefined => {
  if (bytes.length === 0 || bytes.length % 4 !== 0) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const indexes = Array.from({ length: bytes.length / 4 }, (_, at) => view.getUint32(4 * at))
  const ascend = indexes.every((index, at) => at === 0 || index > (indexes[at - 1] ?? index))
  return ascend ? indexes : undefined
}
