import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { CARDS_PER_REGISTRATION_MAX } from '#protocol/limits.ts'
import { CARD_SECRET_BYTES } from '#protocol/transaction/card-key.ts'
import { failure } from '../control/command.ts'
import { writeDurably } from '../keys/durable-file.ts'
import type { CliAnswer } from './answer.ts'
import { DEFAULT_CARD_LIMITS } from './card-limits.ts'
import { cardName } from './card-name.ts'
import { type NodeOptions, type Nouns, nodeLeaf } from './leaf.ts'
import { askFolder } from './node-folder.ts'
import { amountOption, wholeNumber } from './option-values.ts'
import type { World } from './world.ts'

type BatchTerms = NodeOptions & {
  readonly batch: string
  readonly charge?: number
  readonly day?: number
  readonly federation?: boolean
  readonly activate?: boolean
  readonly id?: string
}
type BatchOptions = BatchTerms & {
  readonly tags?: string
  readonly secrets?: number
  readonly out?: string
}

const TAG_FILE_BYTES_MAX = 65_536

export const addCard: Nouns = (program, { act, world }) => {
  const noun = program.command('card').description('cards and wristbands')
  const register = withTerms(nodeLeaf(noun, 'register <tag>', 'one tag, by its UID in hex'))
  register.action((tag: string) =>
    act(async () => {
      const options = register.opts<BatchTerms>()
      const input = orderOf(options, 'weak', [{ tag }])
      return await askFolder(world, options, 'card.register', input)
    }),
  )
  const batch = withTerms(nodeLeaf(noun, 'batch', 'a roll of cards: tags you have, or new secrets'))
    .option('--tags <file>', 'UIDs of tags in hex, one a line')
    .option(
      '--secrets <count>',
      'make so many secret cards',
      wholeNumber(1, CARDS_PER_REGISTRATION_MAX),
    )
    .option('--out <file>', 'where the new secrets are written, one a line')
  batch.action(() => act(async () => await registerBatch(world, batch.opts<BatchOptions>())))
  for (const [verb, description] of VERBS) {
    const command = nodeLeaf(noun, `${verb} <card>`, `${description}, by tag or crd1… identifier`)
    command.action((card: string) =>
      act(async () => {
        const input = { card: cardName(card) }
        return await askFolder(world, command.opts<NodeOptions>(), `card.${verb}`, input)
      }),
    )
  }
}

const VERBS = [
  ['activate', 'make the wallet of a card'],
  ['block', 'stop every charge of a card'],
  ['show', 'a card and its balances'],
] as const

const withTerms = (command: Command): Command =>
  command
    .option('--batch <label>', 'cards of one batch have equal terms', 'cards')
    .option('--charge <amount>', 'most of one charge, in smallest units', amountOption)
    .option('--day <amount>', 'most of a day at one place', amountOption)
    .option('--federation', 'all places of the federation may charge them')
    .option('--activate', 'and activate them at once')
    .option('--id <uuid>', 'payment id (UUIDv7): a repeated command acts once')

const orderOf = (options: BatchTerms, strength: 'weak' | 'secret', cards: readonly object[]) => {
  const usual = DEFAULT_CARD_LIMITS[strength]
  return {
    cards,
    batch: options.batch,
    strength,
    caps: { charge: options.charge ?? usual.charge, day: options.day ?? usual.day },
    federation: options.federation === true,
    activate: options.activate === true,
    id: options.id,
  }
}

const registerBatch = async (world: World, options: BatchOptions): Promise<CliAnswer> => {
  const { tags, secrets, out } = options
  if (tags !== undefined && secrets === undefined) {
    const input = orderOf(options, 'weak', tagsIn(resolve(world.directory, tags)))
    return await askFolder(world, options, 'card.register', input)
  }
  if (tags !== undefined || secrets === undefined || out === undefined) {
    const todo = 'give --tags FILE, or --secrets COUNT with --out FILE'
    return failure('usage', 'cards_missing', 'which cards?', todo)
  }
  return await registerSecrets(world, options, {
    count: secrets,
    file: resolve(world.directory, out),
  })
}

/** On disk before the ledger knows them: a registered card whose secret is lost is waste. */
const registerSecrets = async (
  world: World,
  options: BatchOptions,
  { count, file }: { readonly count: number; readonly file: string },
): Promise<CliAnswer> => {
  if (existsSync(file)) {
    return failure('failed', 'file_exists', `${file} exists already`, 'choose another: --out')
  }
  const secrets = Array.from({ length: count }, () =>
    randomBytes(CARD_SECRET_BYTES).toString('hex').toUpperCase(),
  )
  await writeDurably(file, `${secrets.join('\n')}\n`)
  const cards = secrets.map((secret) => ({ secret }))
  const answer = await askFolder(world, options, 'card.register', orderOf(options, 'secret', cards))
  return answer.ok ? { ...answer, result: { ...answer.result, file } } : answer
}

const tagsIn = (file: string): readonly { readonly tag: string }[] =>
  readFileSync(file, 'utf8')
    .slice(0, TAG_FILE_BYTES_MAX)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((tag) => ({ tag }))
