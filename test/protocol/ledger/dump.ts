import { createEmptyState, type Ledger, loadLedger } from '#protocol/ledger/ledger.ts'
import { FAMILIES, type FamilyName } from '#protocol/state/families.ts'
import type { SlotWrite } from '#protocol/state/family.ts'

/** Every record of a ledger by family, slot and key, with the state root. */
export const dump = ({ state }: Ledger): readonly string[] => {
  const lines: string[] = [state.root()]
  for (const family of FAMILY_NAMES) {
    for (const { slot, key, record } of state.entries(family)) {
      lines.push(`${family} ${slot} ${key} ${JSON.stringify(record)}`)
    }
  }
  return lines
}

const isFamilyName = (name: string): name is FamilyName => name in FAMILIES

const FAMILY_NAMES = Object.keys(FAMILIES).filter(isFamilyName)

/** What a store holds of a ledger: the last text of every slot. */
export type Stored = ReadonlyMap<string, SlotWrite>

/** The stored slots after some more writes. */
export const storedWith = (stored: Stored, writes: readonly SlotWrite[]): Stored => {
  const after = new Map(stored)
  for (const write of writes) after.set(`${write.family}/${write.slot}`, write)
  return after
}

/** What a store holds of a new ledger, whose slots are all taken. */
export const storedAtGenesis = ({ state }: Ledger): Stored =>
  storedWith(
    new Map(),
    FAMILY_NAMES.flatMap((family) =>
      Array.from(state.entries(family), ({ slot, key }) => ({ family, slot, key, text: '' })),
    ),
  )

/** The ledger as a restarted node has it: loaded slot by slot from what is stored. */
export const restarted = ({ state: before }: Ledger, stored: Stored): Ledger => {
  const state = createEmptyState()
  const slots = [...stored.values()].sort((a, b) => a.slot - b.slot)
  const load = <F extends FamilyName>(family: F): void => {
    for (const { key, text, family: name } of slots) {
      if (name !== family) continue
      const record = key === undefined ? undefined : before.get(family, key)
      if (key === undefined || record === undefined) state.loadFree(family, JSON.parse(text))
      else state.load(family, { key, record })
    }
  }
  for (const family of FAMILY_NAMES) load(family)
  const finished = state.finishLoad()
  if (!finished.ok || finished.root !== before.root()) throw new Error('not the same state')
  const loaded = loadLedger(state)
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.finding))
  return loaded.ledger
}
