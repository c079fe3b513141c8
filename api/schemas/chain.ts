import { z } from 'zod'
import { isSealing } from '#protocol/chain/header.ts'
import { Hash } from '#protocol/hash.ts'
import { Key, NetworkId } from '#protocol/id.ts'
import { PeerId } from '#protocol/transaction/kinds/peer-id.ts'
import type { Authorities, BlockSummary, NetworkSummary } from '../ports/ledger.ts'
import { Timestamp, timestampOf } from './timestamp.ts'

/** A final block. */
export const BlockView = z
  .strictObject({
    height: z.int().min(0),
    time: Timestamp,
    digest: Hash,
    parent: Hash,
    epoch: z.int(),
    view: z.int().describe('Round of the agreement; rounds may pass without a block'),
    proposer: z.int().describe('Index in the authority set'),
    transactions: z.int().min(0),
    transactionRoot: Hash,
    stateRoot: Hash,
    historyRoot: Hash,
    authoritySet: Hash,
    version: z.int().describe('Version of the ledger rules'),
    sealing: z.boolean().describe('Whether the authority set changes after it'),
  })
  .meta({ id: 'Block' })
export type BlockView = z.infer<typeof BlockView>

export const blockView = ({ header, digest }: BlockSummary): BlockView => ({
  height: header.height,
  time: timestampOf(header.timestampMs),
  digest,
  parent: header.parentDigest,
  epoch: header.epoch,
  view: header.view,
  proposer: header.proposerIndex,
  transactions: header.transactionCount,
  transactionRoot: header.transactionRoot,
  stateRoot: header.stateRoot,
  historyRoot: header.historyRoot,
  authoritySet: header.authoritySetHash,
  version: header.version,
  sealing: isSealing(header),
})

const AuthorityView = z
  .strictObject({
    index: z.int().min(0),
    consensusKey: Key,
    operatorKey: Key,
    peerId: z.string(),
  })
  .meta({ id: 'Authority' })

/** Who agrees on blocks now. `hash` is in every header. */
export const AuthoritySetView = z
  .strictObject({
    epoch: z.int(),
    hash: Hash,
    members: z.array(AuthorityView).readonly(),
    height: z.int().min(0),
    time: Timestamp,
  })
  .meta({ id: 'AuthoritySet' })
export type AuthoritySetView = z.infer<typeof AuthoritySetView>

export const membersOf = ({ epoch, set }: Authorities) => ({
  epoch,
  hash: set.hash,
  // Member by member: a set made from the genesis carries what the genesis says beside.
  members: set.members.map(({ consensusKey, operatorKey, peerId }, index) => ({
    index,
    consensusKey,
    operatorKey,
    peerId,
  })),
})

/** Public numbers of the network. */
export const NetworkView = z
  .strictObject({
    id: NetworkId.describe('Hash of the genesis: what every transaction names as `aud`'),
    node: PeerId.describe('This node: what every signed request to it names as `aud`'),
    name: z.string(),
    ruleVersion: z.int(),
    epoch: z.int(),
    authorities: z.int().describe('How many'),
    quorum: z.int().describe('Votes that make a block final'),
    heartbeatMs: z.int().describe('Longest time between two blocks'),
    validityMs: z
      .strictObject({ place: z.int(), wallet: z.int(), key: z.int() })
      .describe(
        'How long a payment id lives from its own time on, by whose it is. No `exp` may be later, and that of a cancellation must be then, in whole seconds',
      ),
    height: z.int().min(0),
    time: Timestamp,
  })
  .meta({ id: 'Network' })
export type NetworkView = z.infer<typeof NetworkView>

export const networkView = (network: NetworkSummary, node: PeerId) => ({
  id: network.id,
  node,
  name: network.name,
  ruleVersion: network.ruleVersion,
  epoch: network.epoch,
  authorities: network.authorities,
  quorum: network.quorum,
  heartbeatMs: network.heartbeatMs,
  validityMs: network.validityMs,
})
