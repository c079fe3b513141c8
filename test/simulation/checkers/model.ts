import { z } from 'zod'
import type { FinalBlock } from '#node/pipeline/executor.ts'
import type { Genesis } from '#protocol/genesis.ts'
import { createModelLedger, type ModelLedger } from '../model-ledger.ts'
import { CARD_STATES } from '../model-standing.ts'
import type { Checker } from '../observation.ts'

const Balance = z.object({
  wallet: z.string(),
  asset: z.string(),
  available: z.number(),
  held: z.number(),
})

/** What a record of a service or of a gateway is called, and which of its numbers are compared. */
const SERVICES: Readonly<Record<string, readonly string[]>> = {
  membership: ['untilMs', 'contributions'],
  presence: ['totalMs', 'visits'],
  topup: ['returned'],
  deficit: ['amount'],
}
const Service = z.looseObject({
  wallet: z.string().optional(),
  asset: z.string(),
  place: z.string().optional(),
  reference: z.string().optional(),
})

const servicesIn = (family: string, record: unknown): readonly (readonly [string, number])[] => {
  const service = Service.parse(record)
  const { wallet = '', asset, place = '', reference = '' } = service
  const of = family === 'topup' ? '' : wallet
  return (SERVICES[family] ?? []).map((name) => [
    `${family} ${of} ${asset} ${place}${reference} ${name}`,
    z.number().parse(service[name]),
  ])
}

const KeyHolder = z.object({ key: z.string(), wallet: z.string().optional() })
const Card = z.object({
  id: z.string(),
  state: z.enum(CARD_STATES),
  counter: z.number().optional(),
})
const Wallet = z.object({
  id: z.string(),
  frozenUntilMs: z.number().optional(),
  legalHold: z.boolean().optional(),
  successor: z.string().optional(),
  closed: z.boolean().optional(),
})

/** What a record says of a key, a card or a wallet, as numbers. */
const STANDING: Readonly<
  Record<string, (record: unknown) => readonly (readonly [string, number])[]>
> = {
  key: (record) => {
    const { key, wallet } = KeyHolder.parse(record)
    return [[`key ${key}`, wallet === undefined ? 0 : 1]]
  },
  card: (record) => {
    const { id, state, counter = 0 } = Card.parse(record)
    return [
      [`card ${id}`, CARD_STATES.indexOf(state)],
      [`card ${id} tap`, counter],
    ]
  },
  wallet: (record) => {
    const { id, frozenUntilMs = 0, legalHold, successor, closed } = Wallet.parse(record)
    return [
      [`wallet ${id} frozen`, frozenUntilMs],
      [`wallet ${id} held`, legalHold === true ? 1 : 0],
      [`wallet ${id} closed`, successor !== undefined || closed === true ? 1 : 0],
    ]
  },
}

const Asset = z.object({ id: z.string(), redeemed: z.number().optional() })
const Hold = z.object({
  id: z.string(),
  purpose: z.string(),
  status: z.string(),
  cap: z.number(),
  captured: z.number(),
})
const Counter = z.object({ name: z.string(), value: z.number() })
const Grant = z.object({
  id: z.string(),
  total: z.number(),
  day: z.number(),
  dayMoved: z.number(),
  dayRefunded: z.number(),
  revokedMs: z.number().optional(),
})

/**
 * A linear replay: the final chain in its order, executed by an independent model of the ledger. Every
 * outcome, balance and counter that a block writes must be the model's, and a block must write every
 * one that the model changes.
 */
export const createModel = (
  genesis: Genesis,
): Checker & { readonly balances: ModelLedger['balances'] } => {
  const model = createModelLedger(genesis)
  let height = 0

  const replay = (final: FinalBlock): string | undefined => {
    const before = numbersOf(model)
    const wrong = outcomeFault(model, final)
    if (wrong !== undefined) return wrong
    const written = numbersIn(final.writes)
    const after = numbersOf(model)
    const changed = [...after].filter(([key, value]) => value !== (before.get(key) ?? 0))
    for (const key of new Set([...written.keys(), ...changed.map(([each]) => each)])) {
      const [here, there] = [written.get(key), after.get(key) ?? 0]
      if (here !== there) return `${key} is written as ${here}, by the model it is ${there}`
    }
    return undefined
  }

  return {
    name: 'model',
    get balances() {
      return model.balances
    },
    see: (observation) => {
      if (observation.type !== 'final' || !observation.who.honest) return undefined
      const { header } = observation.block.block
      if (header.height <= height) return undefined
      if (header.height !== height + 1) return `height ${header.height} comes after ${height}`
      height = header.height
      try {
        return replay(observation.block)
      } catch (error) {
        return error instanceof Error ? error.message : String(error)
      }
    },
  }
}

const outcomeFault = (
  model: ModelLedger,
  { block, transactions, events }: FinalBlock,
): string | undefined => {
  model.begin(block.header.timestampMs)
  if (events.length !== transactions.length) return `${events.length} events of a block`
  for (const [index, { text }] of transactions.entries()) {
    const { payment, outcome } = model.execute(text, block.header.timestampMs)
    const event = events[index]
    const told = event && `${event.scope}/${event.id}`
    if (told !== payment) return `${payment} is called ${told}`
    if (event?.outcome !== outcome) {
      return `${payment} is ${event?.outcome}, by the model ${outcome}`
    }
  }
  return undefined
}

/** Every number that the model keeps, by its name: balances, counters, and what grants have used. */
const numbersOf = ({
  balances,
  held,
  redeemed,
  services,
  standing,
  opened,
  counters,
  grants,
}: ModelLedger): ReadonlyMap<string, number> =>
  new Map([
    ...balances,
    ...named(held, 'held'),
    ...named(redeemed, 'redeemed'),
    ...services,
    ...standing,
    ...[...opened].flatMap(([id, hold]) => partsOf({ id, ...hold })),
    ...counters,
    ...[...grants.values()].flatMap((grant) => usesOf({ ...grant, revokedMs: grant.revokedMs })),
  ])

const named = (numbers: ReadonlyMap<string, number>, what: string) =>
  [...numbers].map(([key, value]) => [`${key} ${what}`, value] as const)

const usesOf = (grant: z.infer<typeof Grant>): readonly (readonly [string, number])[] => [
  [`${grant.id} total`, grant.total],
  [`${grant.id} day`, grant.day],
  [`${grant.id} moved`, grant.dayMoved],
  [`${grant.id} refunded`, grant.dayRefunded],
  [`${grant.id} revoked`, grant.revokedMs ?? 0],
]

/** Holds of these end by a settlement, all at once. */
const SETTLED: ReadonlySet<string> = new Set(['payout', 'clearing'])

const partsOf = ({ id, status, cap, captured }: Omit<z.infer<typeof Hold>, 'purpose'>) =>
  [
    [`${id} cap`, cap],
    [`${id} captured`, captured],
    [`${id} open`, status === 'open' ? 1 : 0],
  ] as const

/** The same as a block leaves them; a slot without a record links to another. */
const numbersIn = (writes: FinalBlock['writes']): ReadonlyMap<string, number> =>
  new Map(
    writes.flatMap(({ family, text }) =>
      text.startsWith('{') ? numbersOfRecord(family, JSON.parse(text)) : [],
    ),
  )

const numbersOfRecord = (
  family: string,
  record: unknown,
): readonly (readonly [string, number])[] => {
  if (family in SERVICES) return servicesIn(family, record)
  const standing = STANDING[family]
  if (standing !== undefined) return standing(record)
  switch (family) {
    case 'balance': {
      const { wallet, asset, available, held } = Balance.parse(record)
      const key = `${wallet}/${asset}`
      return [
        [key, available + held],
        [`${key} held`, held],
      ]
    }
    case 'asset': {
      const { id, redeemed = 0 } = Asset.parse(record)
      return [[`${id} redeemed`, redeemed]]
    }
    case 'hold': {
      const hold = Hold.parse(record)
      return SETTLED.has(hold.purpose) ? [] : partsOf(hold)
    }
    case 'counter': {
      const { name, value } = Counter.parse(record)
      return [[name, value]]
    }
    case 'grant':
      return usesOf(Grant.parse(record))
    default:
      return []
  }
}
