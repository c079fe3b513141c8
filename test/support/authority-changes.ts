import type { OutboxEntry } from '#node/outbox/outbox.ts'
import { utf8 } from '#protocol/bytes.ts'
import { authoritySetOf } from '#protocol/chain/authority-set.ts'
import { readyBytes } from '#protocol/chain/ready.ts'
import { hashOf } from '#protocol/hash.ts'
import { idBytes, type NetworkId } from '#protocol/id.ts'
import { termsOfChange } from '#protocol/transaction/change-terms.ts'
import type { AuthorityChange, AuthorityMember } from '#protocol/transaction/kinds/authority.ts'
import type { PaymentId } from '#protocol/transaction/payment-id.ts'
import { signConsent, signTransaction } from '#protocol/transaction/sign.ts'
import type { Signer } from '#test/simulation/keys.ts'
import { encodeBase64url } from '#text-encoding'

/** Whoever may be an authority: its keys, and what a set says of it. */
export type Seatholder = {
  readonly consensus: Signer
  readonly operator: Signer
  readonly member: AuthorityMember
}

/** A machine whose three keys grow from a name; its operator may be somebody who has another one too. */
export const seatholderOf = (
  keys: { readonly signer: (name: string) => Signer; readonly peerId: (name: string) => string },
  name: string,
  { operator = keys.signer(`operator ${name}`), port = 4_001 } = {},
): Seatholder => {
  const consensus = keys.signer(`consensus ${name}`)
  return {
    consensus,
    operator,
    member: {
      consensusKey: consensus.key,
      operatorKey: operator.key,
      peerId: keys.peerId(name),
      addresses: [`/ip4/127.0.0.1/tcp/${port}`],
    },
  }
}

export type ChangeOrder = {
  readonly networkId: NetworkId
  /** The epoch that is to begin. */
  readonly epoch: number
  readonly members: readonly Seatholder[]
  /** The rules of that epoch, where others than the present ones. */
  readonly version: number | undefined
  /** The newest rules that the software of a member knows. */
  readonly knows: (member: Seatholder) => number
  /** Whether a member says that it is ready. */
  readonly isReady: (member: Seatholder) => boolean
  /** Who consents; the first one signs. */
  readonly operators: readonly Signer[]
  /** What the members say that they are synced to. */
  readonly height: number
  readonly id: PaymentId
  readonly nowMs: number
  readonly forMs: number
}

/** A change of the authorities, with the word of every member to come that it is ready. */
export const signedChange = (order: ChangeOrder): OutboxEntry => {
  const { networkId, id: jti, nowMs, operators } = order
  const [first] = operators
  if (first === undefined) throw new Error('no operator')
  const exp = Math.floor((nowMs + order.forMs) / 1_000)
  const base = { networkId, jti, exp }
  const change = changeOf(order)
  const agree = {
    kind: 'authority.change',
    epoch: change.epoch,
    terms: termsOfChange(change),
  } as const
  const consents = operators.map(({ key, sign }) =>
    signConsent({ ...base, signerKey: key, sign, agree }),
  )
  const signing = { ...base, signerKey: first.key, sign: first.sign, body: change, consents }
  const text = signTransaction(signing)
  return {
    hash: hashOf(utf8(text)),
    text,
    id: jti,
    scope: first.key,
    kind: change.kind,
    expMs: exp * 1_000,
    sinceMs: nowMs,
  }
}

const changeOf = ({ networkId, epoch, height, version, knows, isReady, ...order }: ChangeOrder) => {
  const members = order.members.map(({ member }) => member)
  const domain = { chainId: idBytes(networkId), set: authoritySetOf(members) }
  const ready = order.members.filter(isReady).map((one) => {
    const said = { epoch, height, version: knows(one) }
    const signature = encodeBase64url(one.consensus.sign(readyBytes(said, domain)))
    return { consensusKey: one.consensus.key, height, version: said.version, signature }
  })
  const change: AuthorityChange = {
    kind: 'authority.change',
    epoch,
    members,
    ...(version !== undefined && { version }),
    ready,
  }
  return change
}
