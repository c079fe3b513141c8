import type { gossipsub } from '@libp2p/gossipsub'
import type { Connection, PeerId, StreamHandler, Topology } from '@libp2p/interface'

/** Where a protocol tells libp2p what it serves and whom it wants to know of. */
type Registrar = Parameters<ReturnType<typeof gossipsub>>[0]['registrar']

export type MembersOnly = {
  readonly isMember: (peer: PeerId) => boolean
  /** Somebody else opened a stream. */
  readonly onRefused: (connection: Connection) => void
}

/**
 * A registrar for a protocol that serves members alone: of others it hears nothing, whether they open
 * a stream or only say that they speak the protocol, so it never opens one to them either.
 */
export const membersRegistrar = (registrar: Registrar, only: MembersOnly): Registrar => ({
  handle: (protocol, handler, options) =>
    registrar.handle(protocol, guarded(handler, only), options),
  register: (protocol, topology, options) =>
    registrar.register(protocol, amongMembers(topology, only), options),
  unhandle: (protocol, options) => registrar.unhandle(protocol, options),
  unregister: (id) => registrar.unregister(id),
  use: (protocol, middleware) => registrar.use(protocol, middleware),
  unuse: (protocol) => registrar.unuse(protocol),
  getProtocols: () => registrar.getProtocols(),
  getHandler: (protocol) => registrar.getHandler(protocol),
  getMiddleware: (protocol) => registrar.getMiddleware(protocol),
  getTopologies: (protocol) => registrar.getTopologies(protocol),
})

const guarded =
  (handler: StreamHandler, { isMember, onRefused }: MembersOnly): StreamHandler =>
  (stream, connection) => {
    if (isMember(connection.remotePeer)) return handler(stream, connection)
    stream.abort(new Error('not a member'))
    onRefused(connection)
  }

const amongMembers = (topology: Topology, { isMember }: MembersOnly): Topology => ({
  ...topology,
  onConnect: (peer, connection) =>
    isMember(peer) ? topology.onConnect?.(peer, connection) : undefined,
})
