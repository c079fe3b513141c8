import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { Option } from 'commander'
import type { NodeConfig } from '#config/node-config.ts'
import { placeIdOfKey } from '#protocol/derive.ts'
import { SEED_BYTES } from '#protocol/signature.ts'
import { peerIdOfKeyBytes } from '#protocol/transaction/kinds/peer-id.ts'
import { publicKeyOf } from '#signature'
import { encodeBase64url } from '#text-encoding'
import { failure } from '../control/command.ts'
import { writeDurably } from '../keys/durable-file.ts'
import { keyOfSeed } from '../keys/key-of-seed.ts'
import { KeyStore } from '../keys/key-store.ts'
import type { CliAnswer } from './answer.ts'
import { AUTHORITY_CARD_FILE, AuthorityCard } from './authority-card.ts'
import { leaf, type Nouns } from './leaf.ts'
import { CONFIG_FILE } from './node-folder.ts'
import { settingsText } from './node-settings.ts'
import { collected, wholeNumber } from './option-values.ts'
import { choosePassphrase, DEVELOPMENT_PASSPHRASE_FILE, type Passphrase } from './passphrase.ts'
import type { World } from './world.ts'

type InitOptions = {
  readonly role: NodeConfig['role']
  readonly directory: string
  readonly name?: string
  readonly port: number
  readonly listen?: string
  readonly address?: readonly string[]
  readonly apiPort: number
  readonly founder?: boolean
  readonly development?: boolean
}

const portNumber = wholeNumber(0, 65_535)

export const addInit: Nouns = (program, { act, world }) => {
  const command = leaf(program, 'init', 'make the folder of a new node: settings and keys')
    .addOption(
      new Option('--role <role>', 'what it does')
        .choices(['authority', 'venue', 'observer'])
        .makeOptionMandatory(),
    )
    .requiredOption('--directory <path>', 'folder to make')
    .option('--name <label>', 'of an authority: a short label, public in genesis')
    .option('--port <number>', 'port for other nodes', portNumber, 4001)
    .option('--listen <address>', 'listen there instead of on loopback, as /ip4/0.0.0.0/tcp/4001')
    .option('--address <address>', 'of an authority: where others reach it (repeatable)', collected)
    .option('--api-port <number>', 'port of the HTTP API, on loopback', portNumber, 4100)
    .option('--founder', 'of one authority: also keep the tag key and the gateway key')
    .option('--development', 'throw-away keys, their passphrase beside them: never with money')
  command.action(() => act(async () => await init(world, command.opts<InitOptions>())))
}

const init = async (world: World, options: InitOptions): Promise<CliAnswer> => {
  const folder = resolve(world.directory, options.directory)
  if ([CONFIG_FILE, 'keys.json'].some((file) => existsSync(join(folder, file)))) {
    const todo = 'choose another folder: keys are never overwritten'
    return failure('failed', 'already_initialised', `${folder} holds a node already`, todo)
  }
  const secrets = newSecrets(options)
  const listen = options.listen ?? `/ip4/127.0.0.1/tcp/${options.port}`
  const card = options.role === 'authority' ? cardOf(secrets, listen, options) : undefined
  if (card?.success === false) {
    const [issue] = card.error.issues
    return failure('usage', 'authority_card_invalid', issue?.message ?? 'not valid', CARD_TODO)
  }
  const chosen = options.development === true ? development(world) : await choosePassphrase(world)
  if (!chosen.ok) return chosen
  await mkdir(folder, { recursive: true, mode: 0o700 })
  if (options.development === true) {
    await writeDurably(join(folder, DEVELOPMENT_PASSPHRASE_FILE), `${chosen.passphrase}\n`)
  }
  const keys = await KeyStore.create(join(folder, 'keys.json'), chosen.passphrase)
  await keys.put(secrets)
  if (card !== undefined) {
    const text = `${JSON.stringify(card.data, null, 2)}\n`
    await writeDurably(join(folder, AUTHORITY_CARD_FILE), text)
  }
  // Last: a folder with settings is whole.
  const { role, apiPort, development: isDevelopment = false } = options
  const settings = { role, listen: [listen], apiPort, development: isDevelopment }
  await writeDurably(join(folder, CONFIG_FILE), settingsText(settings))
  return { ok: true, result: resultOf(folder, secrets, card?.data) }
}

const CARD_TODO =
  'give --address as others reach this authority, for example /dns4/node.example.org/tcp/4001'

type Secrets = Readonly<Record<string, Uint8Array>> & { readonly network: Uint8Array }

const newSecrets = ({ role, founder }: InitOptions): Secrets => ({
  network: seed(),
  ...(role === 'authority' && { consensus: seed(), operator: seed() }),
  ...(role === 'authority' && founder === true && { 'tag-key': seed(), gateway: seed() }),
  ...(role === 'venue' && { place: seed() }),
})

const seed = (): Uint8Array => new Uint8Array(randomBytes(SEED_BYTES))

const cardOf = (secrets: Secrets, listen: string, { name, address }: InitOptions) => {
  const { consensus, operator, gateway, network } = secrets
  return AuthorityCard.safeParse({
    ...(name !== undefined && { name }),
    consensusKey: consensus && keyOfSeed(consensus),
    operatorKey: operator && keyOfSeed(operator),
    peerId: peerIdOfKeyBytes(publicKeyOf(network)),
    addresses: address ?? [listen],
    ...(gateway !== undefined && { gatewayKey: keyOfSeed(gateway) }),
  })
}

const development = (world: World): Passphrase => {
  world.tell('WARNING: development keys. Their passphrase lies beside them, for anyone to read.')
  world.tell('WARNING: never use this folder where real money moves.')
  return { ok: true, passphrase: encodeBase64url(randomBytes(24)) }
}

const resultOf = (folder: string, secrets: Secrets, card: AuthorityCard | undefined) => {
  const { network, place } = secrets
  return {
    directory: folder,
    peerId: peerIdOfKeyBytes(publicKeyOf(network)),
    ...(place !== undefined && { place: placeIdOfKey(keyOfSeed(place)) }),
    ...(card !== undefined && { authority: card }),
  }
}
