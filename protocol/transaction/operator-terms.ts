import { utf8 } from '../bytes.ts'
import { type Hash, hashOf } from '../hash.ts'
import { TransactionBody } from './kinds/transaction-body.ts'

/**
 * What operators agree to under their threshold: SHA-256 of the JSON text of the whole body, its
 * members in the order of its schema, whatever order it was written in.
 */
export const termsOf = (body: TransactionBody): Hash =>
  hashOf(utf8(JSON.stringify(TransactionBody.parse(body))))
