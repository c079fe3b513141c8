import { noise } from '@chainsafe/libp2p-noise'
import type { MessageStream } from '@libp2p/interface'
import { deliverDirectly } from './direct-delivery.ts'
import { noiseCrypto } from './noise-crypto.ts'
import { waitForLengths } from './noise-lengths.ts'
import { skipUnheard } from './unheard-events.ts'

/**
 * Noise whose frames reach the socket in one piece. The library hands on a frame as two, its length
 * and its content, and TCP writes each with a system call of its own, which the peer may also read
 * and decrypt in two turns. Joining them is a copy of a small frame.
 */
export const joinedNoise = (): ReturnType<typeof noise> => {
  const create = noise({ crypto: noiseCrypto })
  return (components) => {
    const encrypter = create(components)
    const inbound = encrypter.secureInbound.bind(encrypter)
    const outbound = encrypter.secureOutbound.bind(encrypter)
    encrypter.secureInbound = async (connection, options) =>
      lean(await inbound(joining(connection), options))
    encrypter.secureOutbound = async (connection, options) =>
      lean(await outbound(joining(connection), options))
    return encrypter
  }
}

const joining = <S extends MessageStream>(connection: S): S => {
  const send = connection.send.bind(connection)
  connection.send = (data) => send(data.subarray())
  skipUnheard(connection)
  deliverDirectly(connection)
  return connection
}

const lean = <R extends { readonly connection: MessageStream }>(secured: R): R => {
  waitForLengths(secured.connection)
  skipUnheard(secured.connection)
  deliverDirectly(secured.connection)
  return secured
}
