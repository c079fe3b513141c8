import type { PlaceId } from '#protocol/id.ts'
import {
  BOOK_PASSES_MAX,
  BOOK_PASSES_OF_OTHERS_MAX,
  BOOK_PASSES_PER_CREDENTIAL_MAX,
  BOOK_PASSES_PER_PLACE_MAX,
} from './book-limits.ts'

/** Who reads the books of a place. */
export type BookPassOwner = { readonly place: PlaceId; readonly keyId: string }

export type BookPasses = {
  /** What ends the pass, once and no more; undefined: as many are under way as may be. */
  readonly open: (owner: BookPassOwner) => (() => void) | undefined
}

/**
 * Passes over histories that are under way. No credential and no place keeps others from their books, and
 * there always is room for the place that this node acts for.
 */
export const createBookPasses = (own: () => PlaceId | undefined): BookPasses => {
  const open = new Set<BookPassOwner>()
  const count = (counts: (pass: BookPassOwner) => boolean): number =>
    [...open].filter(counts).length

  const fits = ({ place, keyId }: BookPassOwner): boolean => {
    const self = own()
    if (open.size >= BOOK_PASSES_MAX) return false
    if (count((pass) => pass.keyId === keyId) >= BOOK_PASSES_PER_CREDENTIAL_MAX) return false
    if (count((pass) => pass.place === place) >= BOOK_PASSES_PER_PLACE_MAX) return false
    const ofOthers = count((pass) => pass.place !== self)
    return self === undefined || place === self || ofOthers < BOOK_PASSES_OF_OTHERS_MAX
  }

  return {
    open: (owner) => {
      if (!fits(owner)) return undefined
      const pass = { ...owner }
      open.add(pass)
      return () => void open.delete(pass)
    },
  }
}
