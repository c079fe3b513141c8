import { KINDS } from '#protocol/ledger/kinds.ts'
import type { Kind } from '#protocol/transaction/kinds/transaction-body.ts'
import type { Observation } from './observation.ts'
import type { Counter } from './tally.ts'

/** Kinds that are no part of a fair: they are told apart, by those who change the members. */
const ELSEWHERE: ReadonlySet<Kind> = new Set(['authority.change'])

/** Codes that nothing at a fair can meet, each with the reason. */
export const UNREACHABLE: Readonly<Record<string, string>> = {
  hold_purpose_not_allowed: 'nobody at a fair releases a hold that only its settlement ends',
  card_asset_limit_reached: 'no fair has as many assets as one card may have',
}

const isKind = (name: string): name is Kind => name in KINDS

/** The kinds that a load must have, applied and refused. */
export const LOAD_KINDS: readonly Kind[] = Object.keys(KINDS)
  .filter(isKind)
  .filter((kind) => !ELSEWHERE.has(kind))

/** Every code that state can refuse one of them with. */
export const LOAD_CODES: readonly string[] = [
  ...new Set(LOAD_KINDS.flatMap((kind): readonly string[] => KINDS[kind].codes)),
].filter((code) => !(code in UNREACHABLE))

/** Ends of kinds that no simulation comes to, each with the reason. */
const ENDS_ELSEWHERE: Readonly<Record<string, string>> = {
  'correction.execute applied': 'a correction waits for a day, and no simulation lasts that long',
}

/** What a run has to meet once it is long enough for what is rare: every end of every kind. */
export const CODE_NAMES: readonly string[] = [
  ...LOAD_CODES,
  ...LOAD_KINDS.flatMap((kind) => [`${kind} applied`, `${kind} refused`]).filter(
    (name) => !(name in ENDS_ELSEWHERE),
  ),
]

/** Counts how transactions of final blocks end, each once: by code, and by kind. */
export const createLedgerCodes = (
  counter: Counter,
): { readonly see: (observation: Observation) => void } => {
  let height = 0
  return {
    see: (observation) => {
      if (observation.type !== 'final' || !observation.who.honest) return
      const { block, events } = observation.block
      if (block.header.height <= height) return
      height = block.header.height
      for (const { kind, outcome } of events) {
        counter.count(`${kind} ${outcome === 'applied' ? outcome : 'refused'}`)
        if (outcome !== 'applied') counter.count(outcome)
      }
    },
  }
}
