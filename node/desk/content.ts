import { utf8 } from '#protocol/bytes.ts'
import { type Hash, hashOf } from '#protocol/hash.ts'
import type { TransactionBody } from '#protocol/transaction/kinds/transaction-body.ts'

/** What a parsed body asks for, in one hash: its members are in the order of the schema. */
export const contentOf = (body: TransactionBody): Hash => hashOf(utf8(JSON.stringify(body)))
