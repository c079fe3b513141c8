import { createWaitingRoom } from '#api/waiting-room.ts'
import type { NodeConfig } from '#config/node-config.ts'
import type { SnapshotProgress } from '../sync/snapshot-receiver.ts'
import type { Tls } from '../tls/open-tls.ts'

/** What answers at the address of the API while a snapshot is received. */
export type WaitingRoom = {
  /** How far it is; the first word opens the room. */
  readonly tell: (progress: SnapshotProgress) => void
  /** The address is free for the API when it resolves. */
  readonly close: () => Promise<void>
}

/** `onClosed`: it cannot be opened; the node goes on without it. */
export const openWaitingRoom = (
  { host, port }: Pick<NodeConfig['api'], 'host' | 'port'>,
  openTls: () => Promise<Tls | undefined>,
  onClosed: (message: string) => void,
): WaitingRoom => {
  let progress: SnapshotProgress = { height: 0, slots: 0, of: 0, peers: 0 }
  let opening: Promise<() => Promise<void>> | undefined

  const open = async (): Promise<() => Promise<void>> => {
    try {
      const room = createWaitingRoom({ tls: await openTls(), progress: () => progress })
      await room.listen({ host, port })
      return () => room.close()
    } catch (cause) {
      onClosed(cause instanceof Error ? cause.message : String(cause))
      return () => Promise.resolve()
    }
  }

  return {
    tell: (next) => {
      progress = next
      opening ??= open()
    },
    close: async () => {
      const close = await opening
      await close?.()
    },
  }
}
