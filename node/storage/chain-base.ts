import { type Decoded, decodeWith } from '#protocol/chain/decoded.ts'
import type { HistoryPeaks } from '#protocol/state/history.ts'
import { NODE_BYTES } from '#protocol/state/merkle-path.ts'
import { decodedAt } from './decoded-at.ts'
import { keyOf, namePart, PREFIXES } from './key-map.ts'
import type { KeyValuePort } from './key-value-port.ts'
import type { OperationWriter } from './operation-writer.ts'

const BASE = 'base'
const BASE_KEY = keyOf(PREFIXES.meta, namePart(BASE))

/** Count u64: the height of the first block; then the peaks over all before it, 32 bytes each. */
export const putBase = (writer: OperationWriter, { count, peaks }: HistoryPeaks): void => {
  writer.key(PREFIXES.meta).utf8(BASE).value().u64(count)
  for (const peak of peaks) writer.bytes(peak)
  writer.end()
}

/** What the copy begins with: at genesis it has no blocks below and no peaks. Throws `state_corrupt`. */
export const storedBase = (port: KeyValuePort): HistoryPeaks =>
  decodedAt(port, BASE_KEY, decodeBase) ?? { count: 0, peaks: [] }

const decodeBase = (bytes: Uint8Array): Decoded<HistoryPeaks> =>
  decodeWith(bytes, (reader) => {
    const count = reader.u64()
    const peaks: Uint8Array[] = []
    while (!reader.failed && reader.remaining > 0) peaks.push(reader.bytes(NODE_BYTES))
    return { count, peaks }
  })
