import type { CardRecord } from '../../../state/record.ts'
import type { Agreement } from '../../../transaction/consent.ts'
import type { RefusalCode } from '../../../transaction/outcome.ts'
import type { RuleContext } from '../../rule.ts'

/** Whether the key of a card's claim code agreed to exactly this; nothing of a card that has none. */
export const judgeClaim = (
  card: CardRecord | undefined,
  { consents }: RuleContext,
  agrees: (agree: Agreement) => boolean,
): RefusalCode | undefined => {
  if (card?.claim === undefined) return undefined
  const own = consents.filter(({ signer }) => signer === card.claim)
  if (own.length === 0) return 'consent_missing'
  return own.some(({ agree }) => agrees(agree)) ? undefined : 'consent_mismatch'
}
