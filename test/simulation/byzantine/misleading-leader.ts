import { encodeLinkMessage } from '#node/loop/link-message.ts'
import type { PeerName } from '#node/network/network-port.ts'
import { utf8 } from '#protocol/bytes.ts'
import type { Proposal } from '#protocol/chain/proposal.ts'
import { type Hash, hashOf } from '#protocol/hash.ts'
import type { Adversary, Dishonest, Lies } from '../adversary.ts'

/** Who is told another list of transactions beside the same header, and the message that says so. */
type Lie = { readonly bytes: Uint8Array; readonly told: ReadonlySet<PeerName> }

export const misleadingLeader: Adversary = {
  name: 'misleadingLeader',
  claim:
    'a leader that lists other transactions to some members beside the same block loses no member, and stops nothing',
  create: (self) => {
    const lies = new Map<Hash, Lie>()
    const say: Lies['say'] = (to, bytes, { message }) => {
      if (message?.type !== 'consensus' || message.message.type !== 'proposal') return bytes
      const { proposal } = message.message
      if (to === 'followers' || proposal.transactionHashes.length === 0) return bytes
      const lie = lies.get(proposal.digest) ?? lieOf(self, proposal)
      lies.set(proposal.digest, lie)
      if (!lie.told.has(to)) return bytes
      self.count()
      return lie.bytes
    }
    return { say }
  },
}

const lieOf = ({ random, others }: Dishonest, proposal: Proposal): Lie => {
  const transactionHashes = wrongList(random.below(3), proposal.transactionHashes)
  const message = { type: 'proposal', proposal: { ...proposal, transactionHashes } } as const
  const count = random.between(1, others.length)
  return {
    bytes: encodeLinkMessage({ type: 'consensus', message }),
    told: new Set(random.shuffle(others).slice(0, count)),
  }
}

/** In another order, one transaction over and over, or one that nobody has. */
const wrongList = (way: number, hashes: readonly Hash[]): readonly Hash[] => {
  const [first, ...rest] = hashes
  if (first === undefined || rest.length === 0 || way === 0) return [...rest, unknownHash(hashes)]
  return way === 1 ? [...rest, first] : hashes.map(() => first)
}

const unknownHash = (hashes: readonly Hash[]): Hash => hashOf(utf8(`unlike ${hashes.join()}`))
