import type { Entry, EventPage, EventReader, Events } from '#api/ports/events.ts'
import type { WalletId } from '#protocol/id.ts'
import type { LedgerEvent } from '#protocol/ledger/event.ts'
import type { FinalView } from '../pipeline/executor.ts'
import type { Storage } from '../storage/storage.ts'
import { createEventPages } from './event-pages.ts'
import type { Recent } from './recent.ts'

export type EventsParts = {
  readonly view: () => FinalView
  readonly recent: Pick<Recent, 'storedHeight' | 'reachStored'>
  readonly storage: Pick<Storage, 'reader'>
}

/** Each page considers so many entries of everybody and shows those that concern the reader. */
export const createEvents = ({ view, recent, storage }: EventsParts): Events => {
  const pageAfter = createEventPages({
    recent,
    storage,
    tillOf: (grant) => view().get('grant', grant)?.till,
  })
  /** By page and reader: as long as the page of everybody is there. */
  const shown = new WeakMap<EventPage, Map<string, EventPage>>()

  const shownTo = (reader: EventReader, page: EventPage): EventPage => {
    const ofPage = shown.get(page) ?? new Map<string, EventPage>()
    shown.set(page, ofPage)
    const name = nameOf(reader)
    const known = ofPage.get(name)
    if (known !== undefined) return known
    const entries = page.entries.filter(concerns(reader, view()))
    const made = { ...page, entries: entries.map((entry) => discreet(reader, entry)) }
    ofPage.set(name, made)
    return made
  }

  return {
    after: async ({ reader, after, limit }) => shownTo(reader, await pageAfter(after, limit)),
    reach: recent.reachStored,
  }
}

const nameOf = (reader: EventReader): string => {
  switch (reader.kind) {
    case 'place':
      return reader.place
    case 'wallet':
      return reader.wallet
    case 'card':
      return reader.card
    case 'public':
      return 'public'
  }
}

/** Blocks are everybody's. */
const concerns = (reader: EventReader, view: FinalView): ((entry: Entry) => boolean) => {
  const wallet = walletOf(reader, view)
  const place = reader.kind === 'place' ? reader.place : undefined
  return (entry) => entry.kind === 'block' || isOf(entry.event, { place, wallet })
}

/** Which of its tills took a payment a place tells nobody. */
const discreet = (reader: EventReader, entry: Entry): Entry => {
  if (entry.kind === 'block' || entry.till === undefined) return entry
  const isOwn = reader.kind === 'place' && reader.place === entry.event.place
  return isOwn ? entry : { kind: 'transaction', event: entry.event }
}

/** A claim code is good for its card's own money, never for that of the wallet it was linked to. */
const walletOf = (reader: EventReader, view: FinalView): WalletId | undefined => {
  switch (reader.kind) {
    case 'public':
      return undefined
    case 'wallet':
      return reader.wallet
    case 'place':
      return view.get('place', reader.place)?.wallet
    case 'card': {
      const wallet = view.get('card', reader.card)?.wallet
      const isOwn = wallet !== undefined && view.get('wallet', wallet)?.kind === 'card'
      return isOwn ? wallet : undefined
    }
  }
}

/** A transaction is its place's, and whose money it moved; refused, that of the wallet that asked. */
const isOf = (
  event: LedgerEvent,
  { place, wallet }: { readonly place: string | undefined; readonly wallet: WalletId | undefined },
): boolean => {
  if (place !== undefined && (event.place === place || event.scope === place)) return true
  if (wallet === undefined) return false
  return event.scope === wallet || event.movements.some((movement) => movement.wallet === wallet)
}
