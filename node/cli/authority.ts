import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { z } from 'zod'
import { NetworkId } from '#protocol/id.ts'
import { AuthorityMember, ReadyStatement } from '#protocol/transaction/kinds/authority.ts'
import { ChangeFile } from '../control/change-file.ts'
import { type CommandFailure, failure } from '../control/command.ts'
import { newPaymentId } from '../control/settle.ts'
import { writeDurably } from '../keys/durable-file.ts'
import type { CliAnswer } from './answer.ts'
import { readAuthorityCard } from './authority-card.ts'
import { type NodeOptions, type Nouns, nodeLeaf } from './leaf.ts'
import { askFolder } from './node-folder.ts'
import { collected, wholeNumber } from './option-values.ts'
import type { World } from './world.ts'

type ProposeOptions = NodeOptions & {
  readonly add?: readonly string[]
  readonly remove?: readonly string[]
  readonly rules?: number
  readonly hours: number
  readonly out: string
}

const HOUR_MS = 3_600_000
/** Longest that a change may wait for its signatures: the validity of an operator's transactions. */
const HOURS_MAX = 160
const FILE_BYTES_MAX = 131_072

export const addAuthority: Nouns = (program, { act, world }) => {
  const noun = program.command('authority').description('who votes on blocks, and how that changes')
  const show = nodeLeaf(noun, 'show', 'the authorities as of the newest final block')
  show.action(() =>
    act(async () => await askFolder(world, show.opts<NodeOptions>(), 'authority.show', {})),
  )
  const propose = nodeLeaf(noun, 'propose', 'write down a change, for others to sign')
    .option('--add <file>', 'authority.json of one that joins (repeatable)', collected)
    .option('--remove <key>', 'consensus key of one that leaves (repeatable)', collected)
    .option('--rules <version>', 'rules to follow from then on', wholeNumber(1, 65_535))
    .option('--hours <number>', 'how long it may be signed', wholeNumber(1, HOURS_MAX), 24)
    .requiredOption('--out <file>', 'file to write')
  propose.action(() => act(async () => await proposeChange(world, propose.opts<ProposeOptions>())))
  const sign = nodeLeaf(noun, 'sign <file>', 'add what this node says to a change')
  sign.action((file: string) =>
    act(async () => await addSignatures(world, file, sign.opts<NodeOptions>())),
  )
  const submit = nodeLeaf(
    noun,
    'submit <files...>',
    'at an authority: bring a signed change before the others',
  )
  submit.action((files: readonly string[]) =>
    act(async () => await submitFiles(world, files, submit.opts<NodeOptions>())),
  )
}

/** What `authority.show` says of it. */
const Present = z.object({
  network: NetworkId,
  epoch: z.int(),
  members: z.array(AuthorityMember),
})

const proposeChange = async (world: World, options: ProposeOptions): Promise<CliAnswer> => {
  const answer = await askFolder(world, options, 'authority.show', {})
  if (!answer.ok) return answer
  const { network, epoch, members } = Present.parse(answer.result)
  const added: AuthorityMember[] = []
  for (const file of options.add ?? []) {
    const read = readAuthorityCard(resolve(world.directory, file))
    if (!read.ok) return read
    const { consensusKey, operatorKey, peerId, addresses } = read.card
    added.push({ consensusKey, operatorKey, peerId, addresses })
  }
  const removed = new Set<string>(options.remove)
  const unknown = [...removed].find((key) => !members.some((each) => each.consensusKey === key))
  if (unknown !== undefined) {
    const todo = 'see: kermesse authority show'
    return failure('usage', 'authority_unknown', `${unknown} is no authority`, todo)
  }
  const kept = members.filter(({ consensusKey }) => !removed.has(consensusKey))
  const change = ChangeFile.safeParse({
    network,
    id: newPaymentId(),
    exp: Math.floor((Date.now() + options.hours * HOUR_MS) / 1_000),
    epoch: epoch + 1,
    members: [...kept, ...added],
    ...(options.rules !== undefined && { version: options.rules }),
    ready: [],
    consents: [],
  })
  if (!change.success) {
    const message = change.error.issues[0]?.message ?? 'not valid'
    return failure('usage', 'change_invalid', message, 'correct --add and --remove')
  }
  const file = resolve(world.directory, options.out)
  await writeChange(file, change.data)
  const expires = new Date(change.data.exp * 1_000).toISOString()
  return {
    ok: true,
    result: { file, epoch: epoch + 1, authorities: change.data.members.length, expires },
    text: [
      `Wrote ${file}: epoch ${epoch + 1} with ${change.data.members.length} authorities.`,
      `Next, at a quorum of authorities and at each one that joins: kermesse authority sign ${file}`,
    ],
  }
}

const Said = z.object({ consent: z.string().optional(), ready: ReadyStatement.optional() })

const addSignatures = async (
  world: World,
  name: string,
  options: NodeOptions,
): Promise<CliAnswer> => {
  const file = resolve(world.directory, name)
  const read = await readChange(file)
  if (!read.ok) return read
  const answer = await askFolder(world, options, 'authority.sign', { change: read.change })
  if (!answer.ok) return answer
  const { consent, ready } = Said.parse(answer.result)
  const change = merged([
    read.change,
    {
      ...read.change,
      consents: consent === undefined ? [] : [consent],
      ready: ready === undefined ? [] : [ready],
    },
  ])
  await writeChange(file, change)
  return {
    ok: true,
    result: {
      file,
      consented: consent !== undefined,
      ready: ready !== undefined,
      consents: change.consents.length,
      readies: change.ready.length,
    },
  }
}

const submitFiles = async (
  world: World,
  names: readonly string[],
  options: NodeOptions,
): Promise<CliAnswer> => {
  const changes: ChangeFile[] = []
  for (const name of names) {
    const read = await readChange(resolve(world.directory, name))
    if (!read.ok) return read
    changes.push(read.change)
  }
  const [first] = changes
  if (first === undefined || changes.some((other) => termsIn(other) !== termsIn(first))) {
    const todo = 'name copies of one file that authority propose wrote'
    return failure('usage', 'changes_differ', 'these files are not of one change', todo)
  }
  return await askFolder(world, options, 'authority.submit', { change: merged(changes) })
}

/** The signatures of several copies of one change, each once. */
const merged = (copies: readonly ChangeFile[]): ChangeFile => {
  const [first, ...others] = copies
  if (first === undefined) throw new Error('no copy of a change')
  const ready = new Map(copies.flatMap((copy) => copy.ready.map((one) => [one.consensusKey, one])))
  const consents = new Set(copies.flatMap((copy) => copy.consents))
  return others.length === 0
    ? first
    : { ...first, ready: [...ready.values()], consents: [...consents] }
}

const termsIn = ({ ready: _, consents: __, ...terms }: ChangeFile): string => JSON.stringify(terms)

const readChange = async (
  file: string,
): Promise<{ readonly ok: true; readonly change: ChangeFile } | CommandFailure> => {
  const bytes = await readFile(file)
  const parsed = ChangeFile.safeParse(bytes.length > FILE_BYTES_MAX ? undefined : jsonOf(bytes))
  if (parsed.success) return { ok: true, change: parsed.data }
  const todo = 'name a file that authority propose wrote'
  return failure('usage', 'change_invalid', `${file} is no change of authorities`, todo)
}

const jsonOf = (bytes: Uint8Array): unknown => {
  try {
    return JSON.parse(new TextDecoder().decode(bytes))
  } catch {
    // The schema answers for what is no change, JSON or not.
    return undefined
  }
}

const writeChange = (file: string, change: ChangeFile): Promise<void> =>
  writeDurably(file, `${JSON.stringify(change, null, 2)}\n`)
