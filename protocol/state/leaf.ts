import { sha256, writeSha256 } from '#digest'
import { writeUtf8 } from '#text-encoding'
import { concat, u32, utf8 } from '../bytes.ts'
import { depthOf } from './merkle-path.ts'

/**
 * Shortest pre-image of a leaf. A pre-image of exactly 64 bytes could be read as two nodes, so
 * shorter ones are filled up with zero bytes; the length inside keeps them apart.
 */
export const LEAF_PREIMAGE_MIN = 65
const LEAF_HEADER_BYTES = 10
const RECORD_LEAF = 0x00
const SCRATCH_BYTES = 4096
/** Pre-images shorter than this keep their view of the scratch. */
const VIEWED_BYTES = 1024
/** UTF-8 bytes of one UTF-16 unit, at most. */
const UNIT_BYTES = 3

const FAMILY_ROOT_TAG = utf8('fr1')
const STATE_ROOT_TAG = utf8('st1')

/** What a slot holds: a family's number, the slot, and the text of its record or free link. */
export type SlotContent = { readonly family: number; readonly slot: number; readonly text: string }

/**
 * The leaf of a slot: SHA-256 of
 * `0x00 ‖ family u8 ‖ slot u32 ‖ length u32 ‖ UTF-8 of the text`, and zero bytes up to 65.
 */
export const leafOf = (content: SlotContent): Uint8Array => sha256(leafPreimage(content))

/** Writes the leaf of a slot into 32 bytes. */
export const writeLeaf = (content: SlotContent, into: Uint8Array): void =>
  writeSha256(leafPreimage(content), into)

/** The same where the text is in UTF-8 already. */
export const writeLeafOfBytes = (
  {
    family,
    slot,
    bytes,
  }: { readonly family: number; readonly slot: number; readonly bytes: Uint8Array },
  into: Uint8Array,
): void => {
  reserve(bytes.length)
  textScratch.set(bytes)
  writeSha256(headed({ family, slot }, bytes.length), into)
}

/** The root of a family: SHA-256 of `"fr1" ‖ family u8 ‖ depth u8 ‖ count u32 ‖ tree root`. */
export const familyRootOf = (family: number, count: number, treeRoot: Uint8Array): Uint8Array =>
  sha256(concat(FAMILY_ROOT_TAG, Uint8Array.of(family, depthOf(count)), u32(count), treeRoot))

/**
 * The root of a state: SHA-256 of `"st1" ‖ families u8 ‖ tree root`, the tree being the one over
 * the family roots by ascending family number.
 */
export const stateRootOf = (families: number, treeRoot: Uint8Array): Uint8Array =>
  sha256(concat(STATE_ROOT_TAG, Uint8Array.of(families), treeRoot))

let scratch = new Uint8Array(SCRATCH_BYTES)
let view = new DataView(scratch.buffer)
let textScratch = scratch.subarray(LEAF_HEADER_BYTES)
/** Views of the first bytes of the scratch by their number, once needed. */
let views = noViews()

/** Valid until the next call: a pre-image lives only as long as its digest takes. */
function leafPreimage({ family, slot, text }: SlotContent): Uint8Array {
  reserve(text.length * UNIT_BYTES)
  return headed({ family, slot }, writeUtf8(text, textScratch))
}

/** The pre-image of the text that is in the scratch. */
function headed({ family, slot }: Omit<SlotContent, 'text'>, length: number): Uint8Array {
  const end = LEAF_HEADER_BYTES + length
  const preimage = begunWith(Math.max(end, LEAF_PREIMAGE_MIN))
  if (end < LEAF_PREIMAGE_MIN) preimage.fill(0, end)
  view.setUint8(0, RECORD_LEAF)
  view.setUint8(1, family)
  view.setUint32(2, slot)
  view.setUint32(6, length)
  return preimage
}

/** So many first bytes of the scratch. Most records are as long as others of their family. */
function begunWith(length: number): Uint8Array {
  if (length >= VIEWED_BYTES) return scratch.subarray(0, length)
  const known = views[length]
  if (known !== undefined) return known
  const fresh = scratch.subarray(0, length)
  views[length] = fresh
  return fresh
}

/** Makes room for so many bytes of text; records are bounded by their schemas. */
function reserve(length: number): void {
  if (textScratch.length >= length) return
  scratch = new Uint8Array((LEAF_HEADER_BYTES + length) * 2)
  view = new DataView(scratch.buffer)
  textScratch = scratch.subarray(LEAF_HEADER_BYTES)
  views = noViews()
}

function noViews(): (Uint8Array | undefined)[] {
  return new Array<Uint8Array | undefined>(VIEWED_BYTES)
}
