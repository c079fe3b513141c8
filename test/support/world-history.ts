import type { BlockInput } from '#protocol/ledger/execute-block.ts'
import type { World } from './ledger-builders.ts'

/** What a world went through: its blocks, and what was put past all rules between them. */
export type History = (Pick<BlockInput, 'transactions' | 'timestampMs'> | Edit)[]
type Edit = (state: World['ledger']['state']) => void

/** The same world, whose history is written down from here on. */
export const recorded = (world: World): World => {
  const history: History = []
  world.onBlock(({ transactions, timestampMs }) => history.push({ transactions, timestampMs }))
  const edit: World['edit'] = (family, key, record) => {
    history.push((state) => {
      state.beginBlock()
      state.put(family, key, record)
      state.sealBlock()
    })
    world.edit(family, key, record)
  }
  const told = { ...world, edit }
  histories.set(told, history)
  return told
}

/** What a recorded world went through so far. */
export const historyOf = (world: World): History => [...(histories.get(world) ?? [])]

const histories = new WeakMap<World, History>()
