import { z } from 'zod'
import { loadGenesis } from '#config/genesis-file.ts'
import type { Trusted } from '#protocol/proof/finality.ts'
import { trustedOf } from '#protocol/proof/genesis-trust.ts'
import { verifyReceipt } from '#protocol/proof/receipt.ts'
import { verifySignature } from '#signature'
import type { Book, Entry } from './book.ts'

/** Receipts that are fetched and verified: evenly over the evening. */
const RECEIPTS_MAX = 1_000

/** What a genesis file alone says of whom to trust. */
export const trustOf = (genesisFile: string): Trusted => {
  const loaded = loadGenesis(genesisFile)
  if (!loaded.ok) throw new Error(loaded.problems.map(({ message }) => message).join('; '))
  return trustedOf(loaded.genesis)
}

/**
 * Verifies receipts of applied payments against genesis alone; gives how many there were and the
 * payments whose receipt does not prove what the till was answered.
 */
export const verifyReceipts = async (
  book: Book,
  trusted: Trusted,
): Promise<{ readonly verified: number; readonly faults: readonly string[] }> => {
  const applied = book.applied()
  const step = Math.max(1, Math.ceil(applied.length / RECEIPTS_MAX))
  const sample = applied.filter((_, index) => index % step === 0)
  const faults: string[] = []
  const queue = sample.values()
  const work = async (): Promise<void> => {
    for (const entry of queue) {
      const fault = await faultOf(entry, { trusted, isCaptured: book.isCaptured(entry.id) })
      if (fault !== undefined) faults.push(fault)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return { verified: sample.length - faults.length, faults }
}

const AT_ONCE = 8

const faultOf = async (
  { id, venue, verdict }: Entry,
  { trusted, isCaptured }: { readonly trusted: Trusted; readonly isCaptured: boolean },
): Promise<string | undefined> => {
  const [till] = venue.tills
  if (till === undefined || verdict.status !== 'applied') return undefined
  const answer = await till.client.get(`/v1/transactions/${id}/receipt`)
  if (answer.status !== 200) return `${id}: ${answer.status} instead of a receipt`
  const facts = verifyReceipt(answer.body, trusted, verifySignature)
  if (!facts.ok) return `${id}: ${facts.code}`
  const { header, index, outcome } = facts
  const isThere = header.height === verdict.height && index === verdict.index
  // What was captured may have been signed anew, under another id.
  const isSame = isCaptured || idIn(facts.transaction) === id
  return isThere && isSame && outcome === 'applied'
    ? undefined
    : `${id}: its receipt says something else`
}

const Payload = z.object({ jti: z.string() })

/** The payment id that a signed transaction names. */
const idIn = (transaction: string | undefined): string | undefined => {
  if (transaction === undefined) return undefined
  const [, payload = ''] = transaction.split('.')
  return Payload.parse(JSON.parse(Buffer.from(payload, 'base64url').toString())).jti
}
