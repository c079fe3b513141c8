import type { NodeConfig } from '#config/node-config.ts'
import { authoritiesOf } from '#protocol/ledger/network.ts'
import type { AuthorityMember } from '#protocol/transaction/kinds/authority.ts'
import type { AdmissionList, AuthorityPeer } from '../network/admission.ts'
import type { PeerName } from '../network/network-port.ts'
import type { FinalView } from '../pipeline/executor.ts'

/** Epochs that are over whose authorities may still ask how they ended. */
const FORMER_EPOCHS_MAX = 16

/**
 * Whom this node speaks with, as of a final state: the authorities, those to come when a sealing block
 * is final, and as observers those that were. Addresses of the configuration go first.
 */
export const admissionListOf = (parts: {
  readonly network: NodeConfig['network']
  readonly view: FinalView
  readonly invited: readonly PeerName[]
}): AdmissionList => {
  const { network, view, invited } = parts
  const followers = [...view.records('place')]
    .filter(({ status }) => status !== 'suspended')
    .flatMap(({ nodes }) => nodes)
  const { members, change } = authoritiesOf(view)
  return {
    authorities: distinct([...members, ...(change?.members ?? [])]).map((member) =>
      dialled(member, network),
    ),
    followers,
    observers: [...network.observers, ...formerPeers(view)],
    invited,
  }
}

/** Of a member that is in both sets the later one's addresses count. */
const distinct = (members: readonly AuthorityMember[]): readonly AuthorityMember[] => [
  ...new Map(members.map((member) => [member.peerId, member])).values(),
]

const dialled = (
  { peerId, addresses }: AuthorityMember,
  network: NodeConfig['network'],
): AuthorityPeer => {
  const own = network.authorities.filter((address) => address.endsWith(`/p2p/${peerId}`))
  const named = own.map((address) => address.slice(0, address.lastIndexOf('/p2p/')))
  return { peer: peerId, addresses: named.length > 0 ? named : addresses }
}

const formerPeers = (view: FinalView): readonly PeerName[] => {
  const over = [...view.records('epoch')].sort((a, b) => b.epoch - a.epoch)
  return over
    .slice(0, FORMER_EPOCHS_MAX)
    .flatMap(({ members }) => members.map(({ peerId }) => peerId))
}
