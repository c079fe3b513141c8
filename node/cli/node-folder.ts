import { dirname, resolve } from 'node:path'
import { type ConfigProblem, loadConfig, type Setting } from '#config/load-config.ts'
import type { NodeConfig } from '#config/node-config.ts'
import { askNode } from '../control/client.ts'
import { type CommandFailure, failure } from '../control/command.ts'
import type { ControlCommandName } from '../control/commands.ts'
import { KeyStore } from '../keys/key-store.ts'
import type { CliAnswer } from './answer.ts'
import type { NodeOptions } from './leaf.ts'
import { findPassphrase } from './passphrase.ts'
import type { World } from './world.ts'

export const CONFIG_FILE = 'node.yaml'

/** One node on this disk: its settings, and its files with absolute paths. */
export type NodeFolder = {
  readonly config: NodeConfig
  readonly folder: string
  readonly dataDirectory: string
  readonly genesisFile: string
  readonly keyFile: string
}

export type OpenedFolder = { readonly ok: true; readonly node: NodeFolder } | CommandFailure

/** Which configuration file is meant: `--config`, or node.yaml in the folder that is meant. */
export const configFileOf = (world: World, options: NodeOptions): string => {
  const { environment, directory } = world
  if (options.config !== undefined) return resolve(directory, options.config)
  const folder = options.directory ?? environment['KERMESSE_DIRECTORY'] ?? '.'
  return resolve(directory, folder, CONFIG_FILE)
}

export const openFolder = (
  world: World,
  options: NodeOptions,
  flags: readonly Setting[] = [],
): OpenedFolder => {
  const file = configFileOf(world, options)
  const loaded = loadConfig(file, world.environment, flags)
  if (!loaded.ok) return configFailure(file, loaded.problems)
  const { config, folder } = loaded
  return {
    ok: true,
    node: {
      config,
      folder,
      dataDirectory: resolve(folder, config.dataDirectory),
      genesisFile: resolve(folder, config.genesisFile),
      keyFile: resolve(folder, config.keyFile),
    },
  }
}

/** The keys of a node that is not running; a running one has them in its own hands. */
export const openKeys = async (
  world: World,
  { folder, keyFile }: NodeFolder,
): Promise<{ readonly ok: true; readonly keys: KeyStore } | CommandFailure> => {
  const found = await findPassphrase(world, folder)
  if (!found.ok) return found
  return { ok: true, keys: await KeyStore.open(keyFile, found.passphrase) }
}

/** Asks the running node of this folder. */
export const askFolder = async (
  world: World,
  options: NodeOptions,
  command: ControlCommandName,
  input: object,
): Promise<CliAnswer> => {
  const opened = openFolder(world, options)
  return opened.ok ? await askNode(opened.node.dataDirectory, command, input) : opened
}

/** Refuses while the node runs: what it holds in memory would overwrite what is changed here. */
export const requireStopped = async ({
  dataDirectory,
}: NodeFolder): Promise<CommandFailure | undefined> => {
  const answer = await askNode(dataDirectory, 'status', {})
  if (!answer.ok && answer.code === 'node_not_running') return undefined
  return failure('failed', 'node_running', 'this node is running', 'stop it first')
}

/** Everything that is wrong with a configuration, in one failure. */
export const configFailure = (file: string, problems: readonly ConfigProblem[]): CommandFailure => {
  const lines = problems.map(({ path, given, message }) =>
    given === undefined ? `${path}: ${message}` : `${path}: ${message}, not ${given}`,
  )
  const message = `the configuration ${file} cannot be used: ${lines.join('; ')}`
  const todo = `correct it, or make a node in ${dirname(file)} with: kermesse init`
  return failure('failed', 'config_invalid', message, todo)
}
