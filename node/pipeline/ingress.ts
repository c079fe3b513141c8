import { type Hash, hashOfText } from '#protocol/hash.ts'
import type { NetworkId } from '#protocol/id.ts'
import { LARGE_TRANSACTION_BYTES_MAX } from '#protocol/limits.ts'
import type { Transaction, VerifiedTransaction } from '#protocol/transaction/envelope.ts'
import type { DoorCode } from '#protocol/transaction/outcome.ts'
import { type ParsedTransaction, parseTransaction } from '#protocol/transaction/parse.ts'
import type { Mempool } from './mempool.ts'

/** Checks the signatures of many transactions together; answers in the order asked, maybe later. */
export type SignatureChecker = (
  parsed: readonly ParsedTransaction[],
  done: (results: readonly (VerifiedTransaction | DoorCode)[]) => void,
) => void

/** What became of one transaction at the door of this node. */
export type Entry =
  | { readonly kind: 'accepted'; readonly transaction: VerifiedTransaction }
  /** Here already, or settled a short while ago. */
  | { readonly kind: 'known'; readonly hash: Hash }
  | { readonly kind: 'refused'; readonly code: DoorCode; readonly detail: string }
  /** No room in the mempool, or too many signatures wait for their check. */
  | { readonly kind: 'overloaded'; readonly hash: Hash }

/** Transactions whose signatures are being checked at once: seconds of work for one core. */
export const CHECKING_MAX = 20_000

/**
 * The door of the pipeline: size, decode, schema, signatures, each transaction once, then the
 * mempool. What state says of a transaction is decided in a block, never here.
 */
export type Ingress = {
  /** Entries come in the order of `texts`. */
  readonly receive: (texts: readonly string[], done: (entries: readonly Entry[]) => void) => void
  /**
   * The same checks for a body of a block, past the mempool's bounds; undefined when one fails. `hashes`:
   * of the texts, where they were needed before.
   */
  readonly verify: (
    texts: readonly string[],
    done: (transactions: readonly VerifiedTransaction[] | undefined) => void,
    hashes?: readonly Hash[],
  ) => void
  /** Into the mempool without a check: this process has just signed it. */
  readonly trust: (transaction: VerifiedTransaction) => Entry
}

type IngressParts = {
  readonly networkId: NetworkId
  readonly mempool: Mempool
  readonly check: SignatureChecker
  readonly isQuarantined: (hash: Hash) => boolean
}

type Decoded =
  | { readonly kind: 'parsed'; readonly parsed: ParsedTransaction }
  | Extract<Entry, { kind: 'known' | 'refused' }>

export const createIngress = (parts: IngressParts): Ingress => {
  const { mempool } = parts
  let checking = 0

  const decode = (text: string): Decoded => {
    if (text.length > LARGE_TRANSACTION_BYTES_MAX) {
      return { kind: 'refused', code: 'too_large', detail: `${text.length} bytes` }
    }
    const hash = hashOfText(text)
    if (mempool.knows(hash)) return { kind: 'known', hash }
    if (parts.isQuarantined(hash)) return { kind: 'refused', code: 'quarantined', detail: hash }
    const parsed = parseTransaction(text, parts.networkId, hash)
    return parsed.ok
      ? { kind: 'parsed', parsed }
      : { kind: 'refused', code: parsed.code, detail: parsed.detail }
  }

  const enter = (transaction: VerifiedTransaction): Entry => {
    const admission = mempool.add(transaction)
    if (admission === 'added') return { kind: 'accepted', transaction }
    if (admission === 'known') return { kind: 'known', hash: transaction.hash }
    return { kind: 'overloaded', hash: transaction.hash }
  }

  const receive: Ingress['receive'] = (texts, done) => {
    const decoded = texts.map(decode)
    const parsed: ParsedTransaction[] = []
    for (const one of decoded) if (one.kind === 'parsed') parsed.push(one.parsed)
    if (parsed.length === 0 || checking + parsed.length > CHECKING_MAX) {
      done(decoded.map((one) => (one.kind === 'parsed' ? overloaded(one.parsed) : one)))
      return
    }
    checking += parsed.length
    parts.check(parsed, (results) => {
      checking -= parsed.length
      let next = 0
      done(
        decoded.map((one) => {
          if (one.kind !== 'parsed') return one
          const result = results[next++]
          if (result === undefined) throw new Error('a signature check gave no answer')
          return typeof result === 'string'
            ? unsigned(result, one.parsed.transaction)
            : enter(result)
        }),
      )
    })
  }

  const verify: Ingress['verify'] = (texts, done, hashes = []) => {
    const known: (VerifiedTransaction | undefined)[] = []
    const unknown: ParsedTransaction[] = []
    for (const text of texts) {
      const hash = hashes[known.length] ?? hashOfText(text)
      const held = mempool.get(hash)
      known.push(held)
      if (held !== undefined) continue
      const parsed = parseTransaction(text, parts.networkId, hash)
      if (!parsed.ok) {
        done(undefined)
        return
      }
      unknown.push(parsed)
    }
    if (unknown.length === 0) done(whole(known, []))
    else parts.check(unknown, (results) => done(whole(known, results)))
  }

  return { receive, verify, trust: enter }
}

/** What was known, with the results of the checks in the gaps; undefined when one is no transaction. */
const whole = (
  known: readonly (VerifiedTransaction | undefined)[],
  results: readonly (VerifiedTransaction | DoorCode)[],
): readonly VerifiedTransaction[] | undefined => {
  const transactions: VerifiedTransaction[] = []
  let next = 0
  for (const held of known) {
    const transaction = held ?? results[next++]
    if (transaction === undefined || typeof transaction === 'string') return undefined
    transactions.push(transaction)
  }
  return transactions
}

const overloaded = ({ transaction: { hash } }: ParsedTransaction): Entry => ({
  kind: 'overloaded',
  hash,
})

const unsigned = (code: DoorCode, { hash }: Transaction): Entry => ({
  kind: 'refused',
  code,
  detail: `transaction ${hash}`,
})
