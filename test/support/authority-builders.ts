import { authoritySetOf } from '#protocol/chain/authority-set.ts'
import { readyBytes } from '#protocol/chain/ready.ts'
import { networkIdOf } from '#protocol/genesis.ts'
import { idBytes, type NetworkId } from '#protocol/id.ts'
import { termsOfChange } from '#protocol/transaction/change-terms.ts'
import type {
  AuthorityChange,
  AuthorityMember,
  ReadyStatement,
} from '#protocol/transaction/kinds/authority.ts'
import type { TransactionBody } from '#protocol/transaction/kinds/transaction-body.ts'
import { termsOf } from '#protocol/transaction/operator-terms.ts'
import { encodeBase64url } from '#text-encoding'
import { type Actor, actor, peerId } from './actors.ts'
import type { Consenting, World } from './ledger-builders.ts'

/** An authority whose three keys grow from one name. */
export type TestAuthority = {
  readonly consensus: Actor
  readonly operator: Actor
  readonly member: AuthorityMember
}

export const authority = (name: string): TestAuthority => {
  const consensus = actor(`consensus ${name}`)
  const operator = actor(`operator ${name}`)
  return {
    consensus,
    operator,
    member: {
      consensusKey: consensus.key,
      operatorKey: operator.key,
      peerId: peerId(name),
      addresses: ['/ip4/127.0.0.1/tcp/4001'],
    },
  }
}

/** The authority that the genesis of a test world names. */
export const FIRST: TestAuthority = {
  consensus: actor('consensus'),
  operator: actor('operator'),
  member: {
    consensusKey: actor('consensus').key,
    operatorKey: actor('operator').key,
    peerId: peerId('authority'),
    addresses: ['/ip4/127.0.0.1/tcp/4001'],
  },
}

export const readyOf = (
  by: TestAuthority,
  change: Pick<AuthorityChange, 'epoch' | 'members'> & { readonly networkId: NetworkId },
  { height, version }: { readonly height: number; readonly version: number },
): ReadyStatement => {
  const { epoch, members, networkId } = change
  const domain = { chainId: idBytes(networkId), set: authoritySetOf(members) }
  const signature = encodeBase64url(
    by.consensus.sign(readyBytes({ epoch, height, version }, domain)),
  )
  return { consensusKey: by.member.consensusKey, height, version, signature }
}

/** A change that a quorum agreed to and every member is ready for, unless said otherwise. */
export const changeTo = (
  world: Pick<World, 'genesis' | 'height'>,
  to: readonly TestAuthority[],
  options: {
    readonly epoch?: number
    readonly version?: number
    readonly ready?: readonly TestAuthority[]
    readonly knows?: number
  } = {},
): AuthorityChange => {
  const { epoch = 2, version, ready = to, knows = version ?? 1 } = options
  const members = to.map(({ member }) => member)
  const content = { epoch, members, networkId: networkIdOf(world.genesis) }
  return {
    kind: 'authority.change',
    epoch,
    members,
    ...(version !== undefined && { version }),
    ready: ready.map((by) => readyOf(by, content, { height: world.height(), version: knows })),
  }
}

export const consentTo = (change: AuthorityChange, by: Actor): Consenting => ({
  by,
  agree: { kind: 'authority.change', epoch: change.epoch, terms: termsOfChange(change) },
})

/** An operator's consent to a body that the authorities' threshold decides. */
export const operatorsTo = (body: TransactionBody, by: Actor = FIRST.operator): Consenting => ({
  by,
  agree: { kind: 'operators', terms: termsOf(body) },
})
