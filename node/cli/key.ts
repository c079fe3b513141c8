import { randomBytes } from 'node:crypto'
import { SEED_BYTES } from '#protocol/signature.ts'
import { failure } from '../control/command.ts'
import { keyOfSeed } from '../keys/key-of-seed.ts'
import type { CliAnswer } from './answer.ts'
import { type NodeOptions, type Nouns, nodeLeaf } from './leaf.ts'
import { openFolder, openKeys, requireStopped } from './node-folder.ts'
import type { World } from './world.ts'

/** Secrets that a node may be given after its init. */
const GENERATED = ['gateway', 'tag-key'] as const

export const addKey: Nouns = (program, { act, world }) => {
  const noun = program.command('key').description('the secrets of a node; they are never shown')
  const list = nodeLeaf(noun, 'list', 'name each secret, with its public key')
  list.action(() => act(async () => await listKeys(world, list.opts<NodeOptions>())))
  const generate = nodeLeaf(noun, 'generate <name>', `make one more: ${GENERATED.join(' or ')}`)
  generate.action((name: string) =>
    act(async () => await generateKey(world, name, generate.opts<NodeOptions>())),
  )
}

const listKeys = async (world: World, options: NodeOptions): Promise<CliAnswer> => {
  const opened = openFolder(world, options)
  if (!opened.ok) return opened
  const unlocked = await openKeys(world, opened.node)
  if (!unlocked.ok) return unlocked
  const { keys } = unlocked
  return {
    ok: true,
    result: { keys: keys.names().map((name) => publicOf(name, keys.get(name))) },
  }
}

const generateKey = async (
  world: World,
  name: string,
  options: NodeOptions,
): Promise<CliAnswer> => {
  if (!GENERATED.some((each) => each === name)) {
    const todo = `choose one of: ${GENERATED.join(', ')}`
    return failure('usage', 'key_name_unknown', `no secret is called ${name}`, todo)
  }
  const opened = openFolder(world, options)
  if (!opened.ok) return opened
  const running = await requireStopped(opened.node)
  if (running !== undefined) return running
  const unlocked = await openKeys(world, opened.node)
  if (!unlocked.ok) return unlocked
  const { keys } = unlocked
  if (keys.get(name) !== undefined) {
    return failure('failed', 'key_exists', `this node has its ${name} already`, 'keep it')
  }
  const seed = new Uint8Array(randomBytes(SEED_BYTES))
  await keys.put({ [name]: seed })
  return { ok: true, result: publicOf(name, seed) }
}

/** A symmetric secret has no public side. */
const publicOf = (name: string, seed: Uint8Array | undefined) => ({
  name,
  ...(seed !== undefined && name !== 'tag-key' && { key: keyOfSeed(seed) }),
})
