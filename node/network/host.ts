import { identify } from '@libp2p/identify'
import type { ConnectionGater, PrivateKey } from '@libp2p/interface'
import { tcp } from '@libp2p/tcp'
import type { Libp2pInit } from 'libp2p'
import { joinedNoise } from './joined-writes.ts'
import {
  CONNECTIONS_MAX,
  CONNECTIONS_PER_HOST_SECOND,
  HANDSHAKE_MS,
  IDENTIFY_BYTES_MAX,
  PENDING_CONNECTIONS_MAX,
  STREAMS_PER_PEER_MAX,
} from './limits.ts'
import { thriftyYamux } from './window-updates.ts'

export type HostOptions = {
  readonly key: PrivateKey
  /** Multiaddrs in text; none for a node that only dials. */
  readonly listen: readonly string[]
  /** Where others reach us, when that differs from where we listen. */
  readonly announce: readonly string[]
  readonly gater: ConnectionGater
}

/** A libp2p host of TCP, noise and yamux: no discovery, no relay, no routing, no dial of its own. */
export const hostInit = ({ key, listen, announce, gater }: HostOptions): Libp2pInit => ({
  privateKey: key,
  addresses: { listen: [...listen], announce: [...announce] },
  nodeInfo: { name: 'kermesse', version: '1', userAgent: 'kermesse/1' },
  transports: [tcp()],
  connectionEncrypters: [joinedNoise()],
  streamMuxers: [
    thriftyYamux({
      maxInboundStreams: STREAMS_PER_PEER_MAX,
      maxOutboundStreams: STREAMS_PER_PEER_MAX,
    }),
  ],
  connectionGater: gater,
  connectionManager: {
    maxConnections: CONNECTIONS_MAX,
    maxIncomingPendingConnections: PENDING_CONNECTIONS_MAX,
    inboundConnectionThreshold: CONNECTIONS_PER_HOST_SECOND,
    inboundUpgradeTimeout: HANDSHAKE_MS,
    reconnectRetries: 0,
  },
  connectionMonitor: { enabled: false },
})

/** What a host tells others about itself; gossip begins only after it. */
export const identifyService = () => identify({ maxMessageSize: IDENTIFY_BYTES_MAX })
