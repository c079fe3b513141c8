import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { settingsText } from '#node/cli/node-settings.ts'
import { DEVELOPMENT_PASSPHRASE_FILE } from '#node/cli/passphrase.ts'
import { writeDurably } from '#node/keys/durable-file.ts'
import { keyOfSeed } from '#node/keys/key-of-seed.ts'
import { KeyStore } from '#node/keys/key-store.ts'
import { DEFAULT_PARAMETERS, Genesis, genesisBytes } from '#protocol/genesis.ts'
import { peerIdOfKeyBytes } from '#protocol/transaction/kinds/peer-id.ts'
import { publicKeyOf } from '#signature'
import { plan } from '../../federation/found.ts'
import { type Manifest, writeManifest } from '../../federation/manifest.ts'
import { FIRST_AUTHORITY, secretOf, VENUE } from './cast.ts'
import { type GrownFolder, openGrown, saveGrown } from './grown-folder.ts'
import type { GrownSizes } from './sizes.ts'

const AUTHORITIES = 4
const DAY_MS = 86_400_000
/** The newest block is so long ago when the first one is made: blocks of running nodes follow it. */
const REST_MS = 60_000
const PASSPHRASE = 'throw-away keys of a grown ledger'
const CARD_LIMIT = { charge: 5_000, day: 10_000 }

/**
 * Makes the folder of a federation whose one venue has joined: folders with throw-away keys of the seed,
 * a genesis of long ago, the manifest by which `startFederation` goes on with it.
 */
export const beginGrown = async (directory: string, sizes: GrownSizes): Promise<GrownFolder> => {
  const { authorities } = await plan({ authorities: AUTHORITIES, venues: 1 })
  const endMs = Date.now() - REST_MS
  const genesis = genesisOf(sizes, authorities, endMs - sizes.days * DAY_MS)
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const text = `${new TextDecoder().decode(genesisBytes(genesis))}\n`
  const nodes = [...authorities, { name: VENUE, port: 0 }]
  await Promise.all(nodes.map((node) => makeFolder(directory, { ...node, genesis: text }, sizes)))
  await writeDurably(join(directory, 'genesis.json'), text)
  await saveGrown(directory, { format: 'kermesse-grown-ledger/1', sizes, endMs, isWhole: false })
  const folder = await openGrown(directory)
  if (folder === undefined) throw new Error('what was written is not there')
  const { place, asset } = folder.cast
  await writeManifest(directory, {
    format: 'kermesse-local-federation/1',
    authorities,
    venues: [{ name: VENUE, place, asset, hasCards: true }],
  })
  return folder
}

type Node = Manifest['authorities'][number]

/** The genesis of a federation of these authorities, which began then. */
export const genesisOf = (
  sizes: GrownSizes,
  authorities: readonly Node[],
  startTimeMs: number,
): Genesis =>
  Genesis.parse({
    format: 'kermesse-genesis/1',
    name: 'Grown federation',
    startTimeMs,
    ver: 1,
    parameters: DEFAULT_PARAMETERS,
    authorities: authorities.map(({ name, port }) => ({
      name,
      consensusKey: keyOfSeed(secretOf(sizes, `${name}/consensus`)),
      operatorKey: keyOfSeed(secretOf(sizes, `${name}/operator`)),
      peerId: peerIdOfKeyBytes(publicKeyOf(secretOf(sizes, `${name}/network`))),
      addresses: [listenOf(port)],
    })),
    federation: {
      name: 'Grown federation',
      admins: authorities.map(({ name }) => keyOfSeed(secretOf(sizes, `${name}/operator`))),
      asset: {
        code: 'EUR',
        name: 'Shared euro',
        unit: 'EUR',
        scale: 2,
        transferable: true,
        cardLimits: { weak: CARD_LIMIT, secret: CARD_LIMIT },
        gateway: keyOfSeed(secretOf(sizes, `${FIRST_AUTHORITY}/gateway`)),
      },
    },
    fixedAssets: [],
  })

const listenOf = (port: number): string => `/ip4/127.0.0.1/tcp/${port}`

/** One node's folder, as `kermesse init --development` and `kermesse place join` leave it. */
const makeFolder = async (
  directory: string,
  { name, port, genesis }: Node & { readonly genesis: string },
  sizes: GrownSizes,
): Promise<void> => {
  const folder = join(directory, name)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await writeDurably(join(folder, DEVELOPMENT_PASSPHRASE_FILE), `${PASSPHRASE}\n`)
  const keys = await KeyStore.create(join(folder, 'keys.json'), PASSPHRASE)
  await keys.put(secretsOf(sizes, name))
  await writeDurably(join(folder, 'genesis.json'), genesis)
  const role = name === VENUE ? 'venue' : 'authority'
  const settings = { role, listen: [listenOf(port)], apiPort: 0, development: true } as const
  await writeDurably(join(folder, 'node.yaml'), settingsText(settings))
}

const secretsOf = (sizes: GrownSizes, node: string): Readonly<Record<string, Uint8Array>> => {
  const own = (name: string): Uint8Array => secretOf(sizes, `${node}/${name}`)
  const tagKey = secretOf(sizes, `${FIRST_AUTHORITY}/tag-key`)
  if (node === VENUE) return { network: own('network'), place: own('place'), 'tag-key': tagKey }
  const common = { network: own('network'), consensus: own('consensus'), operator: own('operator') }
  return node === FIRST_AUTHORITY
    ? { ...common, 'tag-key': tagKey, gateway: own('gateway') }
    : common
}
