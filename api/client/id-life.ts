import { decodeBase64urlText } from '#text-encoding'
import { isObject, objectIn } from './json.ts'
import { ID_VALIDITY_MS } from './limits.ts'
import type { Transport } from './transport.ts'

/** What the node knows of time: that of its newest block, and how long an id of a place lives. */
export type LedgerTime = { readonly timeMs: number; readonly validityMs: number }

/** How long ids live on this network, as its node says it in `GET /v1/network`. No network changes it. */
export class IdLife {
  readonly #transport: Transport
  #knownMs: number | undefined

  constructor(transport: Transport) {
    this.#transport = transport
  }

  /** Without an answer that of most networks: a node tells whoever is wrong, and keeps nothing. */
  async validityMs(signal?: AbortSignal): Promise<number> {
    return this.#knownMs ?? (await this.ledgerTime(signal))?.validityMs ?? ID_VALIDITY_MS
  }

  /** Undefined without an answer: then nobody knows what has lapsed. */
  async ledgerTime(signal?: AbortSignal): Promise<LedgerTime | undefined> {
    const answer = await this.#transport.ask({ operation: 'getNetwork' }, signal)
    if (answer.kind === 'silence' || answer.status !== 200) return undefined
    const { time, validityMs } = answer.body
    const timeMs = typeof time === 'string' ? Date.parse(time) : Number.NaN
    const ofPlaces = isObject(validityMs) ? validityMs['place'] : undefined
    if (Number.isNaN(timeMs) || typeof ofPlaces !== 'number') return undefined
    this.#knownMs = ofPlaces
    return { timeMs, validityMs: ofPlaces }
  }
}

/**
 * From this second of block time on nothing can come under the id: neither the payment, whose signed
 * text is given where the till has it, nor anything else.
 */
export const lapseSeconds = (
  id: string,
  { validityMs, text }: { readonly validityMs: number; readonly text?: string | undefined },
): number =>
  Math.max(Math.floor((idTimeMs(id) + validityMs) / 1_000), expirySecondsIn(text ?? '') ?? 0)

/** When a signed transaction ends, or one of its consents before it; undefined when it is none. */
export const endSecondsIn = (text: string): number | undefined => {
  const end = expirySecondsIn(text)
  if (end === undefined) return undefined
  const consents = payloadIn(text)?.['consents']
  const ends = Array.isArray(consents)
    ? consents.map((each) => (typeof each === 'string' ? (expirySecondsIn(each) ?? end) : end))
    : []
  return Math.min(end, ...ends)
}

const expirySecondsIn = (text: string): number | undefined => {
  const exp = payloadIn(text)?.['exp']
  return typeof exp === 'number' ? exp : undefined
}

const payloadIn = (text: string) => objectIn(decodeBase64urlText(text.split('.', 2)[1] ?? '') ?? '')

/** The time in a UUIDv7 (RFC 9562). */
const idTimeMs = (id: string): number => Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)
