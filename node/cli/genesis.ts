import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { loadGenesis } from '#config/genesis-file.ts'
import {
  DEFAULT_PARAMETERS,
  type Genesis,
  genesisBytes,
  networkIdOf,
  parseGenesis,
} from '#protocol/genesis.ts'
import { type CommandFailure, failure } from '../control/command.ts'
import { writeDurably } from '../keys/durable-file.ts'
import type { CliAnswer } from './answer.ts'
import { type AuthorityCard, readAuthorityCard } from './authority-card.ts'
import { DEFAULT_CARD_LIMITS } from './card-limits.ts'
import { leaf, type Nouns } from './leaf.ts'
import { configFailure } from './node-folder.ts'
import { collected } from './option-values.ts'
import type { World } from './world.ts'

type CreateOptions = {
  readonly name: string
  readonly authority: readonly string[]
  readonly federation?: string
  readonly currency: string
  readonly gateway?: string
  readonly fixed?: readonly string[]
  readonly out: string
}

export const addGenesis: Nouns = (program, { act, world }) => {
  const noun = program.command('genesis').description('what a network starts from')
  const create = leaf(noun, 'create', 'make the genesis of a new network')
    .requiredOption('--name <name>', 'public name of the network')
    .requiredOption('--authority <files...>', 'authority.json of each authority: 1, or at least 4')
    .option('--federation <name>', 'found a federation; every authority admits places to it')
    .option('--currency <code>', 'code of its shared currency, in hundredths', 'EUR')
    .option('--gateway <key>', 'key that issues it (default: that of the founding authority)')
    .option('--fixed <terms>', 'CODE:SUPPLY:OWNER-KEY of a fixed currency (repeatable)', collected)
    .option('--out <file>', 'file to write', 'genesis.json')
  create.action(() => act(async () => await createGenesis(world, create.opts<CreateOptions>())))
  const show = leaf(noun, 'show <file>', 'what a genesis says')
  show.action((file: string) => act(async () => showGenesis(world, file)))
  const hash = leaf(noun, 'hash <file>', 'the network id of a genesis')
  hash.action((file: string) => act(async () => hashGenesis(world, file)))
}

const createGenesis = async (world: World, options: CreateOptions): Promise<CliAnswer> => {
  const out = resolve(world.directory, options.out)
  if (existsSync(out)) {
    const todo = 'choose another file: --out'
    return failure('failed', 'file_exists', `${out} exists already`, todo)
  }
  const cards: AuthorityCard[] = []
  for (const file of options.authority) {
    const read = readAuthorityCard(resolve(world.directory, file))
    if (!read.ok) return read
    cards.push(read.card)
  }
  const composed = compose(cards, options, Date.now())
  if (!composed.ok) return composed
  const parsed = parseGenesis(JSON.stringify(composed.genesis))
  if (!parsed.ok) {
    const faults = parsed.errors.map(({ pointer, detail }) => `${pointer}: ${detail}`)
    return failure('usage', 'genesis_invalid', faults.join('; '), 'correct the options')
  }
  await writeDurably(out, `${new TextDecoder().decode(genesisBytes(parsed.genesis))}\n`)
  return { ok: true, result: { networkId: networkIdOf(parsed.genesis), file: out } }
}

/** Member by member as people gave it; `parseGenesis` judges the whole. */
const compose = (
  cards: readonly AuthorityCard[],
  options: CreateOptions,
  startTimeMs: number,
): { readonly ok: true; readonly genesis: object } | CommandFailure => {
  const gateway = options.gateway ?? cards.find((card) => card.gatewayKey)?.gatewayKey
  if (options.federation !== undefined && gateway === undefined) {
    const todo = 'make one authority with init --founder, or name its key: --gateway key1…'
    return failure('usage', 'gateway_missing', 'a federation needs a gateway key', todo)
  }
  return {
    ok: true,
    genesis: {
      format: 'kermesse-genesis/1',
      name: options.name,
      startTimeMs,
      ver: 1,
      parameters: DEFAULT_PARAMETERS,
      authorities: cards.map(({ gatewayKey: _, ...authority }) => authority),
      ...(options.federation !== undefined && {
        federation: federationOf(options.federation, cards, { code: options.currency, gateway }),
      }),
      fixedAssets: (options.fixed ?? []).map(fixedAssetOf),
    },
  }
}

const federationOf = (
  name: string,
  cards: readonly AuthorityCard[],
  { code, gateway }: { readonly code: string; readonly gateway: string | undefined },
) => ({
  name,
  admins: cards.map(({ operatorKey }) => operatorKey),
  asset: {
    code,
    name: `${code} of ${name}`.slice(0, 60).trim(),
    unit: code,
    scale: 2,
    transferable: true,
    cardLimits: DEFAULT_CARD_LIMITS,
    gateway,
  },
})

const fixedAssetOf = (terms: string) => {
  const [code, supply, owner] = terms.split(':')
  return {
    code,
    name: code,
    unit: 'point',
    scale: 0,
    supply: Number(supply),
    owner,
    transferable: true,
    cardLimits: DEFAULT_CARD_LIMITS,
  }
}

const showGenesis = (world: World, file: string): CliAnswer => {
  const path = resolve(world.directory, file)
  const loaded = loadGenesis(path)
  if (!loaded.ok) return configFailure(path, loaded.problems)
  return { ok: true, result: { networkId: loaded.networkId, ...summaryOf(loaded.genesis) } }
}

const hashGenesis = (world: World, file: string): CliAnswer => {
  const path = resolve(world.directory, file)
  const loaded = loadGenesis(path)
  if (!loaded.ok) return configFailure(path, loaded.problems)
  const { networkId } = loaded
  return { ok: true, result: { networkId }, text: [networkId] }
}

const summaryOf = (genesis: Genesis) => ({
  name: genesis.name,
  start: new Date(genesis.startTimeMs).toISOString(),
  authorities: genesis.authorities,
  ...(genesis.federation && { federation: genesis.federation }),
  fixedAssets: genesis.fixedAssets,
  parameters: genesis.parameters,
})
