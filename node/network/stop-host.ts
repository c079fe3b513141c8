import type { Libp2p } from '@libp2p/interface'
import { STOP_MS } from './limits.ts'

/** Cuts every connection and stops the host; what hangs is left behind after `STOP_MS`. */
export const stopHost = async (host: Libp2p): Promise<void> => {
  for (const connection of host.getConnections()) connection.abort(new Error('stopped'))
  const { promise: patience, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, STOP_MS)
  // Whether it ended well changes nothing: this node speaks with nobody any more.
  const stopping = Promise.resolve(host.stop()).catch(() => undefined)
  await Promise.race([stopping, patience])
  clearTimeout(timer)
}
