import { z } from 'zod'
import type { FinalBlock } from '#node/pipeline/executor.ts'
import type { Genesis } from '#protocol/genesis.ts'
import { createModelLedger, type ModelLedger } from '../model-ledger.ts'
import type { Checker } from '../observation.ts'

const Balance = z.object({
  wallet: z.string(),
  asset: z.string(),
  available: z.number(),
  held: z.number(),
})

/**
 * A linear replay: the final chain in its order, executed by an independent model of the ledger. Every
 * outcome and every balance that a block writes must be the model's, and a block must write every
 * balance that the model changes.
 */
export const createModel = (
  genesis: Genesis,
): Checker & { readonly balances: ModelLedger['balances'] } => {
  const model = createModelLedger(genesis)
  let height = 0

  const replay = (final: FinalBlock): string | undefined => {
    const before = new Map(model.balances)
    const wrong = outcomeFault(model, final)
    if (wrong !== undefined) return wrong
    const written = balancesIn(final.writes)
    const changed = [...model.balances].filter(
      ([key, balance]) => balance !== (before.get(key) ?? 0),
    )
    for (const key of new Set([...written.keys(), ...changed.map(([each]) => each)])) {
      const [here, there] = [written.get(key), model.balances.get(key) ?? 0]
      if (here !== there) return `${key} is written as ${here}, by the model it is ${there}`
    }
    return undefined
  }

  return {
    name: 'model',
    balances: model.balances,
    see: (observation) => {
      if (observation.type !== 'final' || !observation.who.honest) return undefined
      const { header } = observation.block.block
      if (header.height <= height) return undefined
      if (header.height !== height + 1) return `height ${header.height} comes after ${height}`
      height = header.height
      try {
        return replay(observation.block)
      } catch (error) {
        return error instanceof Error ? error.message : String(error)
      }
    },
  }
}

const outcomeFault = (
  model: ModelLedger,
  { block, transactions, events }: FinalBlock,
): string | undefined => {
  model.begin()
  if (events.length !== transactions.length) return `${events.length} events of a block`
  for (const [index, { text }] of transactions.entries()) {
    const { payment, outcome } = model.execute(text, block.header.timestampMs)
    const event = events[index]
    const told = event && `${event.scope}/${event.id}`
    if (told !== payment) return `${payment} is called ${told}`
    if (event?.outcome !== outcome) {
      return `${payment} is ${event?.outcome}, by the model ${outcome}`
    }
  }
  return undefined
}

/** Balances as a block leaves them, by `wallet/asset`. */
const balancesIn = (writes: FinalBlock['writes']): ReadonlyMap<string, number> =>
  new Map(
    writes
      .filter(({ family }) => family === 'balance')
      .map(({ text }) => {
        const { wallet, asset, available, held } = Balance.parse(JSON.parse(text))
        return [`${wallet}/${asset}`, available + held]
      }),
  )
