/** Bounds of the books, each with its reason. None is shared with peers. */

/**
 * From its opening on, a payout or a clearing that nobody has settled is overdue: a bank transfer takes
 * days, not weeks.
 */
export const SETTLEMENT_OVERDUE_MS = 7 * 86_400_000
/** How far back from a start the node looks for the opening of payouts: what is older is overdue. */
export const OPENING_LOOKBACK_MS = 30 * 86_400_000
/** Events of an owner read at a time for that: each may be a block to decode while all else waits. */
export const OPENING_PAGE = 20
/** Such pages at one start, of all owners: those of a month in which a large venue's office was away. */
export const OPENING_PAGES_MAX = 50_000
/** Events of a place read at a time for its books. */
export const HISTORY_PAGE = 200
/** Passes over the history of a place at once, closings and exports together: each costs a disk. */
export const BOOK_PASSES_MAX = 4
/** Of one credential: it resumes what broke off, and needs no second one beside it. */
export const BOOK_PASSES_PER_CREDENTIAL_MAX = 1
/** Of one place, half of all: an export does not keep its screens from the day's takings. */
export const BOOK_PASSES_PER_PLACE_MAX = 2
/** Of all places but the one that the node acts for, which always finds room. */
export const BOOK_PASSES_OF_OTHERS_MAX = 3
/** How long one request for closings adds up: less than a reader waits. What it added up is kept. */
export const CLOSINGS_REQUEST_MS = 8_000
/** How long one export may take: some hundred thousand lines. Whoever asked resumes after the last. */
export const EXPORT_MS = 600_000
/** Days kept added up, of all places: those of a month that somebody pages through. */
export const CLOSING_DAYS_MAX = 40
