import { z } from 'zod'

/** Largest amount and largest supply: 2^53 − 1, exact in a JSON number. */
export const AMOUNT_MAX = Number.MAX_SAFE_INTEGER

/** A quantity of an asset's smallest unit that moves: 1 … 2^53 − 1. */
export const Amount = z.int().min(1).brand<'units'>()
/** A quantity of an asset's smallest unit: 0 … 2^53 − 1. A moved amount is one that is not 0. */
export const Units = z.int().min(0).brand<'units'>()
export type Units = z.infer<typeof Units>
export type Amount = Units

/** Marks a number made by our own code as units; anything but a safe integer ≥ 0 is our mistake. */
export const units = (value: number): Units => {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`not units: ${value}`)
  return value as Units
}

export const ZERO = units(0)

/** a + b; a sum above 2^53 − 1 is our mistake, since supplies are capped there. */
export const add = (a: Units, b: Units): Units => units(a + b)

/** a − b; a negative difference is our mistake: compare first. */
export const subtract = (a: Units, b: Units): Units => units(a - b)

/** Whether a + b still is an amount. */
export const fits = (a: Units, b: Units): boolean => a + b <= AMOUNT_MAX
