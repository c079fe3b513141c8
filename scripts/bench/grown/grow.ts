import { rm } from 'node:fs/promises'
import { beginGrown } from './begin-grown.ts'
import { FIRST_AUTHORITY, VENUE } from './cast.ts'
import { copyData } from './copy-data.ts'
import { growChain } from './grow-chain.ts'
import { dataOf, type GrownFolder, openGrown, saveGrown } from './grown-folder.ts'
import { type GrownSizes, heightOf } from './sizes.ts'

/** Heights of a ledger that is being made, once a while. */
export type OnProgress = (done: number, of: number) => void

/**
 * A federation of four authorities and one venue whose ledger has grown to these sizes: what is in the
 * folder is taken, or gone on with, or begun. Every node has the whole chain; `startFederation` of the
 * same folder starts them. Throws where the folder holds another ledger.
 */
export const grow = async (
  directory: string,
  sizes: GrownSizes,
  onProgress: OnProgress = () => undefined,
): Promise<GrownFolder> => {
  const folder = (await openGrown(directory)) ?? (await beginGrown(directory, sizes))
  if (JSON.stringify(folder.file.sizes) !== JSON.stringify(sizes)) {
    throw new Error(`${directory} holds a ledger of ${JSON.stringify(folder.file.sizes)}`)
  }
  if (folder.file.isWhole) return folder
  await growChain(folder, (height) => onProgress(height, heightOf(sizes)))
  await giveToAll(folder)
  const file = { ...folder.file, isWhole: true }
  await saveGrown(directory, file)
  return { ...folder, file }
}

const giveToAll = async ({ directory, genesis }: GrownFolder): Promise<void> => {
  const others = genesis.authorities.flatMap(({ name = FIRST_AUTHORITY }) => name)
  for (const name of [...others, VENUE]) {
    if (name === FIRST_AUTHORITY) continue
    await rm(dataOf(directory, name), { recursive: true, force: true })
    await copyData(dataOf(directory, FIRST_AUTHORITY), dataOf(directory, name))
  }
}
