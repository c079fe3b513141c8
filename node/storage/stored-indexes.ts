/** Indexes of transactions within a block, ascending: four bytes each, big-endian. */
export const encodeIndexes = (indexes: readonly number[]): Uint8Array => {
  const bytes = new Uint8Array(4 * indexes.length)
  const view = new DataView(bytes.buffer)
  for (const [at, index] of indexes.entries()) view.setUint32(4 * at, index)
  return bytes
}

/** Undefined when the bytes are no list of ascending indexes. */
export const decodeIndexes = (bytes: Uint8Array): readonly number[] | undefined => {
  if (bytes.length === 0 || bytes.length % 4 !== 0) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const indexes = Array.from({ length: bytes.length / 4 }, (_, at) => view.getUint32(4 * at))
  const ascend = indexes.every((index, at) => at === 0 || index > (indexes[at - 1] ?? index))
  return ascend ? indexes : undefined
}
