import type { Genesis } from '#protocol/genesis.ts'
import { trustedOf } from '#protocol/proof/genesis-trust.ts'
import type { VerifySignature } from '#protocol/signature.ts'
import { decodeLinkMessage, encodeLinkMessage } from '../loop/link-message.ts'
import type { Clock, Timers } from '../loop/ports.ts'
import type { NetworkPort, PeerName } from '../network/network-port.ts'
import { APPLIED_KEY } from '../storage/chain-batch.ts'
import type { Answer } from '../storage/completion.ts'
import { decodedAt } from '../storage/decoded-at.ts'
import type { KeyValuePort } from '../storage/key-value-port.ts'
import { createSnapshotStore, snapshotPhase } from '../storage/snapshot-store.ts'
import { decodeApplied } from '../storage/stored-block.ts'
import { createSnapshotReceiver, type SnapshotProgress } from '../sync/snapshot-receiver.ts'

export type ReceiveSnapshotParts = {
  readonly keyValues: KeyValuePort
  readonly genesis: Genesis
  readonly clock: Clock
  readonly timers: Timers
  readonly network: Pick<NetworkPort, 'send' | 'score'>
  readonly verify: VerifySignature
  /** Blocks behind from which on a snapshot is taken. */
  readonly fromBlocks: number
  readonly onProgress: (progress: SnapshotProgress) => void
}

/** What a node does with its network until its store is one that it can start from. */
export type ReceivingSnapshot = {
  readonly start: () => void
  readonly onMessage: (from: PeerName, bytes: Uint8Array) => void
  readonly onPeer: (peer: PeerName, state: 'up' | 'down') => void
}

/**
 * Whether a store may begin with a snapshot: it has no block yet, or holds a part of one. A node that has
 * followed goes on from what it has, however far behind: what it answers for lies in the blocks between
 * (docs/adr/0045-only-a-copy-without-blocks-takes-a-snapshot.md). Throws `state_corrupt`.
 */
export const mayReceiveSnapshot = (keyValues: KeyValuePort): boolean =>
  snapshotPhase(keyValues) !== undefined ||
  (decodedAt(keyValues, APPLIED_KEY, decodeApplied)?.height ?? 0) === 0

/** Receives a snapshot where peers are far ahead; answered once the store can be started from. */
export const receiveSnapshot = (
  parts: ReceiveSnapshotParts,
  answer: Answer<'received' | 'none'>,
): ReceivingSnapshot => {
  const { network, keyValues, genesis } = parts
  const receiver = createSnapshotReceiver({
    ...parts,
    store: createSnapshotStore(keyValues),
    trusted: trustedOf(genesis),
    send: (peer, request) =>
      network.send(peer, 'transaction', encodeLinkMessage({ type: 'request', request })),
    onLie: (peer) => network.score(peer, 'broken_snapshot', 'reject'),
    onEnd: (value) => answer({ ok: true, value }),
    onFailure: (error) => answer({ ok: false, error }),
  })
  return {
    start: () => receiver.start(),
    onPeer: (peer, state) => receiver.onPeer(peer, state),
    onMessage: (from, bytes) => {
      const decoded = decodeLinkMessage(bytes)
      // What else comes is for the node that is to start; it can be said again.
      if (decoded.ok && decoded.value.type === 'response') {
        receiver.onResponse(from, decoded.value.response)
      }
    },
  }
}
