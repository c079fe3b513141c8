import { join } from 'node:path'
import { usageOf } from '../machine/process-usage.ts'
import { VENUE } from './cast.ts'
import type { GrownFolder } from './grown-folder.ts'
import { copyNode, startNode } from './scratch.ts'

/** How long a start took, from that of the process to ready, and the bytes of memory that the node then held. */
export type Start = { readonly seconds: number; readonly resident: number }

/** One venue of a grown ledger starts so many times, each time after SIGKILL. */
export const measureStarts = async (
  folder: GrownFolder,
  scratch: string,
  { times, onStart }: { readonly times: number; readonly onStart: (start: number) => void },
): Promise<readonly Start[]> => {
  const node = await copyNode(folder, join(scratch, 'whole'), { name: VENUE, isNew: false })
  const starts: Start[] = []
  for (let start = 1; start <= times; start++) {
    onStart(start)
    starts.push(await startOnce(node))
  }
  return starts
}

/** The same of a venue with no block but genesis, which nobody is there to bring the ledger to. */
export const measureEmptyStart = async (folder: GrownFolder, scratch: string): Promise<Start> =>
  await startOnce(await copyNode(folder, join(scratch, 'empty'), { name: VENUE, isNew: true }))

const startOnce = async (node: string): Promise<Start> => {
  const startMs = performance.now()
  const venue = await startNode(VENUE, node)
  const seconds = (performance.now() - startMs) / 1_000
  const { resident } = usageOf(venue.pid)
  await venue.kill()
  return { seconds, resident }
}
