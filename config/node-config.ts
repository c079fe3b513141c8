import { isIP, isIPv4, isIPv6 } from 'node:net'
import ipaddr from 'ipaddr.js'
import { z } from 'zod'
import { AssetId } from '#protocol/id.ts'
import { PeerId } from '#protocol/transaction/kinds/peer-id.ts'

/** A host as libp2p writes it, and a port that there is. */
const isEndpoint = (address: string): boolean => {
  const [, kind, host, , port] = address.split('/')
  if (host === undefined || Number(port) > 65_535) return false
  if (kind === 'ip4') return isIPv4(host)
  return kind === 'ip6' ? isIPv6(host) : true
}

const LISTEN_ERROR = 'expected an address such as /ip4/0.0.0.0/tcp/4001, its port at most 65535'
const PEER_ERROR =
  'expected an address such as /dns4/node.example.org/tcp/4001/p2p/12D3KooW…, its port at most 65535'

/** Whether only this machine reaches it. */
const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'))

const TLS_ERROR =
  'beyond loopback the API wants TLS: set it to "generated", or to a certificate of your own with ' +
  'certificateFile and keyFile, or to "proxy" where a proxy in front speaks TLS'

/** A name of DNS, or an address. */
const HostName = z
  .string()
  .max(253)
  .refine((text) => isIP(text) !== 0 || /^(?=.*[a-z])[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(text), {
    error: 'expected a name such as bar.local, or an address such as 192.168.1.5',
  })

/** Where a node listens, as libp2p writes addresses: TCP over IPv4 or IPv6. */
const ListenAddress = z
  .string()
  .regex(/^\/(?:ip4|ip6)\/[^/]+\/tcp\/\d{1,5}$/, { error: LISTEN_ERROR, abort: true })
  .refine(isEndpoint, { error: LISTEN_ERROR })

/** Where another node is reached: host, port and, at the end, its peer id. */
const PeerAddress = z
  .string()
  .regex(/^\/(?:ip4|ip6|dns|dns4|dns6)\/[^/]+\/tcp\/\d{1,5}\/p2p\/12D3KooW\w{44}$/, {
    error: PEER_ERROR,
    abort: true,
  })
  .refine(isEndpoint, { error: PEER_ERROR })

/** A network in CIDR notation. */
const AddressRange = z.string().refine((text) => ipaddr.isValidCIDR(text), {
  error: 'expected a network such as 192.168.1.0/24',
})

/**
 * One node's own settings. Paths are relative to the file's folder. What all nodes must share is in
 * genesis, never here. Every value has its default and reason; nothing unknown is accepted.
 */
export const NodeConfig = z.strictObject({
  /** authority: votes. venue: follows and serves tills. observer: follows and reads. */
  role: z.enum(['authority', 'venue', 'observer']),
  /** Holds the ledger, journal and outbox. One process at a time. */
  dataDirectory: z.string().min(1).default('data'),
  /** The network's genesis: its hash is the network id. */
  genesisFile: z.string().min(1).default('genesis.json'),
  /** Encrypted secrets of this node. */
  keyFile: z.string().min(1).default('keys.json'),
  network: z
    .strictObject({
      /** Loopback unless told: nothing is open by accident. */
      listen: z.array(ListenAddress).min(1).max(8).default(['/ip4/127.0.0.1/tcp/0']),
      /** Replaces the authority addresses of genesis, for instance behind a tunnel. */
      authorities: z.array(PeerAddress).max(64).default([]),
      /** Peer ids that may follow without being registered by a place. */
      observers: z.array(PeerId).max(64).default([]),
    })
    .prefault({}),
  api: z
    .strictObject({
      /** Loopback unless told: beyond it every secret of a till would pass in the clear. */
      host: z.string().min(1).default('127.0.0.1'),
      /** 0 takes a free port and prints it. */
      port: z.int().min(0).max(65_535).default(4100),
      /**
       * generated: a certificate that the node makes and keeps, known to tills by its fingerprint. proxy:
       * plain HTTP, since something in front speaks TLS. Or PEM files of one's own. Needed beyond loopback.
       */
      tls: z
        .union([
          z.enum(['generated', 'proxy']),
          z.strictObject({
            certificateFile: z.string().min(1),
            keyFile: z.string().min(1),
          }),
        ])
        .optional(),
      /** What tills call this machine, names or addresses, the best first; default: all it knows. */
      names: z.array(HostName).max(32).default([]),
    })
    .refine(({ host, tls }) => tls !== undefined || isLoopback(host), {
      error: TLS_ERROR,
      path: ['tls'],
    })
    .prefault({}),
  /** Signature checks: inline shares a core with the node, workers take cores of their own. */
  signatureChecks: z.enum(['inline', 'workers']).default('inline'),
  /** Waiting transactions in memory; consensus.md §14. */
  mempool: z
    .strictObject({
      transactionsMax: z.int().min(100).max(200_000).default(20_000),
      perScopeMax: z.int().min(10).max(20_000).default(1_024),
    })
    .prefault({}),
  /** How a node that follows gets its copy of the ledger. */
  sync: z
    .strictObject({
      /**
       * Blocks from which on a new copy begins with a snapshot of the state instead of the first block:
       * replaying as many takes some minutes. What lies before it is then read at nodes that have it.
       */
      snapshotFromBlocks: z.int().min(1).max(1_000_000_000).default(50_000),
    })
    .prefault({}),
  /** Seconds that a submission waits for its outcome before 202, unless the caller says otherwise. */
  submissionWaitSeconds: z.int().min(1).max(30).default(5),
  /** Money that `POST /v1/topups` issues when none is named; default: the place's only local one. */
  topUpAsset: AssetId.optional(),
  /** Where events may be delivered to beside public addresses over TLS. */
  webhooks: z
    .strictObject({
      /** Without TLS anybody on the way reads the events; signatures hold all the same. */
      allowHttp: z.boolean().default(false),
      /** Networks that are not public, for instance that of the venue's own server. */
      allowAddresses: z.array(AddressRange).max(32).default([]),
    })
    .prefault({}),
  /**
   * Money of guests that this venue keeps apart in advance, so that it goes on taking payments without
   * its Internet. Off unless told: it needs terms of leases in the money, and `kermesse lease enable`.
   */
  leases: z
    .strictObject({
      enabled: z.boolean().default(false),
      /** Smallest units a guest and currency. 30.00: what an hour or two without Internet takes. */
      amount: z.int().min(1).max(10_000_000).default(3_000),
      /** How long each lasts, in minutes; one that runs out is renewed at the next tap. Six hours: an evening. */
      minutes: z.int().min(10).max(1_440).default(360),
    })
    .prefault({}),
  log: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
})
export type NodeConfig = z.infer<typeof NodeConfig>
