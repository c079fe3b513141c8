import type { FamilyName, Records } from '../state/families.ts'
import type { State } from '../state/state.ts'
import type { Draft } from './view.ts'

/**
 * Of each record that a block touched, what it was before the block; undefined: it was not. A touch
 * that was rolled back stays, with the record as it was.
 */
export type Touched = { readonly [F in FamilyName]: Map<string, Records[F] | undefined> }

/**
 * Of each mandate that a block set, the widest daily cap it had meanwhile: a holder may widen it, be
 * charged and narrow it again in one block. What was rolled back stays here too.
 */
export type WidestMandates = ReadonlyMap<string, number>

/** A state in work that remembers what it touches. */
export type TouchingDraft = {
  readonly draft: Draft
  readonly touched: Touched
  readonly widest: WidestMandates
}

export const touching = (state: State<Records>): TouchingDraft => {
  const touched = nothingTouched()
  const widest = new Map<string, number>()
  return {
    touched,
    widest,
    draft: {
      get: state.get,
      put: (family, key, record) => {
        touch(touched, { family, key, before: state.put(family, key, record) })
        if (family === 'mandate') widen(widest, key, state.get('mandate', key))
      },
      remove: (family, key) => {
        touch(touched, { family, key, before: state.remove(family, key) })
      },
      mark: state.mark,
      rollback: state.rollback,
    },
  }
}

type Touch<F extends FamilyName> = {
  readonly family: F
  readonly key: string
  readonly before: Records[F] | undefined
}

/** Only the first touch finds the record as it was before the block. */
function touch<F extends FamilyName>(touched: Touched, { family, key, before }: Touch<F>): void {
  const records: Map<string, Records[F] | undefined> = touched[family]
  if (!records.has(key)) records.set(key, before)
}

function widen(
  widest: Map<string, number>,
  key: string,
  mandate: Records['mandate'] | undefined,
): void {
  widest.set(key, Math.max(widest.get(key) ?? 0, mandate?.caps.day ?? 0))
}

function nothingTouched(): Touched {
  return {
    network: new Map(),
    asset: new Map(),
    federation: new Map(),
    place: new Map(),
    grant: new Map(),
    wallet: new Map(),
    key: new Map(),
    balance: new Map(),
    card: new Map(),
    batch: new Map(),
    mandate: new Map(),
    sale: new Map(),
    payment: new Map(),
    reference: new Map(),
    counter: new Map(),
    code: new Map(),
  }
}
