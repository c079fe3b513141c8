import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { failure } from '../control/command.ts'
import type { CliAnswer } from './answer.ts'
import { cardName } from './card-name.ts'
import { type NodeOptions, type Nouns, nodeLeaf } from './leaf.ts'
import { askFolder } from './node-folder.ts'
import { amountOption, collected, wholeNumber } from './option-values.ts'
import type { World } from './world.ts'

type PayOptions = NodeOptions & {
  readonly card?: readonly string[]
  readonly secretFile?: readonly string[]
  readonly amount: number
  readonly unit: string
  readonly scale: number
  readonly asset?: readonly string[]
  readonly id?: string
}

export const addPay: Nouns = (program, { act, world }) => {
  const command = nodeLeaf(program, 'pay', 'at a venue: take a payment')
    .requiredOption('--amount <amount>', 'in smallest units: 650 is 6.50 €', amountOption)
    .option('--card <card>', 'who pays: tag or crd1… (repeatable: the second adds)', collected)
    .option('--secret-file <file>', 'who pays: file with the secret of a card, in hex', collected)
    .option('--unit <unit>', 'what the amount counts', 'EUR')
    .option('--scale <digits>', 'decimal places of the amount', wholeNumber(0, 6), 2)
    .option('--asset <asset>', 'take these currencies, in this order (repeatable)', collected)
    .option('--id <uuid>', 'payment id (UUIDv7): a repeated command charges once')
  command.action(() => act(async () => await pay(world, command.opts<PayOptions>())))
}

const pay = async (world: World, options: PayOptions): Promise<CliAnswer> => {
  const { card, secretFile, amount, unit, scale, asset, id } = options
  const secrets = (secretFile ?? []).map((file) => ({
    secret: readFileSync(resolve(world.directory, file), 'utf8').trim(),
  }))
  const payers = [...(card ?? []).map(cardName), ...secrets]
  if (payers.length === 0) {
    return failure('usage', 'payer_missing', 'who pays?', 'give --card or --secret-file')
  }
  return await askFolder(world, options, 'pay', { id, payers, amount, unit, scale, assets: asset })
}
