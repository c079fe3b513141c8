import type { Effect } from '#consensus/effect.ts'
import { type Event, NO_WORK } from '#consensus/event.ts'
import type { NextEpoch } from '#protocol/chain/epoch.ts'
import { FLAG_EMPTY, FLAG_SEALING, type Header, headerDigest } from '#protocol/chain/header.ts'
import { type Hash, ZERO_HASH } from '#protocol/hash.ts'
import type { EpochNode, Work } from './epoch-node.ts'
import {
  fetchedBlockFrom,
  fetchedSegmentsFrom,
  type Held,
  headerOver,
  storedFrom,
  waitingIn,
} from './harness-parts.ts'

/** What the driver of an epoch harness needs of it. */
type World = {
  readonly latencyMs: number
  readonly storeMs: number
  readonly nodes: () => readonly EpochNode[]
  readonly later: (node: EpochNode, delayMs: number, run: () => void) => void
  readonly feed: (node: EpochNode, event: Event) => void
  readonly nextIn: (block: Held) => NextEpoch | undefined
  /** Those of a node's set that run, by their indexes. */
  readonly peersOf: (node: EpochNode, indexes: readonly number[]) => readonly EpochNode[]
  readonly work: Work
}

/** Builds, executes, fetches and stores blocks whose transactions are hashes. */
export const createEpochDriver = (world: World) => {
  const { latencyMs, storeMs, nodes, later, feed, nextIn, peersOf, work } = world

  const headed = (block: Held): Pick<Header, 'nextSetHash' | 'flags'> => {
    const next = nextIn(block)
    const flags = (block.hashes.length === 0 ? FLAG_EMPTY : 0) | (next ? FLAG_SEALING : 0)
    return { nextSetHash: next?.set.hash ?? block.header.authoritySetHash, flags }
  }

  const build = (node: EpochNode, effect: Extract<Effect, { type: 'build' }>): void => {
    const { epoch, view } = effect
    const hashes = effect.allowTransactions ? work.waiting(node, effect.parentDigest) : []
    if (hashes.length === 0 && !effect.allowEmpty) {
      later(node, 0, () => feed(node, { type: 'notBuilt', epoch, view }))
      return
    }
    const header = headerOver(effect, hashes)
    const whole = { ...header, ...headed({ header, digest: ZERO_HASH, hashes }) }
    const held = { header: whole, digest: headerDigest(whole), hashes }
    node.held.set(held.digest, held)
    node.executed.add(held.digest)
    const built = { header: whole, digest: held.digest, transactionHashes: hashes }
    later(node, 0, () => feed(node, { type: 'built', epoch, view, ...built, next: nextIn(held) }))
    work.tell(node)
  }

  const verify = (node: EpochNode, effect: Extract<Effect, { type: 'verify' }>): void => {
    const { epoch, view, digest, header, body } = effect
    if (body.from === 'proposal') {
      node.held.set(digest, { header, digest, hashes: body.transactionHashes })
    }
    const held = node.held.get(digest)
    if (held === undefined || !node.executed.has(header.parentDigest)) throw new Error('not ready')
    const { nextSetHash, flags } = headed(held)
    const good = header.nextSetHash === nextSetHash && header.flags === flags
    if (good) node.executed.add(digest)
    const answer = { type: 'verified', epoch, view, digest } as const
    later(node, 0, () =>
      feed(
        node,
        good
          ? { ...answer, ok: true, next: nextIn(held) }
          : { ...answer, ok: false, reason: 'invalid' },
      ),
    )
    work.tell(node)
  }

  const fetchedSegments = (node: EpochNode, fromHeight: number): Event => {
    const [stored = []] = nodes()
      .filter((other) => other.alive && other !== node)
      .map((other) => storedFrom(other, fromHeight))
      .toSorted((a, b) => b.length - a.length)
    return fetchedSegmentsFrom(node, fromHeight, { from: 'somebody', stored })
  }

  const fetch = (node: EpochNode, effect: Extract<Effect, { type: 'fetch' }>): void => {
    const peers = peersOf(node, effect.peers)
    later(node, 2 * latencyMs, () =>
      feed(
        node,
        effect.what === 'block'
          ? fetchedBlockFrom(node, effect.digest, peers)
          : fetchedSegments(node, effect.fromHeight),
      ),
    )
  }

  const finalise = (node: EpochNode, effect: Extract<Effect, { type: 'finalise' }>): void => {
    const blocks = effect.digests.flatMap((digest) => node.held.get(digest) ?? [])
    const height = blocks.at(-1)?.header.height ?? 0
    later(node, storeMs, () => {
      node.disk.store.push({ blocks, certificate: effect.certificate })
      if (node.machine?.kind === 'replica') feed(node, { type: 'appCommitted', height })
      work.tell(node)
    })
  }

  return { build, verify, fetch, finalise }
}

/** What waits for a block at each node. */
export const createWork = ({
  genesisDigest,
  later,
  feed,
}: Pick<World, 'later' | 'feed'> & { readonly genesisDigest: Hash }): Work => {
  const work: Work = {
    waiting: waitingIn,
    tell: (node) => {
      const tip = [...node.executed].reduce((best, digest) => {
        const height = node.held.get(digest)?.header.height ?? 0
        return height > (node.held.get(best)?.header.height ?? 0) ? digest : best
      }, genesisDigest)
      const transactions = work.waiting(node, tip).length
      later(node, 0, () => {
        if (node.machine?.kind !== 'replica') return
        feed(node, { type: 'work', flags: { ...NO_WORK, transactions } })
      })
    },
  }
  return work
}
