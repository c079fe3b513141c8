import type { ConnectionGater, PeerId } from '@libp2p/interface'
import type { Counters } from './counters.ts'
import { NEWCOMERS_MAX } from './limits.ts'
import type { PeerName, PeerRole } from './network-port.ts'
import { Newcomers } from './newcomers.ts'
import type { Scores } from './score.ts'

/** An authority, and where it can be dialled. */
export type AuthorityPeer = {
  readonly peer: PeerName
  /** Multiaddrs in text, such as `/ip4/192.0.2.1/tcp/7000`; none when only it dials us. */
  readonly addresses: readonly string[]
}

/** Everybody this node may speak with. Whoever is in several lists has the first one's role. */
export type AdmissionList = {
  readonly authorities: readonly AuthorityPeer[]
  /** Nodes that places registered. */
  readonly followers: Iterable<PeerName>
  /** From this node's configuration. */
  readonly observers: Iterable<PeerName>
  /** Identities of this node's own unspent invitations. */
  readonly invited: Iterable<PeerName>
}

/** Who is admitted now, and the gate that asks it before a connection may carry anything. */
export class Admission {
  readonly #scores: Scores
  readonly #counters: Counters
  readonly #nowMs: () => number
  #roles: ReadonlyMap<PeerName, PeerRole>
  #authorities: readonly AuthorityPeer[]

  constructor(
    list: AdmissionList,
    ports: { readonly scores: Scores; readonly counters: Counters; readonly nowMs: () => number },
  ) {
    this.#scores = ports.scores
    this.#counters = ports.counters
    this.#nowMs = ports.nowMs
    this.#roles = rolesOf(list)
    this.#authorities = list.authorities
  }

  replace(list: AdmissionList): void {
    this.#roles = rolesOf(list)
    this.#authorities = list.authorities
  }

  get authorities(): readonly AuthorityPeer[] {
    return this.#authorities
  }

  roleOf(peer: PeerName): PeerRole | undefined {
    return this.#roles.get(peer)
  }

  /** Whoever may hear the ledger and speak of it: everybody listed but the invited. */
  isMember(peer: PeerName): boolean {
    const role = this.roleOf(peer)
    return role !== undefined && role !== 'invited'
  }

  /** Listed, and not refused for a while for what it did. */
  admits(peer: PeerName): boolean {
    return this.roleOf(peer) !== undefined && !this.#scores.isBanned(peer, this.#nowMs())
  }

  /**
   * The gate: a peer's key is known after the noise handshake, before a muxer or any protocol is
   * agreed on; whoever is not admitted is cut off there.
   */
  gater(): ConnectionGater {
    const denies = (peer: PeerId): boolean => this.#denies(peer.toString())
    const newcomers = new Newcomers(NEWCOMERS_MAX, () => {
      this.#counters.crowded_out += 1
    })
    return {
      denyDialPeer: denies,
      denyInboundConnection: (connection) => {
        newcomers.enter(connection)
        return false
      },
      denyInboundEncryptedConnection: (peer, connection) => {
        newcomers.leave(connection)
        return denies(peer)
      },
      denyOutboundEncryptedConnection: denies,
    }
  }

  #denies(peer: PeerName): boolean {
    if (this.admits(peer)) return false
    if (this.roleOf(peer) === undefined) this.#counters.refused_strangers += 1
    else this.#counters.refused_banned += 1
    return true
  }
}

const rolesOf = (list: AdmissionList): ReadonlyMap<PeerName, PeerRole> => {
  const roles = new Map<PeerName, PeerRole>()
  for (const peer of list.invited) roles.set(peer, 'invited')
  for (const peer of list.observers) roles.set(peer, 'observer')
  for (const peer of list.followers) roles.set(peer, 'follower')
  for (const { peer } of list.authorities) roles.set(peer, 'authority')
  return roles
}
