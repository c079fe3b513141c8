import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { loadGenesis } from '#config/genesis-file.ts'
import type { Genesis } from '#protocol/genesis.ts'
import type { NetworkId } from '#protocol/id.ts'
import type { Trusted } from '#protocol/proof/finality.ts'
import { trustedOf } from '#protocol/proof/genesis-trust.ts'
import { type CommandFailure, failure } from '../control/command.ts'
import type { NodeOptions } from './leaf.ts'
import { configFailure, configFileOf, openFolder } from './node-folder.ts'
import type { World } from './world.ts'

/** Where `npm start` keeps the genesis of its local federation. */
const LOCAL_FEDERATION_GENESIS = '.federation/genesis.json'

export type TrustOptions = NodeOptions & { readonly genesis?: string }

/** The genesis that proofs are judged by, and the file it was read from. */
export type TrustedGenesis = {
  readonly ok: true
  readonly file: string
  readonly networkId: NetworkId
  readonly genesis: Genesis
  readonly trusted: Trusted
}

/** The genesis that is named, else that of the node meant, else that of the local federation. */
export const findTrusted = (
  world: World,
  options: TrustOptions,
): TrustedGenesis | CommandFailure => {
  const found = genesisFileOf(world, options)
  if (typeof found !== 'string') return found
  const loaded = loadGenesis(found)
  if (!loaded.ok) return configFailure(found, loaded.problems)
  const { genesis, networkId } = loaded
  return { ok: true, file: found, networkId, genesis, trusted: trustedOf(genesis) }
}

const genesisFileOf = (world: World, options: TrustOptions): string | CommandFailure => {
  if (options.genesis !== undefined) return resolve(world.directory, options.genesis)
  const isNamed = options.directory !== undefined || options.config !== undefined
  if (isNamed || existsSync(configFileOf(world, options))) {
    const opened = openFolder(world, options)
    return opened.ok ? opened.node.genesisFile : opened
  }
  const local = resolve(world.directory, LOCAL_FEDERATION_GENESIS)
  if (existsSync(local)) return local
  const todo = 'name the genesis of the network you trust: --genesis FILE'
  return failure('usage', 'genesis_missing', 'whom do you trust?', todo)
}
