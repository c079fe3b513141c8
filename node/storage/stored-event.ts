import { z } from 'zod'
import { ByteReader } from '#protocol/chain/byte-reader.ts'
import { Hash } from '#protocol/hash.ts'
import { AssetId, CardId, GrantId, PlaceId, WalletId } from '#protocol/id.ts'
import type { LedgerEvent, Leg, Movement } from '#protocol/ledger/event.ts'
import { PaymentRecord } from '#protocol/state/record.ts'
import { type Kind, TransactionBody } from '#protocol/transaction/kinds/transaction-body.ts'
import { Outcome } from '#protocol/transaction/outcome.ts'
import { PaymentId } from '#protocol/transaction/payment-id.ts'
import type { OperationWriter } from './operation-writer.ts'

/**
 * What the transactions of a block did, in their order, at a third of the bytes of JSON. Of each: time
 * u64, payment id 16, kind, scope, outcome, what else is there (u8, `HAS`), place, grant, movements,
 * created, legs, facts, further facts (u8, `TELLS`, then those that are there: u64, of `reason` 32 bytes). Lists begin with their count (u16); an amount is u64, a movement its signs
 * (u8, `MOVES`), its change and, where that changes, what is held. A text is the
 * number (u16) of the same text before it in the block, from 1, or 0, its length (u32) and its UTF-8.
 */
export const writeEvents = (
  writer: OperationWriter,
  height: number,
  events: readonly LedgerEvent[],
): void => {
  const texts = new Texts(writer, events.length)
  let index = 0
  for (const event of events) {
    if (event.height !== height || event.index !== index) {
      throw new Error(`event ${event.height}/${event.index} stands at ${height}/${index}`)
    }
    writeEvent(writer, texts, event)
    index += 1
  }
}

/** The events of a block, not checked yet; undefined when the bytes are not what we write. */
export const readEventsOf = (
  bytes: Uint8Array,
  height: number,
): readonly UncheckedEvent[] | undefined => {
  const reader = new ByteReader(bytes)
  const texts: string[] = []
  const events: UncheckedEvent[] = []
  while (!reader.failed && reader.remaining > 0) {
    events.push(readEvent(reader, texts, { height, index: events.length }))
  }
  return reader.finish() === undefined ? events : undefined
}

/** An event with its names unchecked: of a page only those that are asked for are worth it. */
export type UncheckedEvent = { readonly [K in keyof LedgerEvent]: unknown }

/** The event itself, or undefined when it is none. */
export const checkedEvent = (event: UncheckedEvent): LedgerEvent | undefined => {
  const parsed = StoredEvent.safeParse(event)
  return parsed.success ? parsed.data : undefined
}

/** What an event has that not every event has. */
const HAS = {
  place: 1,
  legs: 2,
  facts: 4,
  missingAmount: 8,
  cancelled: 16,
  isCancelled: 32,
  furtherFacts: 64,
  grant: 128,
}
/** Which the further facts are: numbers, and last a hash. */
const TELLS = { untilMs: 1, visits: 2, stayedMs: 4, uncovered: 8, reason: 16 }
/** Of a movement: its change is negative, what is held changes too, and that is negative. */
const MOVES = { out: 1, held: 2, freed: 4 }
const TEXTS_MAX = 0xffff

/** Places that texts of a block fall into, by pairs, two for each new text of a sale; a power of two. */
const PLACES_MAX = 2_048
const PLACES_PER_EVENT = 4

/**
 * The texts of a block so far, each with its number. The last two of each pair of places are known again; a
 * text that others have driven out is written a second time, which takes less than to look all up.
 */
class Texts {
  readonly #writer: OperationWriter
  readonly #texts: string[]
  readonly #numbers: number[]
  /** Of the first place of each pair. */
  readonly #mask: number
  #count = 0

  constructor(writer: OperationWriter, events: number) {
    const wanted = Math.min(PLACES_MAX, PLACES_PER_EVENT * events)
    const places = 2 ** Math.ceil(Math.log2(Math.max(PLACES_PER_EVENT, wanted)))
    this.#writer = writer
    this.#texts = new Array<string>(places).fill('')
    this.#numbers = new Array<number>(places).fill(0)
    this.#mask = places - 2
  }

  write(text: string): void {
    const place = placeOf(text) & this.#mask
    const newest = this.#numberAt(place, text)
    const known = newest > 0 ? newest : this.#numberAt(place + 1, text)
    if (known > 0) this.#writer.u16(known)
    else this.#writer.u16(0).text(text)
    if (newest > 0) return
    const number = known > 0 ? known : this.#next()
    if (number > 0) this.#put(place, text, number)
  }

  /** 0: it is another text, or none. */
  #numberAt(place: number, text: string): number {
    return this.#texts[place] === text ? (this.#numbers[place] ?? 0) : 0
  }

  /** 0: there are as many texts as have numbers. */
  #next(): number {
    if (this.#count === TEXTS_MAX) return 0
    this.#count += 1
    return this.#count
  }

  /** The one written last comes first: what every event names is never driven out by what one names. */
  #put(place: number, text: string, number: number): void {
    this.#texts[place + 1] = this.#texts[place] ?? ''
    this.#numbers[place + 1] = this.#numbers[place] ?? 0
    this.#texts[place] = text
    this.#numbers[place] = number
  }
}

/** Multiplicative hashing (Knuth, TAOCP 6.4) of three characters, of an identifier as good as random. */
const placeOf = (text: string): number => {
  const at = text.length < 8 ? 0 : 5
  const high = (text.charCodeAt(at) << 14) | (text.charCodeAt(at + 1) << 7)
  return Math.imul(high | text.charCodeAt(at + 2), 0x9e3779b1) >>> 20
}

const writeEvent = (writer: OperationWriter, texts: Texts, event: LedgerEvent): void => {
  const { place, grant, movements, created, legs, facts } = event
  writer.u64(event.timeMs).payment(event.id)
  texts.write(event.kind)
  texts.write(event.scope)
  texts.write(event.outcome)
  const further = facts === undefined ? 0 : furtherBits(facts)
  writer.u8(contentsOf(event) | (further === 0 ? 0 : HAS.furtherFacts))
  if (place !== undefined) texts.write(place)
  if (grant !== undefined) texts.write(grant)
  writer.u16(movements.length)
  for (const movement of movements) writeMovement(writer, texts, movement)
  writer.u16(created.length)
  for (const id of created) texts.write(id)
  if (legs !== undefined) writeLegs(writer, texts, legs)
  if (facts?.missingAmount !== undefined) writer.u64(facts.missingAmount)
  if (facts !== undefined && further > 0) writeFurtherFacts(writer.u8(further), facts)
}

type Facts = NonNullable<LedgerEvent['facts']>

/** Which further facts there are. */
const furtherBits = ({ untilMs, visits, stayedMs, uncovered, reason }: Facts): number =>
  (untilMs === undefined ? 0 : TELLS.untilMs) |
  (visits === undefined ? 0 : TELLS.visits) |
  (stayedMs === undefined ? 0 : TELLS.stayedMs) |
  (uncovered === undefined ? 0 : TELLS.uncovered) |
  (reason === undefined ? 0 : TELLS.reason)

/** In the order of their bits. */
const writeFurtherFacts = (
  writer: OperationWriter,
  { untilMs, visits, stayedMs, uncovered, reason }: Facts,
): void => {
  if (untilMs !== undefined) writer.u64(untilMs)
  if (visits !== undefined) writer.u64(visits)
  if (stayedMs !== undefined) writer.u64(stayedMs)
  if (uncovered !== undefined) writer.u64(uncovered)
  if (reason !== undefined) writer.hash(reason)
}

const writeMovement = (
  writer: OperationWriter,
  texts: Texts,
  { wallet, asset, change, held }: Movement,
): void => {
  texts.write(wallet)
  texts.write(asset)
  const signs = (change < 0 ? MOVES.out : 0) | ((held ?? 0) < 0 ? MOVES.freed : 0)
  writer.u8(signs | (held === undefined ? 0 : MOVES.held)).u64(Math.abs(change))
  if (held !== undefined) writer.u64(Math.abs(held))
}

const writeLegs = (writer: OperationWriter, texts: Texts, legs: readonly Leg[]): void => {
  writer.u16(legs.length)
  for (const { card, wallet, asset, amount } of legs) {
    // No text is empty: that is a leg without a card.
    texts.write(card ?? '')
    texts.write(wallet)
    texts.write(asset)
    writer.u64(amount)
  }
}

/** All but further facts. */
const contentsOf = ({ place, grant, legs, facts }: LedgerEvent): number =>
  (place === undefined ? 0 : HAS.place) |
  (grant === undefined ? 0 : HAS.grant) |
  (legs === undefined ? 0 : HAS.legs) |
  (facts === undefined ? 0 : HAS.facts) |
  (facts?.missingAmount === undefined ? 0 : HAS.missingAmount) |
  (facts?.cancelled === undefined ? 0 : HAS.cancelled) |
  (facts?.cancelled === true ? HAS.isCancelled : 0)

const readEvent = (
  reader: ByteReader,
  texts: string[],
  place: { readonly height: number; readonly index: number },
): UncheckedEvent => {
  const timeMs = reader.u64()
  const id = uuidOf(reader.bytes(16))
  const [kind, scope, outcome] = [
    textOf(reader, texts),
    textOf(reader, texts),
    textOf(reader, texts),
  ]
  const has = reader.u8()
  const placed = has & HAS.place ? { place: textOf(reader, texts) } : {}
  const granted = has & HAS.grant ? { grant: textOf(reader, texts) } : {}
  const movements = listOf(reader, () => movementOf(reader, texts))
  const created = listOf(reader, () => textOf(reader, texts))
  const legs = has & HAS.legs ? { legs: listOf(reader, () => legOf(reader, texts)) } : {}
  const facts = has & HAS.facts ? { facts: factsOf(reader, has) } : {}
  const common = { timeMs, kind, id, scope, outcome, movements, created }
  return { ...place, ...common, ...placed, ...granted, ...legs, ...facts }
}

type Unchecked<T> = { readonly [K in keyof T]: unknown }

const movementOf = (reader: ByteReader, texts: string[]): Unchecked<Movement> => {
  const [wallet, asset] = [textOf(reader, texts), textOf(reader, texts)]
  const moves = reader.u8()
  if (moves > (MOVES.out | MOVES.held | MOVES.freed)) reader.fail('unknown_format')
  const size = reader.u64()
  const change = moves & MOVES.out ? -size : size
  if (!(moves & MOVES.held)) return { wallet, asset, change }
  const held = reader.u64()
  return { wallet, asset, change, held: moves & MOVES.freed ? -held : held }
}

const legOf = (reader: ByteReader, texts: string[]): Unchecked<Leg> => {
  const card = textOf(reader, texts)
  const [wallet, asset] = [textOf(reader, texts), textOf(reader, texts)]
  return { ...(card !== '' && { card }), wallet, asset, amount: reader.u64() }
}

const factsOf = (reader: ByteReader, has: number): Unchecked<LedgerEvent['facts']> => ({
  ...(has & HAS.missingAmount && { missingAmount: reader.u64() }),
  ...(has & HAS.cancelled && { cancelled: (has & HAS.isCancelled) !== 0 }),
  ...(has & HAS.furtherFacts && furtherFactsOf(reader)),
})

const furtherFactsOf = (reader: ByteReader): Unchecked<LedgerEvent['facts']> => {
  const tells = reader.u8()
  if (tells === 0 || tells >= 2 * TELLS.reason) {
    reader.fail('unknown_format')
  }
  return {
    ...(tells & TELLS.untilMs && { untilMs: reader.u64() }),
    ...(tells & TELLS.visits && { visits: reader.u64() }),
    ...(tells & TELLS.stayedMs && { stayedMs: reader.u64() }),
    ...(tells & TELLS.uncovered && { uncovered: reader.u64() }),
    ...(tells & TELLS.reason && { reason: Buffer.from(reader.bytes(32)).toString('hex') }),
  }
}

const listOf = <T>(reader: ByteReader, read: () => T): readonly T[] => {
  const count = reader.u16()
  const items: T[] = []
  while (!reader.failed && items.length < count) items.push(read())
  return items
}

const textOf = (reader: ByteReader, texts: string[]): string => {
  const number = reader.u16()
  if (number > 0) return texts[number - 1] ?? 'no such text'
  const text = Buffer.from(reader.bytes(reader.u32())).toString()
  if (texts.length < TEXTS_MAX) texts.push(text)
  return text
}

const uuidOf = (bytes: Uint8Array): string => {
  const hex = Buffer.from(bytes).toString('hex')
  const [a, b, c, d] = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20)]
  return `${a}-${b}-${c}-${d}-${hex.slice(20)}`
}

const KINDS: ReadonlySet<unknown> = new Set(
  TransactionBody.options.map((option) => option.shape.kind.value),
)

const Count = z.int().min(0)

const StoredEvent: z.ZodType<LedgerEvent> = z.strictObject({
  height: Count,
  index: Count,
  timeMs: Count,
  kind: z.custom<Kind>((value) => KINDS.has(value)),
  id: PaymentId,
  scope: PaymentRecord.shape.scope,
  place: PlaceId.exactOptional(),
  grant: GrantId.exactOptional(),
  outcome: Outcome,
  movements: z.array(
    z.strictObject({
      wallet: WalletId,
      asset: AssetId,
      change: z.int(),
      held: z.int().exactOptional(),
    }),
  ),
  created: z.array(z.string()),
  legs: z
    .array(
      z.strictObject({
        card: CardId.exactOptional(),
        wallet: WalletId,
        asset: AssetId,
        amount: Count,
      }),
    )
    .exactOptional(),
  facts: z
    .strictObject({
      missingAmount: Count.exactOptional(),
      cancelled: z.boolean().exactOptional(),
      untilMs: Count.exactOptional(),
      visits: Count.exactOptional(),
      stayedMs: Count.exactOptional(),
      uncovered: Count.exactOptional(),
      reason: Hash.exactOptional(),
    })
    .exactOptional(),
})
