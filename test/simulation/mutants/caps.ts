import { UNCHECKED } from './ledger.ts'
import type { Mutant } from './mutant.ts'

const APPLY = 'protocol/ledger/apply.ts'
const BATCH = 'protocol/ledger/batch.ts'
const RIGHTS = 'protocol/ledger/rights.ts'
const CHARGE = 'protocol/ledger/charge.ts'
const GRANT = 'protocol/ledger/rules/grant.ts'
const ISSUE = 'protocol/ledger/rules/issue.ts'
const REFUND = 'protocol/ledger/rules/refund.ts'

/** Caps, rights and what counts once (ledger.md §5 to §8 and §11): each kept by one rule. */
export const CAPS: readonly Mutant[] = [
  {
    name: 'grant-cap-per-transaction',
    breaks: '§11: the cap of a grant for one transaction',
    seeds: 40,
    fit: { load: 'wholeFair' },
    patches: [
      UNCHECKED,
      { file: RIGHTS, find: 'inTransaction <= (caps.transaction ?? AMOUNT_MAX) &&', replace: '' },
    ],
  },
  {
    name: 'grant-cap-of-refunds',
    breaks: '§11: the daily cap of a grant for refunds',
    seeds: 40,
    fit: { load: 'wholeFair' },
    patches: [
      UNCHECKED,
      { file: RIGHTS, find: 'dayRefunded <= (caps.refundDay ?? AMOUNT_MAX)', replace: 'true' },
    ],
  },
  {
    name: 'grant-wider-than-parent',
    breaks: '§5: a grant is within the one it comes from',
    seeds: 40,
    fit: { load: 'wholeFair' },
    patches: [
      UNCHECKED,
      {
        file: GRANT,
        find: 'if (parent !== undefined && !isWithin(body, parent)) return',
        replace: 'if (false) return',
      },
    ],
  },
  {
    name: 'revoked-goes-on',
    breaks: '§5: a revoked grant allows nothing',
    seeds: 40,
    fit: { load: 'wholeFair' },
    patches: [
      {
        file: RIGHTS,
        find: 'if (chain.some((one) => one.revokedMs !== undefined))',
        replace: 'if (false)',
      },
    ],
  },
  {
    name: 'grant-allows-anything',
    breaks: '§5: a grant allows its actions only',
    seeds: 40,
    fit: { load: 'wholeFair' },
    patches: [
      {
        file: RIGHTS,
        find: 'if (action !== undefined && !chain.every((one) => one.actions.includes(action))) {',
        replace: 'if (false) {',
      },
    ],
  },
  {
    name: 'mandate-cap-per-charge',
    breaks: '§11: the cap of a mandate or of a card for one charge',
    seeds: 40,
    fit: { load: 'wholeFair' },
    patches: [
      UNCHECKED,
      {
        file: CHARGE,
        find: 'if (amount > caps.charge || value > caps.day)',
        replace: 'if (value > caps.day)',
      },
    ],
  },
  {
    name: 'mandate-cap-per-day',
    breaks: '§11: the daily cap of a mandate or of a card',
    seeds: 40,
    fit: { load: 'wholeFair', deeds: 'payers' },
    patches: [
      UNCHECKED,
      {
        file: CHARGE,
        find: 'if (amount > caps.charge || value > caps.day)',
        replace: 'if (amount > caps.charge)',
      },
    ],
  },
  {
    name: 'blocked-card-pays',
    breaks: '§7: a blocked card pays nothing',
    seeds: 40,
    fit: { load: 'wholeFair' },
    patches: [
      {
        file: 'protocol/ledger/payer.ts',
        find: "    case 'blocked':\n      return 'card_blocked'",
        replace: "    case 'blocked':\n      return undefined",
      },
    ],
  },
  {
    name: 'reference-twice',
    breaks: '§11: an external reference counts once',
    seeds: 40,
    fit: { load: 'wholeFair' },
    patches: [
      UNCHECKED,
      { file: ISSUE, find: "if (view.get('reference', key) !== undefined)", replace: 'if (false)' },
    ],
  },
  {
    name: 'refund-more-than-sold',
    breaks: '§11: a sale is refunded at most in full',
    seeds: 40,
    fit: { load: 'wholeFair' },
    patches: [
      UNCHECKED,
      {
        file: REFUND,
        find: "return amount > left ? 'refund_exceeds_sale' : undefined",
        replace: 'return undefined',
      },
    ],
  },
  {
    name: 'refund-not-counted',
    breaks: '§11: refunds of a sale add up',
    seeds: 40,
    fit: { load: 'wholeFair', deeds: 'payers' },
    patches: [
      UNCHECKED,
      {
        file: REFUND,
        find: 'refunded: units(sale.refunded + amount)',
        replace: 'refunded: units(amount)',
      },
    ],
  },
  {
    name: 'refund-from-the-first-leg',
    breaks: '§6: a refund gives back the last leg first',
    seeds: 120,
    fit: { load: 'wholeFair', deeds: 'payers' },
    patches: [{ file: REFUND, find: 'of legs.toReversed()) {', replace: 'of legs) {' }],
  },
  {
    name: 'cash-out-without-consent',
    breaks: '§6: cash only for who agreed',
    seeds: 40,
    fit: { load: 'wholeFair' },
    patches: [
      {
        file: 'protocol/ledger/rules/cashout.ts',
        find: 'judgeConsent(payer, agreed, body, context) ??',
        replace: '',
      },
    ],
  },
  {
    name: 'consent-of-a-batch',
    breaks: '§6: a consent bounds all operations of a batch',
    seeds: 40,
    fit: { load: 'wholeFair' },
    patches: [
      {
        file: BATCH,
        find: 'if (consent !== undefined) consents.set(consent, (consents.get(consent) ?? 0) + amount)',
        replace: '',
      },
    ],
  },
  {
    name: 'batch-in-part',
    breaks: '§2: a batch is applied as a whole or not at all',
    seeds: 40,
    fit: { load: 'wholeFair' },
    patches: [UNCHECKED, { file: BATCH, find: '      draft.rollback(mark)\n', replace: '' }],
  },
  {
    name: 'refusals-uncounted',
    breaks: '§2: refusals of a scope are counted',
    seeds: 40,
    fit: { load: 'wholeFair' },
    patches: [
      {
        file: APPLY,
        find: "draft.put('counter', name, { name, value: units(value), untilMs })",
        replace: '',
      },
    ],
  },
  {
    name: 'refusals-of-one-grantee',
    breaks: '§2: one grantee may use up a share of the refusals of its place only',
    seeds: 40,
    fit: { load: 'wholeFair' },
    patches: [
      UNCHECKED,
      {
        file: APPLY,
        find: "if (kind !== 'place') return []",
        replace: 'if (kind.length > 0) return []',
      },
    ],
  },
  {
    name: 'wallets-without-limit',
    breaks: '§5: a place opens so many wallets a day',
    seeds: 40,
    fit: { load: 'wholeFair' },
    patches: [
      UNCHECKED,
      {
        file: 'protocol/ledger/rules/wallet.ts',
        find: 'if (value > parameters.walletsPerDay) return undefined',
        replace: '',
      },
    ],
  },
  {
    name: 'counters-undone',
    breaks: '§9: a counter of a block taken back is what it was',
    seeds: 40,
    fit: { load: 'wholeFair' },
    patches: [
      {
        file: 'protocol/state/slots.ts',
        find: '      slots.records[slot] = change.before\n      return',
        replace:
          "      if (!('value' in change.before)) slots.records[slot] = change.before\n      return",
      },
    ],
  },
]
