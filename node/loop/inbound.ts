import type { FetchRequest, FetchResponse } from '#protocol/chain/fetch.ts'
import type { ConsensusMessage } from '#protocol/chain/message.ts'
import type { VerifiedTransaction } from '#protocol/transaction/envelope.ts'
import type { DoorCode } from '#protocol/transaction/outcome.ts'
import type { NetworkPort, PeerName } from '../network/network-port.ts'
import type { Ingress } from '../pipeline/ingress.ts'
import { decodeLinkMessage, type LinkMessage } from './link-message.ts'

export type InboundParts = {
  readonly network: NetworkPort
  readonly ingress: Ingress
  /** Index of a peer in the authority set; undefined for everybody else. */
  readonly authorityIndex: (peer: PeerName) => number | undefined
  readonly onConsensus: (from: number, message: ConsensusMessage) => void
  /** The same from a node outside the set; false when no honest one says that. */
  readonly onStranger: (from: PeerName, message: ConsensusMessage) => boolean
  /** New in the mempool; `firstHand` when it may be that no other authority has heard of it. */
  readonly onAccepted: (
    transactions: readonly VerifiedTransaction[],
    source: { readonly firstHand: boolean },
  ) => void
  readonly onRequest: (from: PeerName, request: FetchRequest) => void
  readonly onResponse: (from: PeerName, response: FetchResponse) => void
  readonly onBlockTimeAsked: (from: PeerName) => void
}

/** What comes in over a link: decoded once, judged, and passed to the one who knows. */
export const createInbound = (
  parts: InboundParts,
): ((from: PeerName, bytes: Uint8Array) => void) => {
  const receive = (from: PeerName, { transactions, toAll }: Bundle): void => {
    const firstHand = !toAll && parts.authorityIndex(from) === undefined
    parts.ingress.receive(transactions, (entries) => {
      const accepted: VerifiedTransaction[] = []
      for (const entry of entries) {
        if (entry.kind === 'accepted') accepted.push(entry.transaction)
        if (entry.kind === 'refused' && FAULTS.has(entry.code)) {
          parts.network.score(from, faultOf(entry.code), 'reject')
        }
      }
      if (accepted.length > 0) parts.onAccepted(accepted, { firstHand })
    })
  }

  const consensus = (from: PeerName, message: ConsensusMessage): void => {
    const index = parts.authorityIndex(from)
    if (index !== undefined) parts.onConsensus(index, message)
    else if (!parts.onStranger(from, message)) parts.network.score(from, 'wrong_domain', 'reject')
  }

  const deliver = (from: PeerName, message: LinkMessage): void => {
    switch (message.type) {
      case 'consensus':
        consensus(from, message.message)
        return
      case 'bundle':
        receive(from, message)
        return
      case 'request':
        parts.onRequest(from, message.request)
        return
      case 'response':
        parts.onResponse(from, message.response)
        return
      case 'blockTimeAsked':
        parts.onBlockTimeAsked(from)
    }
  }

  return (from, bytes) => {
    const decoded = decodeLinkMessage(bytes)
    if (decoded.ok) deliver(from, decoded.value)
    else parts.network.score(from, 'undecodable', 'reject')
  }
}

type Bundle = Extract<LinkMessage, { type: 'bundle' }>

/** What no honest node passes on; the rest may be a matter of time or of another version. */
const FAULTS: ReadonlySet<DoorCode> = new Set([
  'too_large',
  'malformed',
  'wrong_network',
  'signature_invalid',
  'consent_invalid',
])

const faultOf = (code: DoorCode): 'invalid_signature' | 'invalid_transaction' =>
  code === 'signature_invalid' || code === 'consent_invalid'
    ? 'invalid_signature'
    : 'invalid_transaction'
