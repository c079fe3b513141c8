import type { RefusalCode } from '#protocol/transaction/outcome.ts'
import { final, type ProblemRow } from './row.ts'

const refused = (title: string, action: string): ProblemRow => final(422, title, action)

const ASK_RIGHTS = 'Ask the place for a grant that allows it.'
const COLLECT = 'Collect the consent for this payment id and pay again with a new id.'
const CHECK_ID = 'Check the identifier.'
const SHOW_CARD = 'Tell the card holder and ask for another means of payment.'

/** State says no: the payment id is used up and nothing moved. */
export const REFUSAL_PROBLEMS = {
  authority_required: refused('Only an authority may do this', 'Ask an authority of the network.'),
  gateway_required: refused("Only the asset's gateway may do this", 'Top up through the gateway.'),
  holder_required: refused('Only the holder may do this', 'Have the holder sign.'),
  hold_key_required: refused(
    'Only whoever pays it out may do this',
    'Have the payer of the hold sign.',
  ),
  place_unknown: refused('The ledger does not know the place', CHECK_ID),
  home_authority_required: refused(
    'Only the home authority of the place may do this',
    'Ask the authority that admitted the place.',
  ),
  place_not_active: refused('The place is not active', 'Ask its home authority.'),
  place_exists: refused('The place is registered already', 'Use the existing place.'),
  grant_revoked: refused('The grant was revoked', ASK_RIGHTS),
  grant_not_yet_valid: refused('The grant does not start yet', 'Wait until it starts.'),
  grant_expired: refused('The grant has ended', ASK_RIGHTS),
  grant_action_missing: refused('The grant does not allow this', ASK_RIGHTS),
  grant_asset_missing: refused('The grant does not cover this asset', ASK_RIGHTS),
  grant_unknown: refused('The ledger does not know the grant', CHECK_ID),
  grant_exceeds_parent: refused(
    'The grant would allow more than its parent',
    'Ask for no more than the parent grant allows.',
  ),
  grant_depth_exceeded: refused('Too many grants in a chain', 'Issue it nearer to the place key.'),
  federation_unknown: refused('The ledger does not know the federation', CHECK_ID),
  federation_admin_required: refused(
    'Only an admin of the federation may do this',
    'Ask an admin of the federation.',
  ),
  topup_unknown: refused('No such top-up', CHECK_ID),
  clearing_unknown: refused('No such open clearing', CHECK_ID),
  correction_unknown: refused('No such published correction', CHECK_ID),
  federation_joined: refused('The place is in the federation', 'Nothing: it has joined.'),
  invitation_unknown: refused('No invitation holds', 'Ask an admin of the federation for one.'),
  invitation_time_not_allowed: refused(
    'The invitation would end in the past, or too late',
    'Choose an end within thirty days.',
  ),
  federation_limit_reached: refused(
    'The place is in as many federations as it may be',
    'Leave one of them first.',
  ),
  consent_missing: refused('A consent is missing', COLLECT),
  card_consent_missing: refused(
    'The card did not consent',
    'Read the secret of the card and pay again with a new id.',
  ),
  holder_consent_missing: refused('The holder did not consent', COLLECT),
  consent_mismatch: refused('A consent says something else', COLLECT),
  card_counter_replayed: refused(
    'The tap was shown before',
    'Tap the card again and pay with a new id.',
  ),
  change_in_flight: refused(
    'A change of authorities waits for finality',
    'Wait until the epoch it begins has begun, and propose the change on it.',
  ),
  epoch_mismatch: refused(
    'The change is for another epoch',
    'Propose it again for the epoch after the present one.',
  ),
  consensus_key_reused: refused(
    'A consensus key of the new set signs transactions',
    'Make another consensus key.',
  ),
  version_not_next: refused(
    'The rules named are not the next version',
    'Name the version after the present one, or none.',
  ),
  ready_missing: refused(
    'A new authority, or a quorum of the new set, is not ready',
    'Collect the ready statements that are missing.',
  ),
  version_not_ready: refused(
    'Too few authorities of the new set know the rules named',
    'Update their nodes and collect new ready statements.',
  ),
  asset_unknown: refused('The ledger does not know the asset', CHECK_ID),
  asset_archived: refused('The asset is archived', 'It can only be cashed out or redeemed.'),
  asset_category_not_allowed: refused(
    'An asset of this category cannot do this',
    'Use an asset of another category.',
  ),
  asset_code_taken: refused('The issuer has an asset with this code', 'Choose another code.'),
  asset_code_reserved: refused('The code looks like a state currency', 'Choose another code.'),
  asset_limit_reached: refused('The place issues its most assets', 'Use an existing asset.'),
  asset_not_issued_here: refused('The place does not issue this asset', 'Use its own asset.'),
  asset_not_accepted: refused('The place does not accept this asset', 'Pay with another asset.'),
  asset_not_transferable: refused('The asset cannot be transferred', 'Spend it at a place.'),
  asset_supply_fixed: refused('The supply of this asset is fixed', 'Nobody can issue more of it.'),
  asset_unit_mismatch: refused(
    'The asset counts another unit',
    'Use assets of the unit asked for.',
  ),
  card_unknown: refused('The ledger does not know the card', 'Register the card first.'),
  card_exists: refused('The card is registered already', 'Ask GET /v1/cards/{tag} for it.'),
  card_not_blank: refused('The card was activated already', 'Use it as it is.'),
  card_not_active: refused('The card is not active', 'Activate the card first.'),
  card_blocked: refused('The card is blocked', SHOW_CARD),
  card_not_blocked: refused('The card is not blocked', 'Nothing to do.'),
  card_replaced: refused('Another card took its place', SHOW_CARD),
  card_linked: refused('The card is linked to a wallet', 'Have its holder sign.'),
  card_origin_required: refused(
    'Only the place that registered the card may do this',
    'Send the holder to that place.',
  ),
  card_not_accepted: refused('The card does not let this place charge it', SHOW_CARD),
  card_strength_not_allowed: refused(
    'A card of this strength cannot do that',
    'Use a card of another strength.',
  ),
  claim_missing: refused('The card has no claim code', 'Send the holder to its place.'),
  batch_mismatch: refused(
    'The batch exists with other terms',
    'Choose another batch label, or the terms of the existing one.',
  ),
  wallet_unknown: refused('The ledger does not know the wallet', CHECK_ID),
  wallet_closed: refused('The wallet is closed', 'Give the money back in another way.'),
  wallet_frozen: refused('The holder froze the wallet', 'Ask for another means of payment.'),
  wallet_on_legal_hold: refused(
    'The wallet is under a legal hold',
    'Ask for another means of payment.',
  ),
  wallet_exists: refused('The wallet exists already', 'Use the existing wallet.'),
  wallet_kind_not_allowed: refused('A wallet of this kind cannot do this', 'Use another wallet.'),
  wallet_key_taken: refused('The key has a wallet already', 'Use the existing wallet.'),
  wallet_limit_reached: refused(
    'The place opens no more wallets today',
    'Open it tomorrow or elsewhere.',
  ),
  freeze_not_longer: refused(
    'The wallet is frozen for longer already',
    'Name a later time: a freeze is only lengthened.',
  ),
  freeze_too_long: refused(
    'The wallet would be frozen for more than a year',
    'Name an earlier time: a freeze can be lengthened later.',
  ),
  transfer_to_self: refused('Sender and receiver are the same', 'Choose another receiver.'),
  payer_repeated: refused('A payer appears twice', 'Name each payer once.'),
  badge_already_in: refused('They are in already', 'Nothing to do, or have them go out first.'),
  badge_not_in: refused('They are not in', 'Have them come in first.'),
  reference_used: refused('The external reference was used', 'It counted already, once.'),
  gateway_deficit: refused(
    'The gateway issues nothing while it has a deficit',
    'Have the gateway pay in a reserve and cover its deficit.',
  ),
  correction_not_due: refused('The correction is not due yet', 'Wait until it is.'),
  clearing_unbalanced: refused(
    'The two sides of the clearing set off different amounts',
    'Set off the same amount of each unit on both sides.',
  ),
  hold_unknown: refused('The place has no such hold', CHECK_ID),
  hold_purpose_not_allowed: refused(
    'A hold of this purpose ends by its settlement only',
    'Settle it.',
  ),
  hold_closed: refused('The hold has ended', 'Charge the payer by a sale, with a new id.'),
  hold_over: refused(
    'The end of the hold has passed',
    'Charge the payer by a sale, with a new id.',
  ),
  hold_limit_reached: refused(
    'As many holds are open on this money as there may be',
    'Release one of them.',
  ),
  lease_not_allowed: refused('The asset allows no leases', 'Use another asset.'),
  hold_too_long: refused(
    'The hold would last longer than its id is remembered',
    'Name an earlier end or a shorter grace.',
  ),
  mandate_missing: refused('The holder gave no mandate', 'Have the holder sign the payment.'),
  mandate_expired: refused('The mandate has ended', 'Have the holder sign the payment.'),
  mandate_cap_exceeded: refused("The mandate's limit is reached", SHOW_CARD),
  card_limit_exceeded: refused("The asset's limit for such cards is reached", SHOW_CARD),
  grant_cap_exceeded: refused("The grant's limit is reached", ASK_RIGHTS),
  card_asset_limit_reached: refused('The card has too many assets', 'Use another card.'),
  total_limit_reached: refused('A lifetime total would pass its limit', 'Move less.'),
  hold_cap_exceeded: refused('Above what is left of the hold', 'Capture less.'),
  lease_limit_exceeded: refused(
    "Above what the asset's leases may keep apart, or longer",
    'Lease less, for a shorter time, or release an open lease.',
  ),
  issue_limit_exceeded: refused(
    'The asset is issued as much as it may be today',
    'Issue less, or tomorrow.',
  ),
  supply_cap_exceeded: refused("The asset's supply cap is reached", 'Issue less.'),
  gift_not_redeemable: refused('Gift money is never paid out', 'Spend it at the place.'),
  sale_unknown: refused('No such sale at this place', 'Check the id of the sale.'),
  refund_window_over: refused('The sale is too old to refund', 'Settle it outside the ledger.'),
  already_refunded: refused('The sale was refunded in full', 'Nothing is left to refund.'),
  refund_exceeds_sale: refused('More than is left of the sale', 'Refund at most what is left.'),
  nothing_to_refund: refused('Nothing is left of the top-up', 'Nothing to do.'),
  reversal_exceeds_topup: refused(
    'More than is left of the top-up',
    'Reverse no more than what did not go back yet.',
  ),
  cover_exceeds_deficit: refused('More than the deficit', 'Cover no more than the deficit.'),
  card_not_empty: refused('The card still has money', 'Pay it out in the same batch.'),
  insufficient_funds: refused(
    'Not enough money',
    'Ask for another card or another means for the missing amount.',
  ),
} as const satisfies Record<RefusalCode, ProblemRow>
