import type { DeedFamily } from '../swarm.ts'
import { UNCHECKED } from './ledger.ts'
import type { Mutant, Patch } from './mutant.ts'

const REDEEM = 'protocol/ledger/rules/redemption/redeem.ts'
const PAYOUT = 'protocol/ledger/rules/redemption/payout.ts'
const TOPUP = 'protocol/ledger/rules/redemption/topup-refund.ts'
const REVERSE = 'protocol/ledger/rules/redemption/reverse.ts'
const ISSUE = 'protocol/ledger/rules/issue.ts'
const CLEARING_OPEN = 'protocol/ledger/rules/clearing/open.ts'
const CLEARING_SETTLE = 'protocol/ledger/rules/clearing/settle.ts'
const SETTLEMENT = 'protocol/ledger/settlement.ts'
const CORRECTION = 'protocol/ledger/rules/correction.ts'
const SALE = 'protocol/ledger/rules/sale.ts'
const SALE_LINES = 'protocol/ledger/rules/sale-lines.ts'
const REFUND = 'protocol/ledger/rules/refund.ts'
const MEMBERSHIP = 'protocol/ledger/membership.ts'
const BRINGING = 'protocol/ledger/bringing.ts'
const BADGE = 'protocol/ledger/rules/badge.ts'

/** Seen by the load of a whole fair, with the product's own check of each block off. */
const atFair = (name: string, breaks: string, patch: Patch, deeds?: DeedFamily): Mutant => ({
  name,
  breaks,
  seeds: 60,
  fit: { load: 'wholeFair', ...(deeds !== undefined && { deeds }) },
  patches: [UNCHECKED, patch],
})

/** How money leaves the ledger, is set off and put right, and what a till rings up beside goods. */
export const REDEMPTION: readonly Mutant[] = [
  atFair('redeemed-without-holder', '§6: a person consents to a redemption', {
    file: REDEEM,
    find: 'judgeConsent(owner, body, context) ??',
    replace: '',
  }),
  atFair('gift-redeemed', '§6: gift never turns into cash', {
    file: REDEEM,
    find: "if (asset.category === 'gift') return refuse('gift_not_redeemable')",
    replace: '',
  }),
  atFair('payout-by-anybody', '§6: only who pays says how a payout ended', {
    file: PAYOUT,
    find: "if (!isPaidBy(view, hold, context.signer)) return refuse('hold_key_required')",
    replace: '',
  }),
  atFair(
    'payout-reference-twice',
    '§11.3: an external reference counts once',
    {
      file: PAYOUT,
      find: "if (view.get('reference', key) !== undefined) return refuse('reference_used')",
      replace: '',
    },
    'redemption',
  ),
  atFair('payout-not-burned', '§6: what was paid out ceases to be', {
    file: PAYOUT,
    find: 'paid: body.paid ? left : 0',
    replace: 'paid: 0',
  }),
  atFair('payout-not-told', '§6: what was paid out counts as redeemed', {
    file: SETTLEMENT,
    find: '{ ...out, amount: paid, redeems: true as const }',
    replace: '{ ...out, amount: paid }',
  }),
  atFair(
    'topup-refunded-without-holder',
    '§6: the holder consents to a refund of a top-up',
    {
      file: TOPUP,
      find: "if (agreed === 'missing') return 'holder_consent_missing'",
      replace: "if (agreed === 'missing') return undefined",
    },
    'redemption',
  ),
  atFair('topup-refunded-twice', '§11.3: of a top-up at most all goes back', {
    file: TOPUP,
    find: 'returned: units(topup.returned + amount)',
    replace: 'returned: topup.returned',
  }),
  atFair('failed-refund-not-left', '§6: what did not go back of a top-up is left of it', {
    file: PAYOUT,
    find: 'const returned = body.paid ? [] : takenBack(view, hold, left)',
    replace: 'const returned = body.paid ? [] : takenBack(view, hold, 0)',
  }),
  atFair('reversal-beyond-topup', '§6: refunds and reversals together are at most the top-up', {
    file: REVERSE,
    find: "if (returned > topup.amount) return refuse('reversal_exceeds_topup')",
    replace: '',
  }),
  atFair(
    'chargeback-twice',
    '§11.3: a chargeback counts once',
    {
      file: REVERSE,
      find: "if (view.get('reference', chargebackKey) !== undefined) return refuse('reference_used')",
      replace: '',
    },
    'redemption',
  ),
  atFair('deficit-stops-nothing', '§6: a deficit stops the issue of its gateway', {
    file: ISSUE,
    find: 'if (deficit > 0 && !isOwnWallet(view, body, signer))',
    replace: 'if (false)',
  }),
  atFair('deficit-forgotten', '§6: what a reversal does not find is a deficit', {
    file: REVERSE,
    find: 'amount: units(deficit + uncovered),',
    replace: 'amount: deficit,',
  }),
  atFair('cleared-without-the-other', '§6: both places consent to a clearing', {
    file: CLEARING_OPEN,
    find: 'judgeOtherPlace(other, body, context) ??',
    replace: '',
  }),
  atFair('settled-without-the-other', '§6: both places consent to the end of a clearing', {
    file: CLEARING_SETTLE,
    find: 'judgeOtherPlace(other, body, context) ??',
    replace: '',
  }),
  atFair('settled-by-its-opener-alone', '§6: either place of a clearing ends it', {
    file: CLEARING_SETTLE,
    find: 'if (by !== opener && by !== other) return undefined',
    replace: 'if (by !== opener) return undefined',
  }),
  atFair('cleared-unbalanced', '§11.5: a clearing never changes a net position', {
    file: CLEARING_SETTLE,
    find: "if (!isNothing(balanceOf(view, gives, takes))) return 'clearing_unbalanced'",
    replace: '',
  }),
  {
    name: 'cleared-unbalanced-asserted',
    breaks: "§11.5: the product's own check of the block is what notices",
    seeds: 60,
    fit: { load: 'wholeFair' },
    patches: [
      {
        file: CLEARING_SETTLE,
        find: "if (!isNothing(balanceOf(view, gives, takes))) return 'clearing_unbalanced'",
        replace: '',
      },
    ],
  },
  atFair('correction-at-once', '§6: a correction waits for a day', {
    file: CORRECTION,
    find: "if (context.timeMs < record.dueMs) return refuse('correction_not_due')",
    replace: '',
  }),
  atFair('correction-without-quorum', "§6: the authorities' threshold decides corrections", {
    file: CORRECTION,
    find: 'const code = judgeOperators(view, context, body) ?? judgeTerms(view, body)',
    replace: 'const code = judgeTerms(view, body)',
  }),
  atFair('tips-refunded', '§6: a tip is not refundable', {
    file: SALE,
    find: 'kept === given ? legs :',
    replace: 'true ? legs :',
  }),
  atFair('bought-money-refunded', '§6: what was bought goes back only where a refund says so', {
    file: REFUND,
    find: 'left - (sale.bought ?? 0)',
    replace: 'left',
  }),
  atFair('line-issues-without-right', '§5: a grant allows its actions only, in lines too', {
    file: SALE_LINES,
    find: "if (missesAction) return 'grant_action_missing'",
    replace: '',
  }),
  atFair(
    'membership-from-today',
    '§6: a membership goes on from its end',
    {
      file: MEMBERSHIP,
      find: '(isRunning ? before.untilMs : timeMs)',
      replace: 'timeMs',
    },
    'services',
  ),
  atFair('card-takes-from-strangers', '§5: who may not charge a card brings it nothing new', {
    file: BRINGING,
    find: "return isCovered ? undefined : 'card_not_accepted'",
    replace: 'return isCovered ? undefined : undefined',
  }),
  atFair('badge-in-twice', '§6: who is in does not come in', {
    file: BADGE,
    find: "if (before.inSinceMs !== undefined) return refuse('badge_already_in')",
    replace: '',
  }),
]
