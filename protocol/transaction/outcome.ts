import { z } from 'zod'

/**
 * Why a transaction is turned away at a door, in the order the checks are made. Never recorded; a
 * block that contains such a transaction is invalid.
 */
export const DOOR_CODES = [
  'too_large',
  'malformed',
  'wrong_network',
  'signature_invalid',
  'consent_invalid',
  'quarantined',
  'signer_unknown',
  'not_yet_valid',
  'validity_too_long',
  'expired',
  'duplicate',
  'id_reused',
  'refusals_exhausted',
] as const
export const DoorCode = z.enum(DOOR_CODES)
export type DoorCode = z.infer<typeof DoorCode>

/**
 * Why state refuses an authentic transaction, recorded in a block. One closed union in the order
 * rules judge: who may, what it names, whether it is allowed, whether there is enough.
 */
export const REFUSAL_CODES = [
  'authority_required',
  'gateway_required',
  'holder_required',
  'place_unknown',
  'place_not_active',
  'place_exists',
  'grant_revoked',
  'grant_not_yet_valid',
  'grant_expired',
  'grant_action_missing',
  'grant_asset_missing',
  'grant_unknown',
  'grant_exceeds_parent',
  'grant_depth_exceeded',
  'federation_unknown',
  'federation_admin_required',
  'consent_missing',
  'card_consent_missing',
  'holder_consent_missing',
  'consent_mismatch',
  'change_in_flight',
  'epoch_mismatch',
  'consensus_key_reused',
  'version_not_next',
  'ready_missing',
  'version_not_ready',
  'asset_unknown',
  'asset_archived',
  'asset_category_not_allowed',
  'asset_code_taken',
  'asset_code_reserved',
  'asset_limit_reached',
  'asset_not_issued_here',
  'asset_not_accepted',
  'asset_not_transferable',
  'asset_supply_fixed',
  'asset_unit_mismatch',
  'card_unknown',
  'card_exists',
  'card_not_blank',
  'card_not_active',
  'card_blocked',
  'card_origin_required',
  'card_not_accepted',
  'batch_mismatch',
  'wallet_unknown',
  'wallet_kind_not_allowed',
  'wallet_frozen',
  'wallet_exists',
  'wallet_key_taken',
  'wallet_limit_reached',
  'freeze_not_longer',
  'transfer_to_self',
  'payer_repeated',
  'badge_already_in',
  'badge_not_in',
  'reference_used',
  'hold_unknown',
  'hold_purpose_not_allowed',
  'hold_closed',
  'hold_over',
  'hold_limit_reached',
  'lease_not_allowed',
  'hold_too_long',
  'mandate_missing',
  'mandate_expired',
  'mandate_cap_exceeded',
  'card_limit_exceeded',
  'grant_cap_exceeded',
  'hold_cap_exceeded',
  'lease_limit_exceeded',
  'issue_limit_exceeded',
  'supply_cap_exceeded',
  'gift_not_redeemable',
  'sale_unknown',
  'refund_window_over',
  'already_refunded',
  'refund_exceeds_sale',
  'insufficient_funds',
  'total_limit_reached',
] as const
export const RefusalCode = z.enum(REFUSAL_CODES)
export type RefusalCode = z.infer<typeof RefusalCode>

/** What a block says of a transaction: `applied`, or the code it was refused with. */
export const Outcome = z.enum(['applied', ...REFUSAL_CODES])
export type Outcome = z.infer<typeof Outcome>
