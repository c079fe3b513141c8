import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { NodeConfig } from '#config/node-config.ts'
import { sha256 } from '#digest'
import { KeyStore } from '#node/keys/key-store.ts'
import { type RunningNode, runNode } from '#node/node.ts'
import { utf8 } from '#protocol/bytes.ts'
import { genesisBytes } from '#protocol/genesis.ts'
import { genesisOf } from '../../support/ledger-builders.ts'

export const PASSPHRASE = 'five words are a passphrase'

/** What a test leaves behind, undone in reverse by `cleanUp`. */
export const cleanups: (() => Promise<unknown>)[] = []
export const cleanUp = async (): Promise<void> => {
  for (const clean of cleanups.splice(0).reverse()) await clean()
}

/** The folder of the one authority of a network. */
export const soloFolder = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'kermesse-solo-'))
  cleanups.push(() => rm(folder, { recursive: true, force: true }))
  await writeFile(join(folder, 'genesis.json'), genesisBytes(genesisOf()))
  const keys = await KeyStore.create(join(folder, 'keys.json'), PASSPHRASE)
  await keys.put({
    network: sha256(utf8('node authority')),
    consensus: sha256(utf8('actor consensus')),
    operator: sha256(utf8('actor operator')),
  })
  return folder
}

export const run = async (folder: string, apiPort = 0): Promise<RunningNode> => {
  const config = NodeConfig.parse({ role: 'authority', api: { port: apiPort }, log: 'silent' })
  const node = await runNode({ config, folder, passphrase: PASSPHRASE })
  cleanups.push(() => node.stop())
  return node
}
