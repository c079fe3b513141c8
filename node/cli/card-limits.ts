/**
 * What a card may spend unless a currency says otherwise, in hundredths of a euro: 50 € a charge and
 * 100 € a day with a tag anyone could copy, 200 € and 500 € with a secret.
 */
export const DEFAULT_CARD_LIMITS = {
  weak: { charge: 5_000, day: 10_000 },
  secret: { charge: 20_000, day: 50_000 },
} as const
