import type { FamilyName, Records } from '../state/families.ts'
import type { State } from '../state/state.ts'
import type { Draft } from './view.ts'

/**
 * Of each record that a block touched, what it was before the block; undefined: it was not. A touch
 * that was rolled back stays, with the record as it was.
 */
export type Touched = { readonly [F in FamilyName]: Map<string, Records[F] | undefined> }

/** A state in work that remembers what it touches. */
export type TouchingDraft = { readonly draft: Draft; readonly touched: Touched }

export const touching = (state: State<Records>): TouchingDraft => {
  const touched = nothingTouched()
  const touch = <F extends FamilyName>(family: F, key: string): void => {
    const before: Map<string, Records[F] | undefined> = touched[family]
    if (!before.has(key)) before.set(key, state.get(family, key))
  }
  return {
    touched,
    draft: {
      get: state.get,
      put: (family, key, record) => {
        touch(family, key)
        state.put(family, key, record)
      },
      remove: (family, key) => {
        touch(family, key)
        state.remove(family, key)
      },
      mark: state.mark,
      rollback: state.rollback,
    },
  }
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
