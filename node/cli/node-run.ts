import { Option } from 'commander'
import type { Setting } from '#config/load-config.ts'
import { failure } from '../control/command.ts'
import type { RunningNode } from '../node.ts'
import { StartError } from '../start/start-error.ts'
import type { CliAnswer } from './answer.ts'
import { type NodeOptions, type Nouns, nodeLeaf } from './leaf.ts'
import { openFolder } from './node-folder.ts'
import { wholeNumber } from './option-values.ts'
import { findPassphrase } from './passphrase.ts'
import { linesOf } from './render.ts'
import { snapshotBar } from './snapshot-bar.ts'
import type { World } from './world.ts'

type RunOptions = NodeOptions & {
  readonly json?: boolean
  readonly apiPort?: number
  readonly log?: string
  readonly exitWithParent?: boolean
}

export const addNode: Nouns = (program, { act, world }) => {
  const noun = program.command('node').description('the node itself')
  const run = nodeLeaf(noun, 'run', 'run the node until it is asked to stop')
    .option('--api-port <number>', 'instead of the one in the settings', wholeNumber(0, 65_535))
    .addOption(new Option('--log <level>').choices(['debug', 'info', 'warn', 'error', 'silent']))
    .addOption(new Option('--exit-with-parent', 'stop when standard input ends').hideHelp())
  run.action(() => act(async () => await runHere(world, run.opts<RunOptions>())))
}

/** The ready line comes first, the answer when the node has stopped. */
const runHere = async (world: World, options: RunOptions): Promise<CliAnswer> => {
  const opened = openFolder(world, options, flagsOf(options))
  if (!opened.ok) return opened
  const { config, folder } = opened.node
  const found = await findPassphrase(world, folder)
  if (!found.ok) return found
  // Asked to stop while it starts, it stops right after.
  const stopped = world.untilStopped({ withParent: options.exitWithParent === true })
  const { runNode } = await import('../node.ts')
  const early = new AbortController()
  stopped.then(
    () => early.abort(),
    () => undefined,
  )
  const bar = snapshotBar(world)
  const node = await runNode({
    ...{ config, folder, passphrase: found.passphrase },
    signal: early.signal,
    onProgress: bar.onProgress,
  }).catch((cause: unknown) => {
    if (early.signal.aborted && cause instanceof StartError && cause.code === 'stopped')
      return undefined
    throw cause
  })
  bar.end()
  if (node === undefined) return STOPPED
  announce(world, node, options)
  await Promise.race([node.failed, stopped])
  await node.stop()
  // Also what failed while it stopped.
  const reason = await Promise.race([node.failed, undefined])
  if (reason === undefined) return STOPPED
  const todo = 'see the log above it; start the node again once the cause is gone'
  return failure('failed', reason.code, `the node could not go on: ${reason.detail}`, todo)
}

const STOPPED: CliAnswer = { ok: true, result: { stopped: true }, text: ['Stopped.'] }

const announce = (world: World, node: RunningNode, { json }: RunOptions): void => {
  const { apiUrl, controlPath, addresses } = node
  const ready = { ready: true, apiUrl, controlPath, addresses }
  if (json === true) world.print(JSON.stringify(ready))
  else for (const line of linesOf(ready)) world.print(line)
}

const flagsOf = ({ apiPort, log }: RunOptions): readonly Setting[] => [
  ...(apiPort === undefined ? [] : [{ path: ['api', 'port'], value: apiPort }]),
  ...(log === undefined ? [] : [{ path: ['log'], value: log }]),
]
