import { UNCHECKED } from './ledger.ts'
import type { Mutant } from './mutant.ts'

const APPLY = 'protocol/ledger/apply.ts'
const BATCH = 'protocol/ledger/batch.ts'
const CHARGE = 'protocol/ledger/charge.ts'
const DOOR = 'protocol/ledger/door.ts'
const ISSUE = 'protocol/ledger/rules/issue.ts'
const RIGHTS = 'protocol/ledger/rights.ts'
const SCOPE = 'protocol/ledger/scope.ts'

/** Caps that payments must meet all the time for their loss to be seen, and what no block may hold. */
const underTightCaps = (mutant: Pick<Mutant, 'name' | 'breaks' | 'patches'>): Mutant => ({
  seeds: 10,
  fit: { load: 'tightCaps' },
  ...mutant,
})

/** Caps of grants, cards and assets, and who may speak when (ledger.md §2, §5, §6 and §11). */
export const TIGHT_CAPS: readonly Mutant[] = [
  underTightCaps({
    name: 'grant-cap-of-a-day',
    breaks: '§11: what a grant moves in a day is within its cap',
    patches: [
      UNCHECKED,
      { file: RIGHTS, find: 'dayMoved <= (caps.day ?? AMOUNT_MAX) &&', replace: '' },
    ],
  }),
  underTightCaps({
    name: 'grant-cap-in-all',
    breaks: '§11: what a grant ever moves is within its cap',
    patches: [
      UNCHECKED,
      { file: RIGHTS, find: 'total <= (caps.total ?? AMOUNT_MAX) &&', replace: '' },
    ],
  }),
  underTightCaps({
    name: 'grant-cap-of-ancestors',
    breaks: '§11: the caps of the grants above hold too',
    patches: [
      UNCHECKED,
      {
        file: RIGHTS,
        find: 'if (!isWithinCaps(used, inTransaction)) return',
        replace: 'if (grant === chain[0] && !isWithinCaps(used, inTransaction)) return',
      },
    ],
  }),
  underTightCaps({
    name: 'grant-use-of-ancestors',
    breaks: '§6: a use counts under every grant above',
    patches: [
      UNCHECKED,
      {
        file: RIGHTS,
        find: '  for (const grant of chain) {\n',
        replace: '  for (const grant of chain.slice(0, 1)) {\n',
      },
    ],
  }),
  underTightCaps({
    name: 'grant-cap-over-a-batch',
    breaks: '§6: the cap for a transaction holds over a whole batch',
    patches: [
      UNCHECKED,
      {
        file: BATCH,
        find: '  for (const grant of used.grants) grants.set(grant, (grants.get(grant) ?? 0) + amount)\n',
        replace: '  grants.clear()\n',
      },
    ],
  }),
  underTightCaps({
    name: 'revoked-above-goes-on',
    breaks: '§6: who revokes a grant ends all below it',
    patches: [
      {
        file: RIGHTS,
        find: 'if (chain.some((one) => one.revokedMs !== undefined))',
        replace: 'if (chain[0]?.revokedMs !== undefined)',
      },
    ],
  }),
  underTightCaps({
    name: 'revoked-above-still-speaks',
    breaks: '§2: an id from after the end of a grant above is nobody',
    patches: [
      { file: SCOPE, find: '    next = grant?.parent\n', replace: '    next = undefined\n' },
    ],
  }),
  underTightCaps({
    name: 'revoked-still-speaks',
    breaks: '§2: an id from after the end of its grant is nobody',
    patches: [
      {
        file: DOOR,
        find: 'if (endedBefore(view, body, idTimeMs) || heldAnotherAt(view, signer, { acting, idTimeMs })) {',
        replace: 'if (false) {',
      },
    ],
  }),
  underTightCaps({
    name: 'card-limits-not-judged',
    breaks: '§5: what a card spends of an asset is within its limits',
    patches: [
      UNCHECKED,
      {
        file: CHARGE,
        find: 'const limits = limitsFor(asset, card.strength)',
        replace: 'const limits = { charge: units(2 ** 53 - 1), day: units(2 ** 53 - 1) }',
      },
    ],
  }),
  underTightCaps({
    name: 'card-limits-of-another-strength',
    breaks: "§5: a card's limits are those of its strength",
    patches: [
      UNCHECKED,
      {
        file: CHARGE,
        find: 'limitsFor(asset, card.strength)',
        replace: 'asset.cardLimits.secret',
      },
    ],
  }),
  underTightCaps({
    name: 'supply-without-cap',
    breaks: '§3: the supply of an asset is within its cap',
    patches: [
      UNCHECKED,
      {
        file: ISSUE,
        find: 'supply + amount > (cap ?? AMOUNT_MAX)',
        replace: 'supply + amount > AMOUNT_MAX',
      },
    ],
  }),
  underTightCaps({
    name: 'ids-of-the-future',
    breaks: '§2: a payment id is not made in a time to come',
    patches: [
      {
        file: DOOR,
        find: 'if (idTimeMs > blockTimeMs + parameters.maxClockSkewMs)',
        replace: 'if (false)',
      },
    ],
  }),
  underTightCaps({
    name: 'place-of-another',
    breaks: "§2: in a place's name speaks its key only",
    patches: [
      {
        file: SCOPE,
        find: "if (grant === undefined) return view.get('place', place)?.key === signer",
        replace: "if (grant === undefined) return view.get('place', place) !== undefined",
      },
    ],
  }),
  underTightCaps({
    name: 'grant-of-another',
    breaks: '§2: under a grant speaks its grantee only',
    patches: [
      {
        file: SCOPE,
        find: 'return record?.grantee === signer && record.place === place',
        replace: 'return record?.place === place',
      },
    ],
  }),
  underTightCaps({
    name: 'refusals-without-limit',
    breaks: '§2: a scope has few refusals in an hour',
    patches: [
      UNCHECKED,
      {
        file: APPLY,
        find: 'if (counted.some(({ value, most }) => value > most)) return false',
        replace: '',
      },
      {
        file: APPLY,
        find: 'every(({ value, most }) => value <= most)',
        replace: 'every(() => true)',
      },
    ],
  }),
]
