import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { genesisBytes } from '#protocol/genesis.ts'
import { peerIdOfKeyBytes } from '#protocol/transaction/kinds/peer-id.ts'
import { PublicName } from '#protocol/transaction/kinds/public-name.ts'
import { publicKeyOf } from '#signature'
import { type CommandFailure, failure } from '../control/command.ts'
import { newPaymentId } from '../control/settle.ts'
import { decodeInvitation, type InvitationContent } from '../join/invitation.ts'
import { JoinAttempt, type Joined, joinPlace } from '../join/join-place.ts'
import { writeDurably } from '../keys/durable-file.ts'
import type { KeyStore } from '../keys/key-store.ts'
import type { CliAnswer } from './answer.ts'
import { type NodeOptions, type Nouns, nodeLeaf } from './leaf.ts'
import { askFolder, type NodeFolder, openFolder, openKeys } from './node-folder.ts'
import { wholeNumber } from './option-values.ts'
import type { World } from './world.ts'

type InviteOptions = NodeOptions & { readonly hours?: number }
type Repeated = NodeOptions & { readonly id?: string }
type JoinOptions = NodeOptions & { readonly name: string }

const REPEATED = ['--id <uuid>', 'payment id (UUIDv7): a repeated command acts once'] as const
const HOUR_MS = 3_600_000
const ATTEMPT_FILE = 'join.json'
const ATTEMPT_BYTES_MAX = 4_096

export const addPlace: Nouns = (program, { act, world }) => {
  const noun = program.command('place').description('venues on the ledger')
  const invite = nodeLeaf(noun, 'invite', 'at an authority: let one venue join').option(
    '--hours <number>',
    'how long the invitation is good',
    wholeNumber(1, 720),
  )
  invite.action(() =>
    act(async () => {
      const { hours, ...options } = invite.opts<InviteOptions>()
      const input = hours === undefined ? {} : { lifeMs: hours * HOUR_MS }
      return await askFolder(world, options, 'place.invite', input)
    }),
  )
  const enter = nodeLeaf(
    noun,
    'join <invitation>',
    'at a venue: join with an invitation',
  ).requiredOption('--name <name>', 'public name of the venue')
  enter.action((invitation: string) =>
    act(async () => await joinNetwork(world, invitation, enter.opts<JoinOptions>())),
  )
  const leave = nodeLeaf(noun, 'leave <place>', 'at a venue: no new business, for ever')
  leave.option(...REPEATED).action((place: string) =>
    act(async () => {
      const { id, ...node } = leave.opts<Repeated>()
      return await askFolder(world, node, 'place.leave', { place, id })
    }),
  )
  const suspend = nodeLeaf(noun, 'suspend <place>', 'at its home authority: stop a venue')
    .option('--end', 'end the suspension')
    .option(...REPEATED)
  suspend.action((place: string) =>
    act(async () => {
      const { end = false, id, ...node } = suspend.opts<Repeated & { readonly end?: boolean }>()
      return await askFolder(world, node, 'place.suspend', { place, suspended: !end, id })
    }),
  )
  const show = nodeLeaf(noun, 'show', 'the venue of this node')
  show.action(() =>
    act(async () => await askFolder(world, show.opts<NodeOptions>(), 'place.show', {})),
  )
}

const joinNetwork = async (
  world: World,
  text: string,
  options: JoinOptions,
): Promise<CliAnswer> => {
  const invitation = decodeInvitation(text)
  if (invitation === undefined) {
    const todo = 'copy it whole, from kermesse1 to its end; or ask the authority for a new one'
    return failure('usage', 'invitation_malformed', 'this is not a whole invitation', todo)
  }
  if (!PublicName.safeParse(options.name).success) {
    const todo = 'choose 1 to 60 printable characters'
    return failure('usage', 'name_invalid', 'a venue cannot be called that', todo)
  }
  const prepared = await prepare(world, options)
  if (!prepared.ok) return prepared
  const { node, keys, placeSeed, peerId } = prepared
  const attemptFile = join(node.folder, ATTEMPT_FILE)
  const answer = await joinPlace(
    { invitation, name: options.name, placeSeed, peerId },
    {
      ask: (request) => askAuthority(invitation, request),
      attempt: await readAttempt(attemptFile),
      saveAttempt: (attempt) => writeDurably(attemptFile, `${JSON.stringify(attempt)}\n`),
      newPaymentId,
      wallMs: () => Date.now(),
      pause: (ms) => pause(ms),
    },
  )
  if (!answer.ok) {
    if (answer.isOver) await writeDurably(attemptFile, '')
    const kind = answer.code === 'pending' ? 'not_ready' : 'remote'
    return failure(kind, answer.code, answer.detail, JOIN_TODO)
  }
  return await keep(answer, node, keys)
}

const JOIN_TODO =
  'run the same command again; if that does not help, ask the authority for a new invitation'

type Prepared = {
  readonly ok: true
  readonly node: NodeFolder
  readonly keys: KeyStore
  readonly placeSeed: Uint8Array
  readonly peerId: string
}

const prepare = async (world: World, options: NodeOptions): Promise<Prepared | CommandFailure> => {
  const opened = openFolder(world, options)
  if (!opened.ok) return opened
  const { node } = opened
  if (existsSync(node.genesisFile)) {
    const todo = 'start it: kermesse node run; another network needs another folder'
    return failure('failed', 'already_joined', `${node.folder} is of a network already`, todo)
  }
  const unlocked = await openKeys(world, node)
  if (!unlocked.ok) return unlocked
  const { keys } = unlocked
  const [placeSeed, network] = [keys.get('place'), keys.get('network')]
  if (placeSeed === undefined || network === undefined) {
    const todo = 'make the folder with: kermesse init --role venue'
    return failure('failed', 'place_key_missing', 'this node has no place key', todo)
  }
  return { ok: true, node, keys, placeSeed, peerId: peerIdOfKeyBytes(publicKeyOf(network)) }
}

/** Tries each address of the invitation; throws what the last one failed with. */
const askAuthority = async (invitation: InvitationContent, request: string): Promise<string> => {
  const { requestJoin } = await import('../network/join-protocol.ts')
  const { networkId: network, peerId, secret, addresses } = invitation
  let last: unknown
  for (const each of addresses) {
    try {
      return await requestJoin({ network, address: `${each}/p2p/${peerId}`, secret, request })
    } catch (error) {
      last = error
    }
  }
  throw last
}

/** Genesis last: a folder with it has joined. */
const keep = async (
  { genesis, place, height, tagKey }: Joined,
  node: NodeFolder,
  keys: KeyStore,
): Promise<CliAnswer> => {
  if (tagKey !== undefined) await keys.put({ 'tag-key': tagKey })
  await writeDurably(node.genesisFile, `${new TextDecoder().decode(genesisBytes(genesis))}\n`)
  return {
    ok: true,
    result: { place, height, network: genesis.name, directory: node.folder },
    text: [
      `Joined ${genesis.name} as ${place}, final in block ${height}.`,
      `Next: kermesse node run --directory ${node.folder}`,
    ],
  }
}

const readAttempt = async (file: string): Promise<JoinAttempt | undefined> => {
  try {
    const bytes = await readFile(file)
    if (bytes.length > ATTEMPT_BYTES_MAX) return undefined
    return JoinAttempt.safeParse(JSON.parse(bytes.toString('utf8'))).data
  } catch {
    // None, or a broken one: a new attempt is as good.
    return undefined
  }
}
