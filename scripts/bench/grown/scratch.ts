import { appendFile, cp, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { ChildNode } from '../../federation/child-node.ts'
import { freePorts } from '../../federation/ports.ts'
import { copyData } from './copy-data.ts'
import { dataOf, type GrownFolder } from './grown-folder.ts'

/** A large ledger on a busy machine. */
const READY_WAIT_MS = 600_000
const FOLDER_FILES = ['development-passphrase', 'genesis.json', 'keys.json', 'node.yaml']

/**
 * A copy of one node of a grown federation, so that a run leaves the ledger as it was. `isNew`: without
 * its data, as a node that has just joined.
 */
export const copyNode = async (
  { directory }: GrownFolder,
  to: string,
  { name, isNew }: { readonly name: string; readonly isNew: boolean },
): Promise<string> => {
  const folder = join(to, name)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  for (const file of FOLDER_FILES) await cp(join(directory, name, file), join(folder, file))
  if (!isNew) await copyData(dataOf(directory, name), dataOf(to, name))
  return folder
}

/** Adds a line to the settings of a node. */
export const setOption = async (folder: string, line: string): Promise<void> =>
  await appendFile(join(folder, 'node.yaml'), `${line}\n`)

export type StartOptions = {
  readonly environment?: Readonly<Record<string, string>>
  /** The level of its log; `warn` unless said. */
  readonly log?: string
  /** Kills it in the midst of its start. */
  readonly signal?: AbortSignal
}

/** Starts a node of such a folder; it ends when this process does. */
export const startNode = async (
  name: string,
  folder: string,
  { environment = {}, log = 'warn', signal }: StartOptions = {},
): Promise<ChildNode> => {
  const [apiPort = 0] = await freePorts(1)
  const onLost = (reason: string): void => {
    throw new Error(reason)
  }
  const options = { name, directory: folder, apiPort, log, environment, onLost }
  return await ChildNode.start({ ...options, readyWaitMs: READY_WAIT_MS }, signal)
}
