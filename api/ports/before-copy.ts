/**
 * What is asked for lies before the first block of this node's copy, which began with a snapshot. Thrown
 * by every read of the past: no other answer would be true, and another node has one.
 */
export class BeforeCopyError extends Error {
  override readonly name = 'BeforeCopyError'

  constructor(beginHeight: number) {
    super(`the copy of this node begins at block ${beginHeight}`)
  }
}
