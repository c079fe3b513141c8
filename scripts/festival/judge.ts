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
  /** Holds and balances that gave more than there was: these are among `broken` too. */
  readonly overdrawn: readonly string[]
  /** Heights at which nodes hold different blocks. */
  readonly forks: readonly number[]
}

/** Holds every answer, and every balance that follows from them, against every node's own ledger. */
export const judge = (
  book: Book,
  venues: readonly FestivalVenue[],
  nodes: readonly NamedLedger[],
): Judgement => {
  const faults = nodes.flatMap((node) => [
    ...book.entries.flatMap((entry) =>
      book.isCaptured(entry.id) ? [] : (entryFault(entry, node) ?? []),
    ),
    ...captureFaults(book, node),
  ])
  const said = (wrong: Fault['wrong']): readonly string[] =>
    faults.filter((fault) => fault.wrong === wrong).map(({ sentence }) => sentence)
  const forks = forkedHeights(nodes)
  const overdrawn = nodes.flatMap(({ name, ledger }) =>
    ledger.overdrawn.map((what) => `${name}: ${what} gave more than there was`),
  )
  return {
    lost: [...said('lost'), ...nodes.flatMap((node) => walletFaults(book, venues, node))],
    twice: said('twice'),
    broken: [
      ...unbalanced(nodes),
      ...nodes.flatMap((node) => supplyFaults(book, venues, node)),
      ...nodes.flatMap((node) => endFaults(book.height(), node)),
      ...forks.map((height) => `nodes hold different blocks ${height}`),
      ...overdrawn,
    ],
    overdrawn,
    forks,
  }
}

type Fault = { readonly wrong: 'lost' | 'twice'; readonly sentence: string }

/**
 * A payment that was captured is one effect, where the node said in the end that it is: under its own id
 * or under the one that the node signed anew.
 */
const captureFaults = (book: Book, { name, ledger }: NamedLedger): readonly Fault[] => {
  const captured = book.captured()
  if (captured.length === 0) return []
  const keys = new Map([...ledger.outcomes].map(([key, place]) => [positionOf(place), key]))
  const taken = new Set<string>()
  const faultOf = ({ id, venue, verdict }: Entry): Fault | undefined => {
    const own = effectKey(venue.placeId, id)
    const effects = ledger.effects.get(own) ?? 0
    if (verdict.status === 'lost') return lossFault(id, verdict.code, effects)
    const key = verdict.status === 'applied' ? keys.get(positionOf(verdict)) : own
    const there = key === undefined ? 0 : (ledger.effects.get(key) ?? 0)
    if (key === undefined || there === 0 || taken.has(key)) {
      return { wrong: 'lost', sentence: `${id} was captured, but ${name} has it not` }
    }
    taken.add(key)
    const all = key === own ? there : there + effects
    if (all === 1) return undefined
    return { wrong: 'twice', sentence: `${id} was captured, ${name} has it ${all} ×` }
  }
  return captured.flatMap((entry) => faultOf(entry) ?? [])
}

const positionOf = ({ height, index }: Pick<NodeOutcome, 'height' | 'index'>): string =>
  `${height}/${index}`

/** What came too late for its lease is the venue's loss, as its report says; anything else is a fault. */
const lossFault = (id: string, code: string, effects: number): Fault | undefined => {
  if (effects > 0) return { wrong: 'twice', sentence: `${id} was told as lost, and has an effect` }
  if (code === LEASE_OVER) return undefined
  return { wrong: 'lost', sentence: `${id} was captured, and came to nothing: ${code}` }
}

/** Why the report of a venue names a capture whose lease had ended. */
const LEASE_OVER = 'hold_over'

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
    case 'unavailable':
      return found === undefined ? undefined : `${found.outcome}, answered as ${verdict.status}`
    case 'captured':
    case 'lost':
      // Judged apart: its transaction may have another id.
      return undefined
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
