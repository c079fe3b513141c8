import type { FamilyName, Records } from '../state/families.ts'
import type { Draft, View } from './view.ts'

/** What was put or removed (undefined), by family and key. */
type Changes = { readonly [F in FamilyName]: Map<string, Records[F] | undefined> }

/** A draft over a view that it never changes: for judging several operations ahead of their block. */
export const overlay = (view: View): Draft => {
  const changes = noChanges()
  const undo: (() => void)[] = []

  const change = <F extends FamilyName>(
    family: F,
    key: string,
    record: Records[F] | undefined,
  ): void => {
    const changed: Map<string, Records[F] | undefined> = changes[family]
    const before = changed.get(key)
    const had = changed.has(key)
    undo.push(() => {
      if (had) changed.set(key, before)
      else changed.delete(key)
    })
    changed.set(key, record)
  }

  return {
    get: <F extends FamilyName>(family: F, key: string): Records[F] | undefined => {
      const changed: Map<string, Records[F] | undefined> = changes[family]
      return changed.has(key) ? changed.get(key) : view.get(family, key)
    },
    put: change,
    remove: (family, key) => change(family, key, undefined),
    mark: () => [undo.length],
    rollback: ([length = 0]) => {
      while (undo.length > length) undo.pop()?.()
    },
  }
}

/** A draft that keeps nothing: for one operation, which is judged before it writes. */
export const unwritten = ({ get }: View): Draft => ({
  get,
  put: () => undefined,
  remove: () => undefined,
  mark: () => [0],
  rollback: () => undefined,
})

const noChanges = (): Changes => ({
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
  authorities: new Map(),
  epoch: new Map(),
  hold: new Map(),
  membership: new Map(),
  presence: new Map(),
  topup: new Map(),
  deficit: new Map(),
  clearing: new Map(),
  correction: new Map(),
  invitation: new Map(),
  clock: new Map(),
})
