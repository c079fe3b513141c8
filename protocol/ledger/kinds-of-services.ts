import { type KindFacts, RIGHTS } from './kind-facts.ts'

/** Memberships and presence. */
export const KINDS_OF_SERVICES = {
  badge: {
    signers: ['place'],
    consents: [],
    codes: [
      ...RIGHTS,
      'grant_asset_missing',
      'asset_unknown',
      'asset_archived',
      'asset_category_not_allowed',
      'asset_not_issued_here',
      'card_unknown',
      'card_not_active',
      'card_blocked',
      'card_replaced',
      'card_not_accepted',
      'wallet_unknown',
      'wallet_kind_not_allowed',
      'badge_already_in',
      'badge_not_in',
      'card_asset_limit_reached',
    ],
  },
  'membership.set': {
    signers: ['place'],
    consents: [],
    codes: [
      ...RIGHTS,
      'grant_asset_missing',
      'asset_unknown',
      'asset_archived',
      'asset_category_not_allowed',
      'asset_not_accepted',
      'card_unknown',
      'card_not_active',
      'card_blocked',
      'card_replaced',
      'card_not_accepted',
      'wallet_unknown',
      'wallet_kind_not_allowed',
      'card_asset_limit_reached',
      'total_limit_reached',
    ],
  },
} as const satisfies Readonly<Record<string, KindFacts>>
