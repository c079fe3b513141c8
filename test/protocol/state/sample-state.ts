import type { FamilyDefinition, SlotWrite } from '#protocol/state/family.ts'
import type { BlockChanges, FamilyTable, State } from '#protocol/state/state.ts'
import { createState } from '#protocol/state/state.ts'
import type { ChangeVector } from './state-vectors.ts'

export type SampleRecord = { readonly id: string; readonly value: number }
export type SampleRecords = {
  readonly wallet: SampleRecord
  readonly payment: SampleRecord
  readonly counter: SampleRecord
}

const family = (number: number, recycled: boolean): FamilyDefinition<SampleRecord> => ({
  number,
  recycled,
  encode: ({ id, value }) => JSON.stringify({ id, value }),
})

/** Out of order on purpose: the number decides. */
export const SAMPLE_FAMILIES: FamilyTable<SampleRecords> = {
  payment: family(13, true),
  wallet: family(6, false),
  counter: family(15, true),
}

export const sampleState = (): State<SampleRecords> => createState<SampleRecords>(SAMPLE_FAMILIES)

export const change = (state: State<SampleRecords>, step: ChangeVector): void => {
  if (step.change === 'remove') state.remove(step.family, step.id)
  else state.put(step.family, step.id, { id: step.id, value: step.value })
}

/** Seals a block of the changes that are possible: a record that is not there is not removed. */
export const block = (
  state: State<SampleRecords>,
  steps: readonly ChangeVector[],
): BlockChanges => {
  state.beginBlock()
  for (const step of steps) {
    if (step.change === 'put' || state.get(step.family, step.id) !== undefined) change(state, step)
  }
  return state.sealBlock()
}

/** What a node keeps on disk: the last text of each slot of each family. */
export type Store = Map<string, SlotWrite[]>

export const keep = (store: Store, writes: readonly SlotWrite[]): void => {
  for (const write of writes) {
    const slots = store.get(write.family) ?? []
    slots[write.slot] = write
    store.set(write.family, slots)
  }
}

/** Loads what was kept into a new state, as a node does when it starts. */
export const restarted = (store: Store): State<SampleRecords> => {
  const state = sampleState()
  for (const name of ['wallet', 'payment', 'counter'] as const) {
    for (const { key, text } of store.get(name) ?? []) {
      const content: unknown = JSON.parse(text)
      if (key === undefined) state.loadFree(name, typeof content === 'number' ? content : null)
      else state.load(name, { key, record: recordIn(content) })
    }
  }
  return state
}

const recordIn = (content: unknown): SampleRecord => {
  if (typeof content !== 'object' || content === null) throw new Error('no record')
  if (!('id' in content) || !('value' in content)) throw new Error('no record')
  const { id, value } = content
  if (typeof id !== 'string' || typeof value !== 'number') throw new Error('no record')
  return { id, value }
}
