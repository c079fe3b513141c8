import type { DeedFamily } from '../swarm.ts'
import { UNCHECKED } from './ledger.ts'
import type { Mutant, Patch } from './mutant.ts'

const ACCEPTANCE = 'protocol/ledger/acceptance.ts'
const CHANGE = 'protocol/ledger/rules/asset/change.ts'
const FEDERATED = 'protocol/ledger/rules/asset/create-federated.ts'
const ISSUE = 'protocol/ledger/rules/issue.ts'
const ISSUE_LIMITS = 'protocol/ledger/rules/issue-limits.ts'
const JOIN = 'protocol/ledger/rules/federation/join.ts'
const FEDERATION = 'protocol/ledger/rules/federation/set.ts'
const STATUS = 'protocol/ledger/rules/place/status.ts'
const UPDATE = 'protocol/ledger/rules/place/update.ts'
const RIGHTS = 'protocol/ledger/rights.ts'
const THRESHOLD = 'protocol/ledger/threshold.ts'
const CHARGE = 'protocol/ledger/charge.ts'
const PARAMETER = 'protocol/ledger/rules/parameter.ts'

/** Seen by the load of a whole fair, with the product's own check of each block off. */
const atFair = (name: string, breaks: string, patch: Patch, deeds?: DeedFamily): Mutant => ({
  name,
  breaks,
  seeds: 60,
  fit: { load: 'wholeFair', ...(deeds !== undefined && { deeds }) },
  patches: [UNCHECKED, patch],
})

/** Who issues and takes part, and what is said of it anew. */
export const GOVERNANCE: readonly Mutant[] = [
  atFair('operators-agree-to-anything', '§6: the threshold is over exactly this body', {
    file: THRESHOLD,
    find: "(agree) => agree.kind === 'operators' && agree.terms === terms,",
    replace: "(agree) => agree.kind === 'operators',",
  }),
  atFair('archived-twice', '§6: an asset is archived once', {
    file: CHANGE,
    find: "if (asset.archived) return refuse('asset_archived')",
    replace: '',
  }),
  atFair('archived-is-issued', '§6: what is archived is not issued', {
    file: ISSUE,
    find: "if (asset.archived) return 'asset_archived'",
    replace: '',
  }),
  atFair(
    'cap-below-supply',
    '§6: no cap below what there is',
    {
      file: CHANGE,
      find: "if ((body.cap ?? AMOUNT_MAX) < asset.supply) return refuse('supply_cap_exceeded')",
      replace: '',
    },
    'issuers',
  ),
  atFair(
    'gateway-not-asked',
    '§6: a gateway agrees to issue',
    {
      file: FEDERATED,
      find: "if (own.length === 0) return 'consent_missing'",
      replace: 'if (own.length === 0) return undefined',
    },
    'issuers',
  ),
  atFair('second-minter-not-asked', '§6: above a threshold a second minter consents', {
    file: ISSUE_LIMITS,
    find: "if (others.length === 0) return 'consent_missing'",
    replace: 'if (others.length === 0) return undefined',
  }),
  atFair('second-minter-agrees-to-less', '§6: a second minter consents to the amount', {
    file: ISSUE_LIMITS,
    find: 'issued <= agree.max &&',
    replace: '',
  }),
  atFair('accepted-without-issuer', '§6: the issuer shares what others accept', {
    file: ACCEPTANCE,
    find: 'if (federations?.some((one) => joined.includes(one)) !== true) return false',
    replace: '',
  }),
  atFair('update-accepts-anything', '§6: nobody accepts what is not shared', {
    file: UPDATE,
    find: ': acceptanceProblem(view, asset, place.federations),',
    replace: ': undefined,',
  }),
  atFair('leaving-goes-on', '§6: a place that leaves does no new business', {
    file: RIGHTS,
    find: "return status === 'leaving' && LEAVING_ACTIONS.has(action)",
    replace: "return status === 'leaving'",
  }),
  atFair('suspended-by-any-authority', '§6: the home authority suspends a place', {
    file: STATUS,
    find: "if (!isHome) return refuse('home_authority_required')",
    replace: '',
  }),
  atFair('uninvited', '§6: a place joins by invitation', {
    file: JOIN,
    find: "    return refuse('invitation_unknown')\n",
    replace: '',
  }),
  atFair(
    'invitation-used-twice',
    '§6: an invitation is used once',
    {
      file: JOIN,
      find: "removes: [{ family: 'invitation', key }],",
      replace: '',
    },
    'authorities',
  ),
  atFair('admin-not-asked', '§6: whoever becomes an admin agrees', {
    file: FEDERATION,
    find: "if (own.length === 0) return 'consent_missing'",
    replace: 'if (own.length === 0) return undefined',
  }),
  atFair('weak-cards-everywhere', '§5: weak cards pay elsewhere where a federation lets them', {
    file: CHARGE,
    find: '?.weakCards === true)',
    replace: '?.weakCards !== undefined)',
  }),
  atFair('parameters-by-one', '§6: the threshold changes parameters', {
    file: PARAMETER,
    find: 'if (code !== undefined) return refuse(code)',
    replace: "if (code === 'authority_required') return refuse(code)",
  }),
]
