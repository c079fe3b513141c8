import { createAuthoritySet } from '../../chain/authority-set.ts'
import type { Touched } from '../touched.ts'
import { type Finding, finding } from './finding.ts'

const KEY = 'authorities'

/**
 * Epochs follow one another, each by the change that was in flight before it, and who votes is always
 * an authority set. Judged from the records before and after a block alone.
 */
export const checkAuthorities = (touched: Touched): Finding | undefined => {
  const [changed] = touched.authorities
  if (changed?.before === undefined) return undefined
  const { before, after } = changed
  const begun = before.change
  const expected = begun === undefined ? before.epoch : before.epoch + 1
  if (after?.epoch !== expected) {
    return finding('epochs_follow', KEY, { expected, found: after?.epoch ?? 'none' })
  }
  const members = JSON.stringify(begun?.members ?? before.members)
  const found = JSON.stringify(after.members)
  if (found !== members) return finding('epoch_of_its_change', KEY, { expected: members, found })
  const set = createAuthoritySet(after.change?.members ?? after.members)
  return set.ok
    ? undefined
    : finding('authorities_are_a_set', KEY, { expected: 'a set', found: set.code })
}
