import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { SubmissionAnswer } from '#api/ports/outcome.ts'
import { sha256 } from '#digest'
import type { ApiKeyOrder, NodeOperations, SubmitOrder } from '#node/control/operations.ts'
import { newPaymentId } from '#node/control/settle.ts'
import { InvitationStore } from '#node/join/invitation-store.ts'
import { signerOfSeed } from '#node/keys/key-of-seed.ts'
import { PairingStore } from '#node/pairing/pairing-store.ts'
import { utf8 } from '#protocol/bytes.ts'
import { networkIdOf } from '#protocol/genesis.ts'
import { hashOf } from '#protocol/hash.ts'
import type { VerifiedTransaction } from '#protocol/transaction/envelope.ts'
import { type DoorCode, RefusalCode } from '#protocol/transaction/outcome.ts'
import { parseTransaction } from '#protocol/transaction/parse.ts'
import { signTransaction } from '#protocol/transaction/sign.ts'
import { verifyTransaction } from '#protocol/transaction/verify.ts'
import { verifySignature } from '#signature'
import { peerId } from './actors.ts'
import type { World } from './ledger-builders.ts'

/** The seed from which `actor(name)` grows, as a node's key store holds it. */
export const seedOf = (name: string): Uint8Array => sha256(utf8(`actor ${name}`))

/** A node that talks to itself: a real ledger where each submission is a block of its own. */
export type TestNode = NodeOperations & {
  readonly folder: string
  /** Answers that say what every next submission comes to, before it would be executed. */
  readonly interrupt: (answer: SubmissionAnswer | undefined) => void
}

/** A node over this world with these secrets; its name is that of its peer id. */
export const createTestNode = async (
  world: World,
  options: {
    readonly role: NodeOperations['role']
    readonly name: string
    readonly secrets: Readonly<Record<string, Uint8Array>>
  },
): Promise<TestNode> => {
  const folder = await mkdtemp(join(tmpdir(), 'kermesse-test-node-'))
  onTestFinished(async () => await rm(folder, { recursive: true }))
  // Commands make ids of this moment.
  world.advance(Date.now() - world.nowMs())
  const networkId = networkIdOf(world.genesis)
  const secrets = new Map(Object.entries(options.secrets))
  const apiKeys: ApiKeyOrder[] = []
  const revoked = new Set<string>()
  let interruption: SubmissionAnswer | undefined
  const { state } = world.ledger
  return {
    folder,
    interrupt: (answer) => {
      interruption = answer
    },
    role: options.role,
    networkId,
    genesis: world.genesis,
    ends: () => [],
    head: () => ({ height: world.height(), timeMs: world.nowMs() }),
    view: () => state,
    records: (family) => [...state.entries(family)].map(({ record }) => record),
    submit: async (order) => interruption ?? submitOnce(world, secrets, order),
    secrets: {
      get: (name) => secrets.get(name),
      keep: async (name, secret) => {
        const kept = secrets.get(name) ?? secret
        secrets.set(name, kept)
        return kept
      },
    },
    leases: {
      capture: async ({ hold }) =>
        state.get('hold', hold) === undefined
          ? { kind: 'refused', code: 'hold_unknown' }
          : { kind: 'accepted', replayed: false },
      figures: () => ({ open: 0, left: 0, waiting: 0, lost: 0 }),
      losses: () => [],
      close: () => undefined,
      reopen: () => undefined,
      isClosed: () => false,
    },
    apiKeys: {
      create: async (order) => {
        apiKeys.push(order)
        return { keyId: `key-${apiKeys.length}`, token: `krm_live_${apiKeys.length}` }
      },
      hasRoom: () => true,
      revoke: async (keyId) => {
        const known = apiKeys.some((_, index) => keyId === `key-${index + 1}`)
        if (known) revoked.add(keyId)
        return known ? 'revoked' : 'unknown'
      },
      list: () =>
        apiKeys.map(({ place, grant, till }, index) => ({
          keyId: `key-${index + 1}`,
          place,
          createdMs: world.nowMs(),
          grant,
          till,
          revoked: revoked.has(`key-${index + 1}`),
        })),
    },
    invitations: await InvitationStore.open({
      file: join(folder, 'invitations.json'),
      networkId,
      wallMs: () => world.nowMs(),
      onChange: () => undefined,
    }),
    pairings: await PairingStore.open({
      file: join(folder, 'pairings.json'),
      wallMs: () => world.nowMs(),
      newId: newPaymentId,
    }),
    health: () => ({
      started: true,
      mode: 'online',
      height: world.height(),
      lagMs: 0,
      lagBlocks: 0,
      peers: 0,
      clockOffsetMs: null,
      conservation: 'ok',
      haltedBy: null,
      warnings: [],
    }),
    metrics: async () => '# HELP kermesse_peers Linked peers\nkermesse_peers 0\n',
    links: () => [],
    turnedAway: () => ({ strangers: 2, banned: 0, streams: 0, gossip: 0, faults: 0, bans: 0 }),
    addresses: () => ({
      peerId: peerId(options.name),
      listen: [],
      apiUrl: 'https://10.1.2.3:4100',
    }),
    clock: { wallMs: () => world.nowMs() },
  }
}

/** The same id with the same content is told its first outcome again; with other content, no. */
const submitOnce = (
  world: World,
  secrets: ReadonlyMap<string, Uint8Array>,
  order: SubmitOrder,
): SubmissionAnswer => {
  const known = outcomes.get(world) ?? new Map<string, Known>()
  outcomes.set(world, known)
  const hash = hashOf(utf8(JSON.stringify([order.body, order.consents ?? []])))
  const before = known.get(order.id)
  if (before !== undefined && before.hash !== hash) {
    return { kind: 'turned_away', code: 'id_reused' }
  }
  if (before !== undefined) return before.answer
  const transaction = signed(world, secrets, order)
  if (typeof transaction === 'string') return { kind: 'turned_away', code: transaction }
  const answer = execute(world, transaction)
  known.set(order.id, { hash, answer })
  return answer
}

type Known = { readonly hash: string; readonly answer: SubmissionAnswer }
const outcomes = new WeakMap<World, Map<string, Known>>()

const signed = (
  world: World,
  secrets: ReadonlyMap<string, Uint8Array>,
  { id, as, body, consents = [], expMs = world.nowMs() + 60_000 }: SubmitOrder,
): VerifiedTransaction | DoorCode => {
  const seed = secrets.get(as)
  if (seed === undefined) throw new Error(`this node has no ${as} key`)
  const networkId = networkIdOf(world.genesis)
  const exp = Math.floor(expMs / 1000)
  const text = signTransaction({
    networkId,
    ...signerOfSeed(seed),
    exp,
    jti: id,
    body,
    consents,
  })
  const parsed = parseTransaction(text, networkId)
  return parsed.ok ? verifyTransaction(parsed, verifySignature) : parsed.code
}

const execute = (world: World, transaction: VerifiedTransaction): SubmissionAnswer => {
  const execution = world.execute([transaction])
  if (!execution.ok) {
    if (execution.fault !== 'invalid') throw new Error(JSON.stringify(execution))
    return { kind: 'turned_away', code: execution.code }
  }
  const [event] = execution.events
  if (event === undefined) throw new Error('no event')
  const outcome = { kind: 'outcome', id: transaction.jti, replayed: false } as const
  if (event.outcome === 'applied') return { ...outcome, state: { status: 'applied', event } }
  const code = RefusalCode.parse(event.outcome)
  return { ...outcome, state: { status: 'refused', code, facts: event.facts ?? {}, event } }
}
