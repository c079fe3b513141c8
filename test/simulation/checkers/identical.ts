import type { FinalBlock } from '#node/pipeline/executor.ts'
import { encodeBlock } from '#protocol/chain/block.ts'
import type { Checker } from '../observation.ts'

type Facts = {
  readonly block: Uint8Array
  readonly records: FinalBlock['writes']
  readonly outcomes: string
}

/**
 * Invariant 9: at one height every honest node has the same state root, the same bytes of every
 * changed record in the same slot, and the same outcomes.
 */
export const createIdentical = (): Checker => {
  const heights = new Map<number, { readonly facts: Facts; readonly by: string }>()
  return {
    name: 'identical',
    see: (observation) => {
      if (observation.type !== 'final' || !observation.who.honest) return undefined
      const { height } = observation.block.block.header
      const facts = factsOf(observation.block)
      const known = heights.get(height)
      if (known === undefined) heights.set(height, { facts, by: observation.who.name })
      const part = known && partThatDiffers(known.facts, facts)
      return part && `height ${height}: other ${part} than ${known?.by}`
    },
  }
}

const partThatDiffers = (a: Facts, b: Facts): keyof Facts | undefined => {
  if (Buffer.compare(a.block, b.block) !== 0) return 'block'
  if (!sameRecords(a.records, b.records)) return 'records'
  return a.outcomes === b.outcomes ? undefined : 'outcomes'
}

const sameRecords = (a: Facts['records'], b: Facts['records']): boolean =>
  a.length === b.length &&
  a.every(({ family, slot, key, text }, index) => {
    const other = b[index]
    const isSame = family === other?.family && slot === other.slot && key === other.key
    return isSame && text === other.text
  })

const factsOf = ({ block, writes, events }: FinalBlock): Facts => ({
  block: encodeBlock(block),
  records: writes,
  outcomes: JSON.stringify(events),
})
