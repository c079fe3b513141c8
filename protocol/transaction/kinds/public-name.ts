import { z } from 'zod'

/** Longest name, in code points. */
const NAME_POINTS_MAX = 60

type Ranges = readonly (readonly [first: number, last: number])[]

/**
 * Code points that no name contains: controls, invisible and directional format characters, line and
 * paragraph separators, lone surrogates, private use, noncharacters, and everything from plane 4 on.
 * The list is the rule. An engine's own tables of Unicode grow with every version of Unicode, and two
 * nodes that differ in them would disagree about a block.
 */
const FORBIDDEN: Ranges = [
  [0x0000, 0x001f],
  [0x007f, 0x009f],
  [0x00ad, 0x00ad],
  [0x0600, 0x0605],
  [0x061c, 0x061c],
  [0x06dd, 0x06dd],
  [0x070f, 0x070f],
  [0x0890, 0x0891],
  [0x08e2, 0x08e2],
  [0x180e, 0x180e],
  [0x200b, 0x200f],
  [0x2028, 0x202e],
  [0x2060, 0x206f],
  [0xd800, 0xf8ff],
  [0xfdd0, 0xfdef],
  [0xfeff, 0xfeff],
  [0xfff0, 0xffff],
  [0x110bd, 0x110bd],
  [0x110cd, 0x110cd],
  [0x13430, 0x1343f],
  [0x1bca0, 0x1bca3],
  [0x1d173, 0x1d17a],
  [0x1fffe, 0x1ffff],
  [0x2fffe, 0x2ffff],
  [0x3fffe, 0x10ffff],
]

/** White space: inside a name, never at its ends. */
const WHITE: Ranges = [
  [0x0020, 0x0020],
  [0x00a0, 0x00a0],
  [0x1680, 0x1680],
  [0x2000, 0x200a],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
]

/** The public name of a place, federation, network or asset: 1 to 60 code points that can be seen. */
export const PublicName = z
  .string()
  // A code point is at most two UTF-16 units: what is longer is not even walked through.
  .max(2 * NAME_POINTS_MAX, { abort: true })
  .refine(isName, { error: 'not 1 to 60 visible characters without white space at the ends' })

function isName(text: string): boolean {
  const points = Array.from(text, (character) => character.codePointAt(0) ?? 0)
  const [first] = points
  const last = points.at(-1)
  if (first === undefined || last === undefined || points.length > NAME_POINTS_MAX) return false
  if (isIn(WHITE, first) || isIn(WHITE, last)) return false
  return !points.some((point) => isIn(FORBIDDEN, point))
}

function isIn(ranges: Ranges, point: number): boolean {
  return ranges.some(([first, last]) => point >= first && point <= last)
}
