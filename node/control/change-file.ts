import { z } from 'zod'
import { AUTHORITIES_MAX } from '#protocol/chain/chain-limits.ts'
import { NetworkId } from '#protocol/id.ts'
import { OPERATOR_CONSENTS_MAX } from '#protocol/limits.ts'
import { ExpirySeconds } from '#protocol/transaction/envelope.ts'
import {
  type AuthorityChange,
  AuthorityMembers,
  ReadyStatement,
  RulesVersion,
} from '#protocol/transaction/kinds/authority.ts'
import { PaymentId } from '#protocol/transaction/payment-id.ts'

/**
 * A change of authorities on its way from operator to operator: what is proposed, and who has said yes
 * to it so far. Public; whoever changes a term of it makes every signature in it worthless.
 */
export const ChangeFile = z.strictObject({
  network: NetworkId,
  id: PaymentId,
  /** Seconds; every consent in it ends then. */
  exp: ExpirySeconds,
  /** The epoch that it would begin. */
  epoch: z.int().min(2),
  members: AuthorityMembers,
  version: RulesVersion.optional(),
  ready: z.array(ReadyStatement).max(AUTHORITIES_MAX),
  consents: z.array(z.string()).max(OPERATOR_CONSENTS_MAX),
})
export type ChangeFile = z.infer<typeof ChangeFile>

/** The transaction's body, as far as the file has it. */
export const changeOf = ({ epoch, members, version, ready }: ChangeFile): AuthorityChange => ({
  kind: 'authority.change',
  epoch,
  members,
  ...(version !== undefined && { version }),
  ready,
})
