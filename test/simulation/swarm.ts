import { z } from 'zod'

/** What is asked of the federation while anything may go wrong. */
export const LOADS = [
  /** Nothing. */
  'idle',
  /** A payment now and then. */
  'single',
  /** Many at once. */
  'bursts',
  /** Many at once, all from and to the same two wallets. */
  'hotWallets',
  /** More than there is, at several nodes at the same time, and one id for two payments. */
  'doubleSpends',
  /** Payments, and between them floods of what no block may hold. */
  'invalidFlood',
  /** Payments that are worth something for about as long as they need. */
  'expiryBoundary',
] as const
/** No seed draws these: mutants of rules ask for them. */
const FITTED_LOADS = [
  /** All that there is to do at a fair, many things at once. */
  'wholeFair',
  /** Payments that meet caps, each of one cap that nothing else stands behind; and what is nobody's to say. */
  'tightCaps',
] as const
/** What is done at a fair, by what it is about: mutants of its rules ask for one. */
const DEED_FAMILIES = [
  'payers',
  'places',
  'redemption',
  'services',
  'holds',
  'issuers',
  'authorities',
  'cards',
  'wallets',
] as const
export type DeedFamily = (typeof DEED_FAMILIES)[number]
export type Load = (typeof LOADS)[number] | (typeof FITTED_LOADS)[number]

const Count = z.int().min(0)
const Range = z.strictObject({ min: Count, max: Count }).readonly()

/**
 * A member that does not play by the rules: which, and how. `way`: the one lie of that adversary that it
 * tells whenever it can; no seed draws one, mutants ask for it.
 */
const Liar = z
  .strictObject({ member: Count, adversary: z.string(), way: z.string().optional() })
  .readonly()
export type Liar = z.infer<typeof Liar>

/** One stroke of one fault: when, for how long, whom, and how hard. */
const Blow = z
  .strictObject({
    fault: z.string(),
    atMs: Count,
    forMs: Count,
    /** Machines: authorities, then followers, then candidates. */
    machines: z.array(Count).readonly(),
    amount: z.int(),
  })
  .readonly()
export type Blow = z.infer<typeof Blow>

/** A machine that follows at first and has a consensus key: it may become an authority. */
const Candidate = z
  .strictObject({
    /** The first member whose operator it has too: in its place it is that member with another key. */
    operatorOf: Count.nullable(),
  })
  .readonly()
export type Candidate = z.infer<typeof Candidate>

/** A change of the authorities: when it is submitted, through which machine, and to whom. */
const Change = z
  .strictObject({
    atMs: Count,
    through: Count,
    /** Machines. */
    members: z.array(Count).readonly(),
    /** The rules of the epoch that it begins; null: the present ones. */
    version: Count.nullable(),
    /** Two operators submit it at the same moment. */
    twice: z.boolean(),
    /** Why it is refused: a lone member is ready, or it is of an epoch too late. No seed draws one. */
    flaw: z.enum(['unready', 'epoch']).optional(),
  })
  .readonly()
export type Change = z.infer<typeof Change>

/** Everything one simulation is made of, as data; all of it follows from the seed. */
export const Swarm = z
  .strictObject({
    seed: Count,
    authorities: Count,
    followers: Count,
    realSignatures: z.boolean(),
    /** Nothing fails, and every message takes the same time. */
    calm: z.boolean(),
    load: z.enum([...LOADS, ...FITTED_LOADS]),
    /** Nothing else is done at the fair; otherwise everything. */
    deeds: z.enum(DEED_FAMILIES).optional(),
    /** How long anything may go wrong. */
    troubledMs: Count,
    delay: z.strictObject({ baseMs: Count, tailMs: Count }).readonly(),
    ordered: z.boolean(),
    syncMs: Range,
    skewMaxMs: Count,
    blockTransactionsMax: Count,
    minBlockGapMs: Count,
    /** Which opening of such a federation it begins with a copy of; null: it has one of its own. */
    opening: Count.nullable().default(null),
    liars: z.array(Liar).readonly(),
    /** More members lie than may: two chains cannot be prevented, only proven. */
    overFault: z.boolean(),
    /** Authorities whose disks or keys may come to harm: with the liars no more than may fail. */
    victims: z.array(Count).readonly(),
    plan: z.array(Blow).readonly(),
    /** Machines after the followers. */
    candidates: z.array(Candidate).readonly().default([]),
    changes: z.array(Change).readonly().default([]),
    /** Machines whose software lacks the second rules until all is healed. */
    outdated: z.array(Count).readonly().default([]),
  })
  .readonly()
export type Swarm = z.infer<typeof Swarm>

/** Faults and adversaries that need a second machine with the same name and key. */
const DOUBLING: ReadonlySet<string> = new Set(['twoProcesses', 'twins'])

/** Authorities that have a double. */
export const doublesOf = ({ liars, plan }: Swarm): readonly number[] => {
  const twins = liars.filter(({ adversary }) => DOUBLING.has(adversary))
  const copies = plan.filter(({ fault }) => DOUBLING.has(fault))
  return [
    ...new Set([
      ...twins.map(({ member }) => member),
      ...copies.flatMap(({ machines }) => machines),
    ]),
  ]
}
