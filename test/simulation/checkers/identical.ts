import type { FinalBlock } from '#node/pipeline/executor.ts'
import { utf8 } from '#protocol/bytes.ts'
import { encodeBlock } from '#protocol/chain/block.ts'
import { type Hash, hashOf } from '#protocol/hash.ts'
import type { Checker } from '../observation.ts'

type Facts = { readonly [part in 'block' | 'records' | 'outcomes']: Hash }

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
      const part = PARTS.find((each) => known !== undefined && known.facts[each] !== facts[each])
      return part && `height ${height}: other ${part} than ${known?.by}`
    },
  }
}

const PARTS = ['block', 'records', 'outcomes'] as const

const factsOf = ({ block, writes, events }: FinalBlock): Facts => ({
  block: hashOf(encodeBlock(block)),
  records: hashOf(utf8(JSON.stringify(writes))),
  outcomes: hashOf(utf8(JSON.stringify(events))),
})
