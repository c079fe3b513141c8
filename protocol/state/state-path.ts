import { bytesToHex } from '@noble/hashes/utils.js'
import { type Hash, hashOfHex } from '../hash.ts'
import { familyRootOf, leafOf, stateRootOf } from './leaf.ts'
import { depthOf, rootOfPath } from './merkle-path.ts'

/** A slot's text with its path to its family's tree root. */
export type RecordPath = {
  readonly family: number
  readonly slot: number
  /** Slots of the family. */
  readonly count: number
  readonly text: string
  /** Siblings from the leaf upwards. */
  readonly path: readonly Uint8Array[]
}

/** A record's path to its family root, and from there to the state root. */
export type StatePath = RecordPath & {
  /** Place of the family among all families, by ascending number, from 0. */
  readonly place: number
  readonly families: number
  /** Siblings from the family root upwards. */
  readonly familyPath: readonly Uint8Array[]
}

/** The state root that a path leads to, or undefined when the path cannot be one. */
export const rootOfStatePath = (proof: StatePath): Hash | undefined => {
  const { family, slot, count, path, place, families, familyPath } = proof
  if (slot >= count || path.length !== depthOf(count)) return undefined
  if (place >= families || familyPath.length !== depthOf(families)) return undefined
  const familyRoot = familyRootOf(family, count, rootOfPath(leafOf(proof), slot, path))
  const treeRoot = rootOfPath(familyRoot, place, familyPath)
  return hashOfHex(bytesToHex(stateRootOf(families, treeRoot)))
}
