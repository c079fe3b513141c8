import { z } from 'zod'
import { AssetId, HoldId, PlaceId } from '#protocol/id.ts'
import type { HoldRecord } from '#protocol/state/record-hold.ts'
import { HoldPurpose } from '#protocol/state/record-hold.ts'
import type { MembershipRecord, PresenceRecord } from '#protocol/state/record-money.ts'
import type { CardAccount } from '../ports/ledger.ts'
import { BalanceView, balanceView, CardView, cardView } from './records.ts'
import { Timestamp, timestampOf } from './timestamp.ts'
import { AppliedView } from './transaction.ts'

/** A card as it stands now, and by which transaction where there was one. */
export const CardAnswerView = z
  .strictObject({ card: CardView, transaction: AppliedView.optional() })
  .meta({ id: 'CardAnswer' })

/** Somebody's subscription. It holds while the time is before `until`. */
const MembershipView = z
  .strictObject({
    asset: AssetId,
    since: Timestamp,
    until: Timestamp,
    contributions: z.int().min(0).describe('All that was paid for it, in smallest units'),
  })
  .meta({ id: 'Membership' })

/** Who is at the reading place, and how long they were there in all. */
const PresenceView = z
  .strictObject({
    asset: AssetId,
    inSince: Timestamp.optional().describe('Absent: not there now'),
    visits: z.int().min(0),
    totalMs: z.int().min(0),
  })
  .meta({ id: 'Presence' })

/** A part of the money that is set apart. */
export const CardHoldView = z
  .strictObject({
    id: HoldId,
    purpose: HoldPurpose,
    place: PlaceId.optional().describe('Whom it is set apart for'),
    asset: AssetId,
    cap: z.int().min(1),
    captured: z.int().min(0),
    expires: Timestamp.optional().describe('Absent: only a settlement ends it'),
  })
  .meta({ id: 'CardHold' })

/** A card and what it holds. */
export const CardAccountView = z
  .strictObject({
    card: CardView,
    balances: z.array(BalanceView).readonly(),
    memberships: z.array(MembershipView).readonly(),
    presences: z.array(PresenceView).readonly(),
    holds: z.array(CardHoldView).readonly(),
    height: z.int().min(0),
    time: Timestamp,
  })
  .meta({ id: 'CardAccount' })

export const cardAccountView = (account: CardAccount) => ({
  card: cardView(account.card),
  balances: account.balances.map(balanceView),
  memberships: account.memberships.map(membershipView),
  presences: account.presences.map(presenceView),
  holds: account.holds.map(cardHoldView),
})

const membershipView = ({ asset, sinceMs, untilMs, contributions }: MembershipRecord) => ({
  asset,
  since: timestampOf(sinceMs),
  until: timestampOf(untilMs),
  contributions,
})

const presenceView = ({ asset, inSinceMs, visits, totalMs }: PresenceRecord) => ({
  asset,
  ...(inSinceMs !== undefined && { inSince: timestampOf(inSinceMs) }),
  visits,
  totalMs,
})

export const cardHoldView = ({
  id,
  purpose,
  beneficiary,
  asset,
  cap,
  captured,
  expiresAtMs,
}: HoldRecord) => ({
  id,
  purpose,
  ...(beneficiary && { place: beneficiary }),
  asset,
  cap,
  captured,
  ...(expiresAtMs !== undefined && { expires: timestampOf(expiresAtMs) }),
})
