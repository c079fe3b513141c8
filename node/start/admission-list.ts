import type { NodeConfig } from '#config/node-config.ts'
import type { Genesis } from '#protocol/genesis.ts'
import type { AdmissionList } from '../network/admission.ts'
import type { PeerName } from '../network/network-port.ts'
import type { FinalView } from '../pipeline/executor.ts'

/** Whom this node speaks with, as of a final state. Addresses of the configuration go first. */
export const admissionListOf = (parts: {
  readonly genesis: Genesis
  readonly network: NodeConfig['network']
  readonly view: Pick<FinalView, 'records'>
  readonly invited: readonly PeerName[]
}): AdmissionList => {
  const { genesis, network, view, invited } = parts
  const followers = [...view.records('place')]
    .filter(({ status }) => status !== 'suspended')
    .flatMap(({ nodes }) => nodes)
  return {
    authorities: genesis.authorities.map(({ peerId, addresses }) => {
      const own = network.authorities.filter((address) => address.endsWith(`/p2p/${peerId}`))
      const dialled = own.map((address) => address.slice(0, address.lastIndexOf('/p2p/')))
      return { peer: peerId, addresses: dialled.length > 0 ? dialled : addresses }
    }),
    followers,
    observers: network.observers,
    invited,
  }
}
