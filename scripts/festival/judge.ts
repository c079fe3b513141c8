import { effectKey, type NodeLedger, type NodeOutcome } from './audit.ts'
import type { Book, Entry } from './book.ts'
import type { FestivalVenue } from './venues.ts'
import type { Verdict } from './verdict.ts'

/** A node's ledger under the node's name. */
export type NamedLedger = { readonly name: string; readonly ledger: NodeLedger }

/** What the disks of all nodes say of what the tills were answered, in sentences. */
export type Judgement = {
  readonly lost: readonly string[]
  readonly twice: readonly string[]
  readonly broken: readonly string[]
  /** Heights at which nodes hold different blocks. */
  readonly forks: readonly number[]
}

/** Holds every answer, and every balance that follows from them, against every node's own ledger. */
export const judge = (
  book: Book,
  venues: readonly FestivalVenue[],
  nodes: readonly NamedLedger[],
): Judgement => {
  const faults = book.entries.flatMap((entry) =>
    nodes.flatMap((node) => entryFault(entry, node) ?? []),
  )
  const said = (wrong: Fault['wrong']): readonly string[] =>
    faults.filter((fault) => fault.wrong === wrong).map(({ sentence }) => sentence)
  const forks = forkedHeights(nodes)
  return {
    lost: [...said('lost'), ...nodes.flatMap((node) => walletFaults(book, venues, node))],
    twice: said('twice'),
    broken: [
      ...unbalanced(nodes),
      ...nodes.flatMap((node) => supplyFaults(book, venues, node)),
      ...nodes.flatMap((node) => endFaults(book.height(), node)),
      ...forks.map((height) => `nodes hold different blocks ${height}`),
    ],
    forks,
  }
}

type Fault = { readonly wrong: 'lost' | 'twice'; readonly sentence: string }

const entryFault = (
  { id, venue, verdict }: Entry,
  { name, ledger }: NamedLedger,
): Fault | undefined => {
  const key = effectKey(venue.placeId, id)
  const effects = ledger.effects.get(key) ?? 0
  const wanted = verdict.status === 'applied' ? 1 : 0
  if (effects > wanted) {
    return { wrong: 'twice', sentence: `${id} is ${verdict.status}, ${name} has it ${effects} ×` }
  }
  if (effects < wanted) {
    return { wrong: 'lost', sentence: `${id} was answered as applied, but ${name} has it not` }
  }
  const otherwise = outcomeFault(verdict, ledger.outcomes.get(key))
  return otherwise === undefined
    ? undefined
    : { wrong: 'lost', sentence: `${id} at ${name}: ${otherwise}` }
}

/** What a node says of a payment otherwise than the till was told. */
const outcomeFault = (verdict: Verdict, found: NodeOutcome | undefined): string | undefined => {
  switch (verdict.status) {
    case 'applied': {
      const isThere = found?.height === verdict.height && found.index === verdict.index
      return isThere ? undefined : `not at ${verdict.height}/${verdict.index}, as was answered`
    }
    case 'refused':
      // One that was refused before it was signed is in no block.
      return found === undefined || found.outcome === verdict.code
        ? undefined
        : `${found.outcome}, answered as ${verdict.code}`
    case 'cancelled':
      return found?.outcome === 'cancelled' ? undefined : `${found?.outcome}, answered as cancelled`
    case 'expired':
      return found === undefined ? undefined : `${found.outcome}, answered as expired`
  }
}

/** Cards and places that do not hold what the answers add up to. */
const walletFaults = (
  book: Book,
  venues: readonly FestivalVenue[],
  { name, ledger }: NamedLedger,
): readonly string[] => {
  const held = (owner: string, asset: string): number => {
    const { wallets, balances } = ledger.holdings
    return balances.get(`${wallets.get(owner)}/${asset}`) ?? 0
  }
  const wanted = [
    ...book.cardHoldings(),
    ...venues.map((venue) => ({
      owner: venue.placeId,
      asset: venue.assetId,
      amount: book.venueTotals(venue).takings,
    })),
  ]
  return wanted.flatMap(({ owner, asset, amount }) => {
    const found = held(owner, asset)
    return found === amount ? [] : [`${owner} holds ${found} at ${name} instead of ${amount}`]
  })
}

const supplyFaults = (
  book: Book,
  venues: readonly FestivalVenue[],
  { name, ledger }: NamedLedger,
): readonly string[] =>
  venues.flatMap((venue) => {
    const { supply } = book.venueTotals(venue)
    const found = ledger.holdings.supplies.get(venue.assetId)
    return found === supply ? [] : [`${found} of ${venue.name} exist at ${name}, ${supply} issued`]
  })

const unbalanced = (nodes: readonly NamedLedger[]): readonly string[] =>
  nodes.flatMap(({ name, ledger }) =>
    ledger.unbalanced.map((asset) => `${name}: balances of ${asset} are not its supply`),
  )

const endFaults = (answered: number, { name, ledger }: NamedLedger): readonly string[] =>
  ledger.height >= answered
    ? []
    : [`a node, ${name}, ends at block ${ledger.height}, before ${answered}`]

/** Of every height that more than one node has reached: whether all who reached it hold one block. */
const forkedHeights = (nodes: readonly NamedLedger[]): readonly number[] => {
  const last = Math.max(0, ...nodes.map(({ ledger }) => ledger.height))
  return Array.from({ length: last + 1 }, (_, height) => height).filter((height) => {
    const reached = nodes.filter(({ ledger }) => ledger.height >= height)
    return new Set(reached.map(({ ledger }) => ledger.digestAt(height))).size > 1
  })
}
