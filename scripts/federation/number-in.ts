import { InvalidArgumentError } from 'commander'

/** The value of an option: a number from `min` to `max`. */
export const numberIn =
  (min: number, max: number) =>
  (text: string): number => {
    const value = Number(text)
    if (text.trim() !== '' && value >= min && value <= max) return value
    throw new InvalidArgumentError(`a number from ${min} to ${max}`)
  }
