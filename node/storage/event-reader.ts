import { concat } from '#protocol/bytes.ts'
import type { PlaceId, WalletId } from '#protocol/id.ts'
import type { LedgerEvent } from '#protocol/ledger/event.ts'
import { type Answer, guarded, withValue } from './completion.ts'
import { corruptState, hex } from './corrupt-state.ts'
import {
  after,
  heightOfKey,
  heightPart,
  keyOf,
  type LedgerPlace,
  ownerPart,
  PREFIXES,
} from './key-map.ts'
import type { Entry, KeyValuePort } from './key-value-port.ts'
import { EVENT_BLOCKS_PAGE } from './limits.ts'
import { following, readPage } from './range-reader.ts'
import { checkedEvent, readEventsOf, type UncheckedEvent } from './stored-event.ts'
import { decodeIndexes } from './stored-indexes.ts'

/** Whom an event may concern. */
export type Owner = WalletId | PlaceId

/** What a transaction did; undefined where there is none. */
export const readEvent = (port: KeyValuePort, place: LedgerPlace): LedgerEvent | undefined => {
  const bytes = port.get(eventKey(place.height))
  const event = bytes && eventsOf(bytes, place.height)[place.index]
  return event && eventOf(event)
}

/** Events strictly above `from`, oldest first, a few blocks at a time until there are enough. */
export const readEvents = (
  port: KeyValuePort,
  { from, limit }: { readonly from: LedgerPlace; readonly limit: number },
  answer: Answer<readonly LedgerEvent[]>,
): void => {
  const found: LedgerEvent[] = []
  const next = (key: Uint8Array): void =>
    readPage(
      port,
      { from: key, to: after(keyOf(PREFIXES.event)), limit: EVENT_BLOCKS_PAGE },
      (entry) => entry,
      withValue(answer, (blocks) =>
        guarded(
          answer,
          () => {
            for (const block of blocks) take(found, block, { from, limit })
          },
          () => {
            const last = blocks.at(-1)
            const isEnd = last === undefined || blocks.length < EVENT_BLOCKS_PAGE
            if (isEnd || found.length >= limit) answer({ ok: true, value: found })
            else next(following(last.key))
          },
        ),
      ),
    )
  next(eventKey(from.height))
}

/** Adds those of a block's events that are asked for. */
const take = (
  found: LedgerEvent[],
  { key, value }: Entry,
  { from, limit }: { readonly from: LedgerPlace; readonly limit: number },
): void => {
  const height = heightOfKey(key)
  const skipped = height === from.height ? from.index + 1 : 0
  for (const event of eventsOf(value, height).slice(skipped)) {
    if (found.length >= limit) return
    found.push(eventOf(event))
  }
}

export type HistoryPage = {
  readonly owner: Owner
  readonly limit: number
  readonly below?: LedgerPlace
}

/** Events that concern the owner, newest first, strictly below `below`. */
export const readHistory = (
  port: KeyValuePort,
  { owner, limit, below }: HistoryPage,
  answer: Answer<readonly LedgerEvent[]>,
): void => {
  const start = keyOf(ownerPrefix(owner), ownerPart(owner))
  const to = below === undefined ? after(start) : following(concat(start, heightPart(below.height)))
  // Each block has at least one event, but all of the first one may lie at or above `below`.
  readPage(
    port,
    { from: start, to, limit: limit + 1, reverse: true },
    placesOf,
    withValue(answer, (blocks) => {
      const places = blocks
        .flat()
        .filter(({ height, index }) => height !== below?.height || index < below.index)
        .slice(0, limit)
      guarded(
        answer,
        () => eventsAt(port, places),
        (value) => answer({ ok: true, value }),
      )
    }),
  )
}

export type RisingPage = {
  readonly owner: Owner
  readonly limit: number
  readonly above: LedgerPlace
}

/** Events that concern the owner, oldest first, strictly above `above`. */
export const readRising = (
  port: KeyValuePort,
  { owner, limit, above }: RisingPage,
  answer: Answer<readonly LedgerEvent[]>,
): void => {
  const start = keyOf(ownerPrefix(owner), ownerPart(owner))
  // All of the first block may lie at or below `above`.
  readPage(
    port,
    { from: concat(start, heightPart(above.height)), to: after(start), limit: limit + 1 },
    placesOf,
    withValue(answer, (blocks) => {
      const places = blocks
        .flatMap((block) => block.toReversed())
        .filter(({ height, index }) => height !== above.height || index > above.index)
        .slice(0, limit)
      guarded(
        answer,
        () => eventsAt(port, places),
        (value) => answer({ ok: true, value }),
      )
    }),
  )
}

/** The places that one entry of an owner's index names, newest first. */
const placesOf = ({ key, value }: Entry): readonly LedgerPlace[] => {
  const indexes = decodeIndexes(value)
  if (indexes === undefined) throw corruptState(`${hex(key)}: no indexes`)
  const height = heightOfKey(key)
  return indexes.toReversed().map((index) => ({ height, index }))
}

const eventsAt = (port: KeyValuePort, places: readonly LedgerPlace[]): readonly LedgerEvent[] => {
  let block: { readonly height: number; readonly events: readonly UncheckedEvent[] } | undefined
  return places.map(({ height, index }) => {
    if (block?.height !== height) {
      const bytes = port.get(eventKey(height)) ?? new Uint8Array(0)
      block = { height, events: eventsOf(bytes, height) }
    }
    const event = block.events[index]
    if (event === undefined) throw corruptState(`event ${index} of block ${height} is missing`)
    return eventOf(event)
  })
}

const eventKey = (height: number): Uint8Array => keyOf(PREFIXES.event, heightPart(height))

const eventsOf = (bytes: Uint8Array, height: number): readonly UncheckedEvent[] => {
  const events = readEventsOf(bytes, height)
  if (events === undefined) throw corruptState(`the events of block ${height}`)
  return events
}

const eventOf = (unchecked: UncheckedEvent): LedgerEvent => {
  const event = checkedEvent(unchecked)
  if (event === undefined) throw corruptState('an event that is none')
  return event
}

const ownerPrefix = (owner: Owner) =>
  owner.startsWith('plc') ? PREFIXES.placeEvent : PREFIXES.walletEvent
