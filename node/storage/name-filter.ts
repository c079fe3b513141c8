/** Names that a table may hold, as bits: 128 KiB, in which 10,000 names make one answer in 100 vain. */
const FILTER_BITS = 1_048_576
/** Characters that tell names apart: the random ones of a payment id. */
const TAIL_LENGTH = 16

/**
 * Remembers names so far as to say of another one that it is surely not among them (Bloom 1970). The bits
 * are there from the first name on.
 */
export class NameFilter {
  #bits = new Uint8Array(0)

  add(name: string): void {
    if (this.#bits.length === 0) this.#bits = new Uint8Array(FILTER_BITS / 8)
    const bit = bitOf(name)
    this.#bits[bit >>> 3] = (this.#bits[bit >>> 3] ?? 0) | (1 << (bit & 7))
  }

  /** False only for a name that was never added. */
  mayHold(name: string): boolean {
    const bit = bitOf(name)
    return ((this.#bits[bit >>> 3] ?? 0) & (1 << (bit & 7))) !== 0
  }
}

/** FNV-1a over the end of the name, folded. */
const bitOf = (name: string): number => {
  let hash = 0x811c9dc5
  for (let at = Math.max(0, name.length - TAIL_LENGTH); at < name.length; at++) {
    hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193)
  }
  return (hash ^ (hash >>> 20)) & (FILTER_BITS - 1)
}
