import type { Effect, TimerName } from '#consensus/effect.ts'
import { type Event, NO_WORK } from '#consensus/event.ts'
import type { Replica } from '#consensus/replica.ts'
import type { Hash } from '#protocol/hash.ts'
import { badReason, blockOf, isGood, parentIn } from '#test/consensus/harness-node.ts'
import { type Final, type Held, servedOf } from '#test/consensus/harness-parts.ts'
import type { Who } from '../observation.ts'

/** One of the machines: a replica, and blocks whose transactions are hashes. */
export type Machine = {
  readonly index: number
  readonly member: number
  readonly who: Who
  readonly replica: Replica
  /** Transactions in the order in which it proposes them: twins do not agree about it. */
  readonly pool: readonly Hash[]
  readonly held: Map<Hash, Held>
  readonly executed: Set<Hash>
  /** Final blocks as its store has them. */
  readonly store: Final[]
  /** What set each timer that runs. */
  readonly timers: Map<TimerName, Effect>
  /** The view that its replica is in. */
  view: number
  /** The block executed last. */
  tip: Hash
  /** What its replica was last told to wait for a block, and on top of which. */
  told: { readonly tip: Hash; readonly transactions: number }
}

/** Transactions in no block up to `tip`. */
export const waiting = (machine: Machine, tip: Hash): readonly Hash[] => {
  const used = new Set<Hash>()
  let block = machine.held.get(tip)
  for (; block; block = machine.held.get(block.header.parentDigest)) {
    for (const hash of block.hashes) used.add(hash)
  }
  return machine.pool.filter((hash) => !used.has(hash))
}

/** The event that says how much waits, if the replica was told something else. */
export const workEvent = (machine: Machine): Event | undefined => {
  const { tip, told } = machine
  if (tip === told.tip) return undefined
  const transactions = waiting(machine, tip).length
  machine.told = { tip, transactions }
  if (transactions === told.transactions) return undefined
  return { type: 'work', flags: { ...NO_WORK, transactions } }
}

/** A block of at most so many of the transactions that wait. */
export const build = (
  machine: Machine,
  effect: Extract<Effect, { type: 'build' }>,
  transactionsMax: number,
): Event => {
  const { epoch, view, allowTransactions, allowEmpty, parentDigest } = effect
  const all = allowTransactions ? waiting(machine, parentDigest) : []
  if (all.length === 0 && !allowEmpty) return { type: 'notBuilt', epoch, view }
  const block = blockOf(effect, all.slice(0, transactionsMax))
  execute(machine, block)
  const { header, digest, hashes } = block
  return { type: 'built', epoch, view, header, digest, transactionHashes: hashes }
}

export const verify = (machine: Machine, effect: Extract<Effect, { type: 'verify' }>): Event => {
  const { epoch, view, digest, header, body } = effect
  const answer = { type: 'verified', epoch, view, digest } as const
  const listed =
    body.from === 'proposal' ? { header, digest, hashes: body.transactionHashes } : null
  if (listed !== null) machine.held.set(digest, listed)
  const held = machine.held.get(digest)
  if (held !== undefined && isGood(machine, header, digest)) {
    execute(machine, held)
    return { ...answer, ok: true }
  }
  if (listed !== null) machine.held.delete(digest)
  return { ...answer, ok: false, reason: badReason(effect) }
}

const execute = (machine: Machine, block: Held): void => {
  machine.held.set(block.digest, block)
  machine.executed.add(block.digest)
  machine.tip = block.digest
}

/** What the first of these machines that can answers to a fetch. */
export const fetched = (
  machine: Machine,
  effect: Extract<Effect, { type: 'fetch' }>,
  peers: readonly Machine[],
): Event =>
  effect.what === 'block'
    ? fetchedBlock(machine, effect.digest, peers)
    : fetchedSegments(machine, effect.fromHeight, peers)

const fetchedBlock = (machine: Machine, digest: Hash, peers: readonly Machine[]): Event => {
  const found = peers.flatMap(({ held }) => held.get(digest) ?? [])[0]
  if (found === undefined) return { type: 'fetchFailed', what: 'block', digest }
  machine.held.set(digest, found)
  return { type: 'fetchedBlock', header: found.header, digest }
}

const fetchedSegments = (
  machine: Machine,
  fromHeight: number,
  peers: readonly Machine[],
): Event => {
  const peer = peers.find((each) => finalHeight(each) >= fromHeight)
  if (peer === undefined) return { type: 'fetchFailed', what: 'segments', fromHeight }
  const stored = peer.store.filter((final) => heightOf(final) >= fromHeight)
  const segments = servedOf(stored, fromHeight)
  for (const block of segments.flatMap(({ blocks }) => blocks)) {
    machine.held.set(block.digest, block)
  }
  return { type: 'fetchedSegments', from: peer.who.name, segments }
}

/** Stores final blocks at once; gives them. */
export const store = (
  machine: Machine,
  effect: Extract<Effect, { type: 'finalise' }>,
): readonly Held[] => {
  const blocks = effect.digests.flatMap((digest) => machine.held.get(digest) ?? [])
  if (blocks.length !== effect.digests.length) throw new Error('a final block is not held')
  if (!effect.digests.every((digest) => machine.executed.has(digest))) {
    throw new Error('a final block is not executed')
  }
  const last = blocks.at(-1)
  const tipView = machine.held.get(machine.tip)?.header.view ?? 0
  if (last !== undefined && last.header.view > tipView) machine.tip = last.digest
  machine.store.push({ blocks, certificate: effect.certificate })
  return blocks
}

/** Takes a block back whose view ended without a proof. */
export const retreat = (machine: Machine, digest: Hash): void => {
  if (machine.tip === digest) machine.tip = parentIn(machine, digest)
}

/** Height of the newest block in its store. */
export const finalHeight = ({ store: finals }: Machine): number => {
  const last = finals.at(-1)
  return last === undefined ? 0 : heightOf(last)
}

const heightOf = ({ blocks }: Final): number => blocks.at(-1)?.header.height ?? 0
