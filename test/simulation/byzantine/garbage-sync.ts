import { encodeLinkMessage } from '#node/loop/link-message.ts'
import type { FetchResponse } from '#protocol/chain/fetch.ts'
import type { Segment } from '#protocol/chain/segment.ts'
import type { SnapshotResponse } from '#protocol/chain/snapshot.ts'
import type { Adversary, Dishonest, Lies } from '../adversary.ts'
import { spoiled } from '../forgery.ts'

export const garbageSync: Adversary = {
  name: 'garbageSync',
  claim: 'whoever catches up from a liar takes nothing wrong from it, and gets there',
  create: (self) => {
    const say: Lies['say'] = (_, bytes, { message }) => {
      if (message?.type !== 'response') return bytes
      self.count()
      return encodeLinkMessage({ type: 'response', response: garbageOf(self, message.response) })
    }
    return { say }
  },
}

const garbageOf = ({ random }: Dishonest, response: FetchResponse): FetchResponse => {
  const { id } = response
  switch (response.type) {
    case 'absent':
      return { id, type: 'transactions', transactions: [] }
    case 'block': {
      const { block } = response
      const transactions = random.shuffle(block.transactions).slice(1)
      return { id, type: 'block', block: { ...block, transactions } }
    }
    case 'transactions':
      return random.chance(0.5)
        ? { id, type: 'absent' }
        : { id, type: 'transactions', transactions: response.transactions.slice(1) }
    case 'segments':
      return { id, type: 'segments', segments: garbageSegments(random.below(3), response.segments) }
    case 'offer':
      return { id, ...garbageOffer(random.below(4), response) }
    case 'epochs':
      return { id, type: 'epochs', ends: response.ends.slice(1) }
    case 'nodes':
      return { id, type: 'nodes', nodes: spoiled(response.nodes) }
    case 'chunks':
      return { id, type: 'chunks', chunks: garbageChunks(random.chance(0.5), response.chunks) }
  }
}

type Offer = Extract<SnapshotResponse, { type: 'offer' }>

/** A height that nobody reached, roots that do not fit, a history that was not, or no proof. */
const garbageOffer = (way: number, { height, head }: Offer): Offer => {
  if (head === undefined || way === 0) return { type: 'offer', height: height + 1_000, head }
  const { families, peaks, certificate } = head
  const heads = [
    { ...head, families: families.map((family) => ({ ...family, count: family.count + 1 })) },
    { ...head, peaks: peaks.map(spoiled) },
    { ...head, certificate: { ...certificate, signatures: certificate.signatures.map(spoiled) } },
  ]
  return { type: 'offer', height, head: heads[way - 1] }
}

/** Records too few, or others. */
const garbageChunks = (
  short: boolean,
  chunks: readonly (readonly Uint8Array[])[],
): readonly (readonly Uint8Array[])[] =>
  chunks.map((texts) => (short ? texts.slice(1) : texts.map(spoiled)))

/** A hole in the chain, a body with a piece missing, or a finalization that nobody signed. */
const garbageSegments = (way: number, segments: readonly Segment[]): readonly Segment[] => {
  const [first, ...rest] = segments
  if (first === undefined || way === 0) return rest
  const { blocks, certificate } = first
  if (way === 1) {
    const cut = blocks.map((block) => ({
      ...block,
      transactions: block.transactions.slice(1),
      outcomes: block.outcomes.slice(1),
    }))
    return [{ blocks: cut, certificate }, ...rest]
  }
  const signatures = certificate.signatures.map(spoiled)
  return [{ blocks, certificate: { ...certificate, signatures } }, ...rest]
}
