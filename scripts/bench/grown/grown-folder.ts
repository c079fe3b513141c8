import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { loadGenesis } from '#config/genesis-file.ts'
import { writeDurably } from '#node/keys/durable-file.ts'
import type { Genesis } from '#protocol/genesis.ts'
import { FederationError } from '../../federation/federation-error.ts'
import { signedMsOf } from './block-content.ts'
import { castOf, type GrownCast } from './cast.ts'
import { FIRST_BLOCKS, GrownSizes, heightOf } from './sizes.ts'

const GROWN_FILE = 'grown.json'

/** What a folder says beside what any local federation says in federation.json. */
const GrownFile = z.strictObject({
  format: z.literal('kermesse-grown-ledger/1'),
  sizes: GrownSizes,
  /** Block time of the newest block. */
  endMs: z.int(),
  /** Every node has all blocks. */
  isWhole: z.boolean(),
})
export type GrownFile = z.infer<typeof GrownFile>

/** A federation with a grown ledger: what its folder holds, and who acts in it. */
export type GrownFolder = {
  readonly directory: string
  readonly file: GrownFile
  readonly genesis: Genesis
  readonly cast: GrownCast
}

/** The data directory of a node of the federation. */
export const dataOf = (directory: string, node: string): string => join(directory, node, 'data')

/** Block time at a height: from genesis to the end in equal steps. */
export const timeAt = (
  { startTimeMs }: Genesis,
  { endMs, sizes }: GrownFile,
  height: number,
): number => startTimeMs + Math.floor(((endMs - startTimeMs) / heightOf(sizes)) * height)

/** What is in a folder, finished or not; undefined where none was begun. */
export const openGrown = async (directory: string): Promise<GrownFolder | undefined> => {
  const text = await readFile(join(directory, GROWN_FILE), 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  const file = GrownFile.safeParse(JSON.parse(text)).data
  const loaded = loadGenesis(join(directory, 'genesis.json'))
  if (file === undefined || !loaded.ok) {
    throw new FederationError(`${directory} is no grown ledger of this version: delete it`)
  }
  const { genesis } = loaded
  const furnishedMs = signedMsOf(timeAt(genesis, file, FIRST_BLOCKS))
  return { directory, file, genesis, cast: castOf(genesis, file.sizes, furnishedMs) }
}

export const saveGrown = async (directory: string, file: GrownFile): Promise<void> =>
  await writeDurably(join(directory, GROWN_FILE), `${JSON.stringify(file, null, 2)}\n`)
