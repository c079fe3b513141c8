import {
  decodeCertificate,
  type Finalization,
  isFinalization,
} from '#protocol/chain/certificate.ts'
import type { Hash } from '#protocol/hash.ts'
import type { LedgerEvent } from '#protocol/ledger/event.ts'
import type { Scope } from '#protocol/state/record.ts'
import type { PaymentId } from '#protocol/transaction/payment-id.ts'
import { storedBase } from './chain-base.ts'
import { type Answer, type Done, whenDone, withValue } from './completion.ts'
import { corruptState, hex } from './corrupt-state.ts'
import { decodedAt, decodedFrom } from './decoded-at.ts'
import { type Owner, readEvent, readEvents, readHistory, readRising } from './event-reader.ts'
import {
  after,
  hashPart,
  heightPart,
  keyOf,
  type LedgerPlace,
  PREFIXES,
  paymentPart,
  scopePart,
} from './key-map.ts'
import type { Entry, KeyValuePort } from './key-value-port.ts'
import { PAGE_MAX } from './limits.ts'
import { eachEntry, readPage } from './range-reader.ts'
import {
  decodeHeight,
  decodeStoredBlock,
  decodeTransactionEnd,
  type StoredBlock,
  type TransactionEnd,
} from './stored-block.ts'

/**
 * What is committed. Point reads answer at once; pages come later. Everything throws or answers
 * `state_corrupt` where bytes are not what was written. A limit above `PAGE_MAX` counts as that.
 */
export type ChainReader = {
  /** The first block that has its successors here: genesis, or the block of the snapshot it began with. */
  readonly begin: () => number
  readonly block: (height: number) => StoredBlock | undefined
  readonly heightOf: (digest: Hash) => number | undefined
  readonly payment: (scope: Scope, id: PaymentId) => TransactionEnd | undefined
  readonly event: (place: LedgerPlace) => LedgerEvent | undefined
  /** The transaction of this hash, whoever's payment id its `id` was. */
  readonly transaction: (
    of: { readonly id: PaymentId; readonly hash: Hash },
    answer: Answer<TransactionEnd | undefined>,
  ) => void
  /** The finalization of the block at `height`, or of the next block above that has one. */
  readonly certificate: (height: number, answer: Answer<CertifiedHeight | undefined>) => void
  /** Events strictly above `from`, oldest first. */
  readonly events: (
    from: LedgerPlace,
    limit: number,
    answer: Answer<readonly LedgerEvent[]>,
  ) => void
  /** Events that moved money of a wallet, or that concern a place, newest first, below `below`. */
  readonly history: (
    owner: Owner,
    page: { readonly limit: number; readonly below?: LedgerPlace },
    answer: Answer<readonly LedgerEvent[]>,
  ) => void
  /** The same, oldest first, above `above`. */
  readonly rising: (
    owner: Owner,
    page: { readonly limit: number; readonly above: LedgerPlace },
    answer: Answer<readonly LedgerEvent[]>,
  ) => void
  /** The digest of every committed block from `begin` on. */
  readonly eachDigest: (onDigest: (digest: Hash) => void, done: Done) => void
}

export type CertifiedHeight = { readonly height: number; readonly certificate: Finalization }

export const createChainReader = (port: KeyValuePort): ChainReader => {
  const begin = storedBase(port).count
  return {
    begin: () => begin,
    block: (height) =>
      decodedAt(port, keyOf(PREFIXES.block, heightPart(height)), decodeStoredBlock),
    heightOf: (digest) => decodedAt(port, keyOf(PREFIXES.height, hashPart(digest)), decodeHeight),
    payment: (scope, id) =>
      decodedAt(
        port,
        keyOf(PREFIXES.payment, paymentPart(id), scopePart(scope)),
        decodeTransactionEnd,
      ),
    transaction: (of, answer) => readTransaction(port, of, answer),
    event: (place) => readEvent(port, place),
    certificate: (height, answer) => readCertificate(port, height, answer),
    events: (from, limit, answer) =>
      readEvents(port, { from, limit: Math.min(limit, PAGE_MAX) }, answer),
    history: (owner, page, answer) =>
      readHistory(port, { ...page, owner, limit: Math.min(page.limit, PAGE_MAX) }, answer),
    rising: (owner, page, answer) =>
      readRising(port, { ...page, owner, limit: Math.min(page.limit, PAGE_MAX) }, answer),
    eachDigest: (onDigest, done) =>
      eachEntry(
        port,
        keyOf(PREFIXES.block),
        ({ key, value }) => {
          const { header, digest } = decodedFrom(key, value, decodeStoredBlock)
          if (header.height >= begin) onDigest(digest)
        },
        done,
      ),
  }
}

const readTransaction = (
  port: KeyValuePort,
  { id, hash }: { readonly id: PaymentId; readonly hash: Hash },
  answer: Answer<TransactionEnd | undefined>,
): void => {
  let found: TransactionEnd | undefined
  eachEntry(
    port,
    keyOf(PREFIXES.payment, paymentPart(id)),
    ({ key, value }) => {
      const end = decodedFrom(key, value, decodeTransactionEnd)
      if (end.hash === hash) found = end
    },
    whenDone(answer, () => answer({ ok: true, value: found })),
  )
}

const readCertificate = (
  port: KeyValuePort,
  height: number,
  answer: Answer<CertifiedHeight | undefined>,
): void =>
  readPage(
    port,
    {
      from: keyOf(PREFIXES.certificate, heightPart(height)),
      to: after(keyOf(PREFIXES.certificate)),
      limit: 1,
    },
    certifiedOf,
    withValue(answer, ([first]) => answer({ ok: true, value: first })),
  )

const certifiedOf = ({ key, value }: Entry): CertifiedHeight => {
  const certificate = decodedFrom(key, value, decodeCertificate)
  if (!isFinalization(certificate)) throw corruptState(`${hex(key)}: no finalization`)
  return { height: decodedFrom(key, key.subarray(1), decodeHeight), certificate }
}
