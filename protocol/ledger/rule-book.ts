import { placeAfter } from './epoch.ts'
import { networkOf } from './network.ts'
import type { Rules } from './rule.ts'
import { FIRST_RULES } from './rules.ts'
import type { View } from './view.ts'

/**
 * The rules of every version that some software knows. `header.ver` selects among them: later ones
 * come beside the earlier ones, which stay for replay.
 */
export type RuleBook = ReadonlyMap<number, Rules>

/** The rules that this software knows. */
export const RULE_BOOK: RuleBook = new Map([[1, FIRST_RULES]])

/** The newest rules in a book; a node stops before a block that wants later ones. */
export const newestIn = (book: RuleBook): number => Math.max(...book.keys())

/** The newest rules that this software knows. */
export const RULES_VERSION_MAX = newestIn(RULE_BOOK)

/** The rules of one version; a node never gets to a block whose rules it lacks. */
export const rulesOf = (book: RuleBook, version: number): Rules => {
  const rules = book.get(version)
  if (rules === undefined) throw new Error(`no rules ${version} here`)
  return rules
}

/**
 * The rules of the block that follows this state. Where this software lacks them no block follows,
 * and whoever still asks is answered by the present ones.
 */
export const rulesAfter = (book: RuleBook, view: View): Rules =>
  book.get(placeAfter(view).version) ?? rulesOf(book, networkOf(view).ver)
