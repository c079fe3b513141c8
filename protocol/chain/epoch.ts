import type { AuthoritySet } from './authority-set.ts'

/** The newest rules that this software knows; a node stops before a block that wants later ones. */
export const RULES_VERSION_MAX = 1

/** What a sealing block brings about, as its execution tells. */
export type NextEpoch = {
  readonly epoch: number
  readonly set: AuthoritySet
  /** Rules of its blocks. */
  readonly version: number
}
