/** How much is measured. */
export type BenchSizes = {
  readonly rounds: number
  /** Of each load. */
  readonly seconds: number
  /** Of the load before the first round, which nobody counts: what has just begun is not compiled yet. */
  readonly warmUpPayments: number
  readonly idleTaps: number
  /** Of the signature checks beside each load. */
  readonly checkMs: number
  /** Cards of each of the two kinds. */
  readonly cards: number
  /** Of the ledger on which the steps of a payment are measured one by one. */
  readonly balances: number
}

export const FULL: BenchSizes = {
  ...{
    rounds: 5,
    seconds: 6,
    warmUpPayments: 40_000,
    idleTaps: 300,
    checkMs: 1_000,
    cards: 200,
    balances: 1_000_000,
  },
}
/** To see that all of it runs: one short round, whose figures say little. */
export const QUICK: BenchSizes = {
  ...{
    rounds: 1,
    seconds: 2,
    warmUpPayments: 2_000,
    idleTaps: 60,
    checkMs: 300,
    cards: 40,
    balances: 10_000,
  },
}

/** Payments on their way at one time in every load that saturates, and at the peers. */
export const IN_FLIGHT = 512
/** Between two idle taps: after one is answered its block is stored and all is quiet again. */
export const IDLE_PAUSE_MS = 15
/** Of saturation: a busy evening, and what overloads. */
export const HALF = 0.5
export const OVERLOAD = 2
