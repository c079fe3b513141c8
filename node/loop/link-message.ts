import type { ByteReader } from '#protocol/chain/byte-reader.ts'
import { ByteWriter } from '#protocol/chain/byte-writer.ts'
import { type Decoded, decodeWith } from '#protocol/chain/decoded.ts'
import {
  decodeFetchRequest,
  decodeFetchResponse,
  encodeFetchRequest,
  type FetchRequest,
  type FetchResponse,
  roomOf,
  writeFetchResponse,
} from '#protocol/chain/fetch.ts'
import { type ConsensusMessage, decodeMessage, encodeMessage } from '#protocol/chain/message.ts'
import { LARGE_TRANSACTION_BYTES_MAX } from '#protocol/limits.ts'

/** Transactions in one bundle: a turn's worth under full load. */
export const BUNDLE_TRANSACTIONS_MAX = 1_024
/** Bytes of transactions in one bundle, unless a single one is larger. */
export const BUNDLE_BYTES_MAX = 65_536

/** What travels on the stream between two nodes. */
export type LinkMessage =
  | { readonly type: 'consensus'; readonly message: ConsensusMessage }
  /** `toAll`: the sender gives it to every authority itself, so that nobody need pass it on. */
  | { readonly type: 'bundle'; readonly transactions: readonly string[]; readonly toAll: boolean }
  | { readonly type: 'request'; readonly request: FetchRequest }
  | { readonly type: 'response'; readonly response: FetchResponse }
  /** The sender's outbox holds a transaction that expired: it needs a block of a later time. */
  | { readonly type: 'blockTimeAsked' }

type Bundle = Extract<LinkMessage, { type: 'bundle' }>

const TAGS = {
  consensus: 1,
  bundle: 2,
  request: 3,
  response: 4,
  blockTimeAsked: 5,
} as const satisfies Record<LinkMessage['type'], number>

/** Tag u8, then the message in its own encoding; a bundle is `toAll` (0 or 1), a
 * count u32 and (length u32, text). */
export const encodeLinkMessage = (message: LinkMessage): Uint8Array => {
  switch (message.type) {
    case 'consensus':
      return tagged('consensus', encodeMessage(message.message))
    case 'bundle':
      return encodeBundle(message)
    case 'request':
      return tagged('request', encodeFetchRequest(message.request))
    case 'response':
      return encodeResponse(message.response)
    case 'blockTimeAsked':
      return Uint8Array.of(TAGS.blockTimeAsked)
  }
}

const tagged = (type: LinkMessage['type'], content: Uint8Array): Uint8Array =>
  new ByteWriter(1 + content.length).u8(TAGS[type]).bytes(content).finish()

/** Not copied after it is written: it may hold a MiB. */
const encodeResponse = (response: FetchResponse): Uint8Array => {
  const writer = new ByteWriter(1 + roomOf(response)).u8(TAGS.response)
  writeFetchResponse(writer, response)
  return writer.finish()
}

const encodeBundle = ({ transactions, toAll }: Bundle): Uint8Array => {
  let length = 6
  for (const text of transactions) length += 4 + text.length
  const writer = new ByteWriter(length).u8(TAGS.bundle).bit(toAll).u32(transactions.length)
  for (const text of transactions) writer.u32(text.length).ascii(text)
  return writer.finish()
}

/** Total: any bytes give a message or a code. */
export const decodeLinkMessage = (bytes: Uint8Array): Decoded<LinkMessage> => {
  const content = bytes.subarray(1)
  switch (bytes[0]) {
    case TAGS.consensus:
      return map(decodeMessage(content), (message) => ({ type: 'consensus', message }))
    case TAGS.request:
      return map(decodeFetchRequest(content), (request) => ({ type: 'request', request }))
    case TAGS.response:
      return map(decodeFetchResponse(content), (response) => ({ type: 'response', response }))
    case TAGS.bundle:
      return decodeWith(content, readBundle)
    case TAGS.blockTimeAsked:
      return decodeWith(content, () => ({ type: 'blockTimeAsked' }))
    default:
      return { ok: false, code: 'unknown_format' }
  }
}

const readBundle = (reader: ByteReader): LinkMessage => {
  const toAll = reader.bit()
  const count = reader.u32Max(BUNDLE_TRANSACTIONS_MAX)
  const transactions: string[] = []
  while (!reader.failed && transactions.length < count) {
    transactions.push(reader.ascii(reader.u32Max(LARGE_TRANSACTION_BYTES_MAX)))
  }
  return { type: 'bundle', transactions, toAll }
}

const map = <A, B>(decoded: Decoded<A>, build: (value: A) => B): Decoded<B> =>
  decoded.ok ? { ok: true, value: build(decoded.value) } : decoded
