import { existsSync } from 'node:fs'
import { loadGenesis } from '#config/genesis-file.ts'
import type { CliAnswer } from './answer.ts'
import { type NodeOptions, type Nouns, nodeLeaf } from './leaf.ts'
import { configFailure, configFileOf, openFolder } from './node-folder.ts'
import type { World } from './world.ts'

export const addConfig: Nouns = (program, { act, world }) => {
  const noun = program.command('config').description('settings')
  const check = nodeLeaf(noun, 'check', 'judge the settings of a node, and show those in force')
  check.action(() => act(async () => checkConfig(world, check.opts<NodeOptions>())))
}

const checkConfig = (world: World, options: NodeOptions): CliAnswer => {
  const opened = openFolder(world, options)
  if (!opened.ok) return opened
  const { config, genesisFile } = opened.node
  const file = configFileOf(world, options)
  if (!existsSync(genesisFile)) {
    // Right for a venue that has not joined yet.
    return { ok: true, result: { file, config } }
  }
  const genesis = loadGenesis(genesisFile)
  if (!genesis.ok) return configFailure(file, genesis.problems)
  return { ok: true, result: { file, genesis: genesis.networkId, config } }
}
