import type { Command } from 'commander'
import { failure } from '../control/command.ts'
import { acknowledgeHalt, readHalt } from '../start/halt-record.ts'
import type { CliAnswer } from './answer.ts'
import { type NodeOptions, nodeLeaf, type Tools } from './leaf.ts'
import { openFolder, requireStopped } from './node-folder.ts'
import type { World } from './world.ts'

type HaltOptions = NodeOptions & { readonly acknowledge?: string }

/** `ledger halt`: why a node takes no part, and the operator's word that it may again. */
export const addHalt = (noun: Command, { act, world }: Tools): void => {
  const halt = nodeLeaf(
    noun,
    'halt',
    'what a node found about the chain that it must not go on from',
  )
  halt.option('--acknowledge <code>', 'take part again from the next start; the record is kept')
  halt.action(() => act(async () => await showHalt(world, halt.opts<HaltOptions>())))
}

const showHalt = async (world: World, options: HaltOptions): Promise<CliAnswer> => {
  const opened = openFolder(world, options)
  if (!opened.ok) return opened
  const { dataDirectory } = opened.node
  const halt = await readHalt(dataDirectory)
  if (options.acknowledge === undefined) return { ok: true, result: resultOf(halt) }
  const running = await requireStopped(opened.node)
  if (running !== undefined) return running
  if (halt?.code !== options.acknowledge) {
    const message = `the node did not halt by ${options.acknowledge}`
    return failure('failed', 'halt_unknown', message, 'see kermesse ledger halt')
  }
  const kept = await acknowledgeHalt(dataDirectory, Date.now())
  return { ok: true, result: { acknowledged: halt.code, kept } }
}

const resultOf = (halt: Awaited<ReturnType<typeof readHalt>>) =>
  halt === undefined
    ? { halted: false }
    : {
        halted: true,
        code: halt.code,
        at: halt.atMs === null ? null : new Date(halt.atMs).toISOString(),
        detail: halt.detail,
      }
