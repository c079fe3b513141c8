import type { Agreement } from '../transaction/consent.ts'
import type { Kind } from '../transaction/kinds/transaction-body.ts'
import type { RefusalCode } from '../transaction/outcome.ts'

/** Who signs a transaction of a kind. */
type SignerRole = 'place' | 'holder' | 'operator' | 'gateway'

/** What `kermesse ledger kinds` tells of a kind. */
export type KindFacts = {
  /** `place`: the place's key or the grantee of a grant with the action of that name. */
  readonly signers: readonly SignerRole[]
  /** Consents that a transaction of this kind may need. */
  readonly consents: readonly Agreement['kind'][]
  /** What state can refuse it with, in the order of judgement. */
  readonly codes: readonly RefusalCode[]
}

/** Of every right that a place hands out. `grant_unknown` is judged by kinds that name a grant. */
const RIGHTS = [
  'place_not_active',
  'grant_revoked',
  'grant_not_yet_valid',
  'grant_expired',
  'grant_action_missing',
] as const satisfies RefusalCode[]

/** The kinds of this version: who signs, who agrees, what state can say no with. */
export const KINDS: { readonly [K in Kind]: KindFacts } = {
  'asset.create': {
    signers: ['place'],
    consents: [],
    codes: [
      ...RIGHTS,
      'grant_asset_missing',
      'asset_category_not_allowed',
      'asset_code_taken',
      'asset_code_reserved',
      'asset_limit_reached',
      'asset_unit_mismatch',
    ],
  },
  'authority.change': {
    signers: ['operator'],
    consents: ['authority.change'],
    codes: [
      'authority_required',
      'consent_missing',
      'consent_mismatch',
      'change_in_flight',
      'epoch_mismatch',
      'consensus_key_reused',
      'version_not_next',
      'ready_missing',
      'version_not_ready',
    ],
  },
  batch: {
    signers: ['place', 'holder', 'operator', 'gateway'],
    consents: ['cashout', 'wallet.open', 'wallet.rotate'],
    // Those of its operations.
    codes: [],
  },
  'card.activate': {
    signers: ['place'],
    consents: [],
    codes: [
      ...RIGHTS,
      'card_unknown',
      'card_not_blank',
      'card_origin_required',
      'wallet_key_taken',
    ],
  },
  'card.block': {
    signers: ['place', 'holder'],
    consents: [],
    codes: [
      'holder_required',
      'grant_revoked',
      'grant_not_yet_valid',
      'grant_expired',
      'grant_action_missing',
      'card_unknown',
      'card_blocked',
      'card_not_accepted',
    ],
  },
  'card.register': {
    signers: ['place'],
    consents: [],
    codes: [...RIGHTS, 'federation_unknown', 'card_exists', 'batch_mismatch'],
  },
  cashout: {
    signers: ['place'],
    consents: ['cashout'],
    codes: [
      ...RIGHTS,
      'grant_asset_missing',
      'card_consent_missing',
      'holder_consent_missing',
      'consent_mismatch',
      'asset_unknown',
      'asset_category_not_allowed',
      'asset_not_issued_here',
      'asset_not_accepted',
      'card_unknown',
      'card_not_active',
      'card_blocked',
      'card_origin_required',
      'wallet_unknown',
      'wallet_kind_not_allowed',
      'wallet_frozen',
      'mandate_missing',
      'mandate_expired',
      'mandate_cap_exceeded',
      'card_limit_exceeded',
      'grant_cap_exceeded',
      'gift_not_redeemable',
      'insufficient_funds',
      'total_limit_reached',
    ],
  },
  'grant.issue': {
    signers: ['place'],
    consents: [],
    codes: [...RIGHTS, 'grant_exceeds_parent', 'grant_depth_exceeded', 'asset_unknown'],
  },
  'grant.revoke': {
    signers: ['place'],
    consents: [],
    codes: ['grant_revoked', 'grant_not_yet_valid', 'grant_expired', 'grant_unknown'],
  },
  issue: {
    signers: ['place', 'gateway'],
    consents: [],
    codes: [
      'gateway_required',
      ...RIGHTS,
      'grant_asset_missing',
      'asset_unknown',
      'asset_archived',
      'asset_category_not_allowed',
      'asset_not_issued_here',
      'asset_supply_fixed',
      'card_unknown',
      'card_not_active',
      'card_blocked',
      'wallet_unknown',
      'wallet_kind_not_allowed',
      'reference_used',
      'grant_cap_exceeded',
      'supply_cap_exceeded',
      'total_limit_reached',
    ],
  },
  'mandate.revoke': {
    signers: ['holder'],
    consents: [],
    codes: ['holder_required', 'wallet_kind_not_allowed', 'mandate_missing', 'mandate_expired'],
  },
  'mandate.set': {
    signers: ['holder'],
    consents: [],
    codes: ['holder_required', 'place_unknown', 'federation_unknown', 'wallet_kind_not_allowed'],
  },
  'payment.cancel': {
    signers: ['place', 'holder', 'operator', 'gateway'],
    consents: [],
    codes: ['grant_revoked', 'grant_not_yet_valid', 'grant_expired', 'grant_action_missing'],
  },
  'place.register': {
    signers: ['operator'],
    consents: ['place.register'],
    codes: [
      'authority_required',
      'place_exists',
      'federation_unknown',
      'federation_admin_required',
      'consent_missing',
      'consent_mismatch',
      'asset_unknown',
      'asset_not_accepted',
      'wallet_exists',
      'wallet_key_taken',
    ],
  },
  refund: {
    signers: ['place'],
    consents: [],
    codes: [
      ...RIGHTS,
      'grant_asset_missing',
      'wallet_frozen',
      'grant_cap_exceeded',
      'sale_unknown',
      'refund_window_over',
      'already_refunded',
      'refund_exceeds_sale',
      'insufficient_funds',
      'total_limit_reached',
    ],
  },
  sale: {
    signers: ['place'],
    consents: ['sale'],
    codes: [
      ...RIGHTS,
      'grant_asset_missing',
      'card_consent_missing',
      'holder_consent_missing',
      'consent_mismatch',
      'asset_unknown',
      'asset_archived',
      'asset_category_not_allowed',
      'asset_not_accepted',
      'asset_unit_mismatch',
      'card_unknown',
      'card_not_active',
      'card_blocked',
      'wallet_unknown',
      'wallet_kind_not_allowed',
      'wallet_frozen',
      'payer_repeated',
      'mandate_missing',
      'mandate_expired',
      'mandate_cap_exceeded',
      'card_limit_exceeded',
      'grant_cap_exceeded',
      'insufficient_funds',
      'total_limit_reached',
    ],
  },
  transfer: {
    signers: ['holder'],
    consents: [],
    codes: [
      'holder_required',
      'asset_unknown',
      'asset_archived',
      'asset_not_transferable',
      'card_blocked',
      'wallet_unknown',
      'wallet_kind_not_allowed',
      'wallet_frozen',
      'transfer_to_self',
      'card_limit_exceeded',
      'insufficient_funds',
      'total_limit_reached',
    ],
  },
  'wallet.freeze': {
    signers: ['holder'],
    consents: [],
    codes: ['holder_required', 'wallet_kind_not_allowed', 'freeze_not_longer'],
  },
  'wallet.open': {
    signers: ['place'],
    consents: ['wallet.open'],
    codes: [
      ...RIGHTS,
      'consent_missing',
      'consent_mismatch',
      'wallet_exists',
      'wallet_key_taken',
      'wallet_limit_reached',
    ],
  },
  'wallet.rotate': {
    signers: ['holder'],
    consents: ['wallet.rotate'],
    codes: [
      'holder_required',
      'consent_missing',
      'consent_mismatch',
      'wallet_kind_not_allowed',
      'wallet_key_taken',
    ],
  },
}
