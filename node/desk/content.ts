import { utf8 } from '#protocol/bytes.ts'
import { type Hash, hashOf } from '#protocol/hash.ts'
import type { Operation, TransactionBody } from '#protocol/transaction/kinds/transaction-body.ts'

/**
 * What a parsed body asks for, in one hash: its members are in the order of the schema. By which grant
 * is left out: a payment is its place's, and stays itself when its till has been given another grant. Of
 * claims only how many: this node makes them, each time others, and whoever asks again means the same.
 */
export const contentOf = (body: TransactionBody): Hash => {
  const asked =
    body.kind === 'batch' ? { ...body, operations: body.operations.map(askedIn) } : askedIn(body)
  return hashOf(utf8(JSON.stringify(asked)))
}

const askedIn = (operation: Operation): object =>
  operation.kind === 'card.register' && operation.claims !== undefined
    ? { ...operation, grant: undefined, claims: operation.claims.length }
    : { ...operation, grant: undefined }
