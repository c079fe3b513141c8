import type { Rules } from '#protocol/ledger/rule.ts'
import { refuse } from '#protocol/ledger/rule.ts'
import type { RuleBook } from '#protocol/ledger/rule-book.ts'
import { FIRST_RULES } from '#protocol/ledger/rules.ts'

/** What one transfer moves at most, by the second rules. */
export const TRANSFER_MAX = 250

/** Rules that no network follows: version 1, but for one limit that anybody can see. */
const SECOND_RULES: Rules = {
  ...FIRST_RULES,
  transfer: (view, body, context) =>
    body.amount > TRANSFER_MAX
      ? refuse('card_limit_exceeded')
      : FIRST_RULES.transfer(view, body, context),
}

/** The software before the second rules, and after them. */
export const OLD_BOOK: RuleBook = new Map([[1, FIRST_RULES]])
export const NEW_BOOK: RuleBook = new Map([...OLD_BOOK, [2, SECOND_RULES]])
