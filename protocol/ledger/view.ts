import type { FamilyName, Records } from '../state/families.ts'
import type { Mark } from '../state/state.ts'

/** Reads of one state. A record that is absent is undefined. */
export type View = {
  readonly get: <F extends FamilyName>(family: F, key: string) => Records[F] | undefined
}

/** A state that a block changes. Records are replaced, never changed in place. */
export type Draft = View & {
  readonly put: <F extends FamilyName>(family: F, key: string, record: Records[F]) => void
  readonly remove: (family: FamilyName, key: string) => void
  /** Everything since a mark can be taken back. */
  readonly mark: () => Mark
  readonly rollback: (mark: Mark) => void
}
