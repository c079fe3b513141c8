import type { AuthoritySet } from './authority-set.ts'

/** What a sealing block brings about, as its execution tells. */
export type NextEpoch = {
  readonly epoch: number
  readonly set: AuthoritySet
  /** Rules of its blocks. */
  readonly version: number
}
