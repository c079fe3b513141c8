import { InvalidArgumentError } from 'commander'

/** A whole number from `min` to `max` in decimal digits. */
export const wholeNumber =
  (min: number, max: number = Number.MAX_SAFE_INTEGER) =>
  (text: string): number => {
    const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN
    if (value >= min && value <= max) return value
    throw new InvalidArgumentError(`a whole number from ${min} to ${max}`)
  }

/** An amount in smallest units, such as 650 for 6.50 €. */
export const amountOption = wholeNumber(1)

/** A moment as RFC 3339 text, in milliseconds since the epoch. */
export const momentOption = (text: string): number => {
  const value = Date.parse(text)
  if (/^\d{4}-\d{2}-\d{2}/.test(text) && !Number.isNaN(value)) return value
  throw new InvalidArgumentError('a moment such as 2027-01-31T12:00:00Z')
}

/** One more value of an option that may be repeated. */
export const collected = (value: string, previous: readonly string[] = []): readonly string[] => [
  ...previous,
  value,
]
