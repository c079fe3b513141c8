import { utf8 } from '#protocol/bytes.ts'
import { type Hash, hashOf } from '#protocol/hash.ts'
import type { TransactionBody } from '#protocol/transaction/kinds/transaction-body.ts'

/**
 * What a parsed body asks for, in one hash: its members are in the order of the schema. By which grant
 * is left out: a payment is its place's, and stays itself when its till has been given another grant.
 */
export const contentOf = (body: TransactionBody): Hash => {
  const asked =
    body.kind === 'batch'
      ? { ...body, operations: body.operations.map(withoutGrant) }
      : withoutGrant(body)
  return hashOf(utf8(JSON.stringify(asked)))
}

const withoutGrant = (operation: object): object => ({ ...operation, grant: undefined })
