import type { CardId, GrantId, HoldId, Key, NetworkId, PlaceId, WalletId } from '#protocol/id.ts'
import { payerOf } from '#protocol/ledger/payer.ts'
import type { HoldRecord } from '#protocol/state/record-hold.ts'
import type { Payer } from '#protocol/transaction/kinds/terms.ts'
import type { PaymentId } from '#protocol/transaction/payment-id.ts'
import type { Signer } from '../desk/key-ring.ts'
import type { FinalBlock, FinalView } from '../pipeline/executor.ts'
import { type Consented, createConsents } from './consents.ts'
import type { GiveBack } from './give-back.ts'
import type { GrantWatch } from './grant-watch.ts'
import type { LeaseBook } from './lease-book.ts'
import { type News, newsOf } from './lease-news.ts'
import {
  type LeaseSettings,
  type LeaseTerms,
  type Reservation,
  reservationFor,
  suffices,
} from './lease-policy.ts'
import { LEASE_BATCH_MAX, PAYERS_WAITING_MAX } from './limits.ts'
import { type OpeningsParts, open } from './openings.ts'

export type KeeperParts = Omit<OpeningsParts, 'view'> & {
  readonly view: () => FinalView
  readonly networkId: NetworkId
  readonly settings: LeaseSettings
  readonly book: LeaseBook
  readonly giveBack: GiveBack
  readonly signer: () => Signer | undefined
  readonly place: () => PlaceId | undefined
  /** Whether payments become final: else nothing is opened or given back. */
  readonly isOnline: () => boolean
  /** Told at each look whether the grant is missing without which nothing is opened. */
  readonly noteGrant: GrantWatch['note']
  readonly newId: () => PaymentId
}

/** The venue's policy at work: opens leases in advance, and gives back what is wanted elsewhere. */
export type LeaseKeeper = {
  readonly onFinal: (blocks: readonly Pick<FinalBlock, 'transactions' | 'events'>[]) => void
  /** A payer who signs for it was here: leases what it has once its payment is final. */
  readonly agree: (payer: Payer, by: Signer) => void
  /** Does what has come up; to be called every moment. Resolves when the ledger has said to it. */
  readonly tick: () => Promise<void>
  /** After closing time: gives everything back, and opens nothing until it is opened again. */
  readonly close: () => void
  readonly reopen: () => void
  readonly isClosed: () => boolean
}

/**
 * One transaction at a time, a batch each: a till never waits behind more than one. What is wanted
 * elsewhere goes before what is opened.
 */
export const createLeaseKeeper = (parts: KeeperParts): LeaseKeeper => {
  const { book, settings } = parts
  const here = new Map<string, Payer>()
  const wanted = createWanted(parts)
  const consents = createConsents(parts)
  let closed = false
  let busy = false

  const hear = (news: News): void => {
    const name = nameOf(news.payer)
    if (news.kind === 'wanted') {
      here.delete(name)
      wanted.add(news.payer)
    } else if (here.size < PAYERS_WAITING_MAX) here.set(name, news.payer)
  }

  const work = async (): Promise<void> => {
    if (!parts.isOnline()) return
    await wanted.giveBack()
    if (closed || !settings.enabled) return
    const signer = parts.signer()
    const terms = termsOf(parts, signer)
    parts.noteGrant(terms === undefined)
    if (terms === undefined || signer === undefined) return
    const agreed = consents.next()
    if (agreed === undefined) await openByMandate(parts, { terms, signer, payers: take(here) })
    else await openByConsent(parts, { terms, signer, agreed })
  }

  return {
    onFinal: (blocks) => {
      const place = parts.place()
      if (place === undefined) return
      for (const block of blocks) for (const news of newsIn(place, block)) hear(news)
    },
    agree: (payer, by) => {
      const place = parts.place()
      if (!settings.enabled || closed || !parts.isOnline() || place === undefined) return
      if (!hasEnough(parts, payer)) consents.add({ payer, by, place })
    },
    tick: async () => {
      if (busy) return
      busy = true
      try {
        await work()
      } finally {
        busy = false
      }
    },
    close: () => {
      closed = true
      here.clear()
      wanted.addAll(book.all())
    },
    reopen: () => {
      closed = false
    },
    isClosed: () => closed,
  }
}

type Block = Pick<FinalBlock, 'transactions' | 'events'>

const newsIn = (place: PlaceId, { transactions, events }: Block): readonly News[] =>
  transactions.flatMap(({ body }, index) => {
    const event = events[index]
    return event === undefined ? [] : newsOf(place, body, event)
  })

const hasEnough = ({ book, settings, clock }: KeeperParts, payer: Payer): boolean => {
  const terms = { amount: settings.amount, durationMs: settings.minutes * 60_000 }
  return book.of(nameOf(payer)).some((lease) => suffices(lease, terms, clock.wallMs()))
}

/** Leases to be given back. */
const createWanted = ({ view, book, giveBack }: KeeperParts) => {
  const wanted = new Map<HoldId, HoldRecord>()
  const addAll = (leases: readonly HoldRecord[]): void => {
    for (const lease of leases) wanted.set(lease.id, lease)
  }
  return {
    addAll,
    add: (payer: Payer): void => {
      const wallet = payerOf(view(), payer).wallet?.id
      if (wallet !== undefined) addAll(book.of(wallet))
    },
    giveBack: async (): Promise<void> => {
      const some = [...wanted.values()].slice(0, LEASE_BATCH_MAX)
      if (some.length === 0) return
      for (const { id } of some) wanted.delete(id)
      await giveBack(some)
      // What could not be given back yet, for what is on its way, is as soon as it can be.
      for (const { id, owner } of some) addAll(book.of(owner).filter((lease) => lease.id === id))
    },
  }
}

type Opening = { readonly terms: LeaseTerms; readonly signer: Signer }

const openByMandate = async (
  parts: KeeperParts,
  { terms, signer, payers }: Opening & { readonly payers: readonly Payer[] },
): Promise<void> => {
  const reservations = reservationsFor(parts, { terms, payers, agreed: false })
  if (reservations.length === 0) return
  const common = { place: terms.place, signer, consents: [] }
  const { refused } = await open(parts, { ...common, id: parts.newId(), reservations })
  if (!refused || reservations.length === 1) return
  // Somebody's money went meanwhile: each for itself.
  for (const reservation of reservations) {
    await open(parts, { ...common, id: parts.newId(), reservations: [reservation] })
  }
}

const openByConsent = async (
  parts: KeeperParts,
  { terms, signer, agreed }: Opening & { readonly agreed: Consented },
): Promise<void> => {
  const { id, payers, texts: consents } = agreed
  const reservations = reservationsFor(parts, { terms, payers, agreed: true })
  if (reservations.length === 0) return
  await open(parts, { place: terms.place, signer, id, reservations, consents })
}

const reservationsFor = (
  { view, clock }: KeeperParts,
  {
    terms,
    payers,
    agreed,
  }: { readonly terms: LeaseTerms; readonly payers: readonly Payer[]; readonly agreed: boolean },
): readonly Reservation[] =>
  payers
    .map((payer) => reservationFor(view(), terms, { payer, nowMs: clock.wallMs(), agreed }))
    .filter((reservation) => reservation.length > 0)

const nameOf = (payer: Payer): CardId | WalletId => ('card' in payer ? payer.card : payer.wallet)

/** So many of those that have waited longest. */
const take = (waiting: Map<string, Payer>): readonly Payer[] => {
  const some = [...waiting.entries()].slice(0, LEASE_BATCH_MAX)
  for (const [name] of some) waiting.delete(name)
  return some.map(([, payer]) => payer)
}

/** The right of the place that the key of this node's leases has; undefined: it has none. */
const termsOf = (
  { view, place: own, settings }: KeeperParts,
  signer: Signer | undefined,
): LeaseTerms | undefined => {
  const place = own()
  if (place === undefined || signer === undefined) return undefined
  const grant = leaseGrantOf(view(), place, signer.signerKey)
  if (grant === undefined) return undefined
  return {
    place,
    key: signer.signerKey,
    grant,
    amount: settings.amount,
    durationMs: settings.minutes * 60_000,
  }
}

/** The live grant by which a key may open and give back leases of a place. */
export const leaseGrantOf = (
  view: Pick<FinalView, 'records'>,
  place: PlaceId,
  grantee: Key,
): GrantId | undefined => {
  for (const grant of view.records('grant')) {
    const isOurs = grant.place === place && grant.grantee === grantee
    if (!isOurs || grant.revokedMs !== undefined) continue
    if (grant.actions.includes('hold.open') && grant.actions.includes('hold.release')) {
      return grant.id
    }
  }
  return undefined
}
