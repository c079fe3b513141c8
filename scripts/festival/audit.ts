import { z } from 'zod'
import { type ChainReader, createChainReader } from '#node/storage/chain-reader.ts'
import { type Done, promised } from '#node/storage/completion.ts'
import { keyOf, type LedgerPlace, PREFIXES } from '#node/storage/key-map.ts'
import type { KeyValuePort } from '#node/storage/key-value-port.ts'
import { openLevel } from '#node/storage/level-key-values.ts'
import { PAGE_MAX } from '#node/storage/limits.ts'
import { eachEntry } from '#node/storage/range-reader.ts'
import type { LedgerEvent, Movement } from '#protocol/ledger/event.ts'
import { FAMILIES } from '#protocol/state/families.ts'
import { AssetRecord, CardRecord, PlaceRecord } from '#protocol/state/record.ts'
import { HoldRecord } from '#protocol/state/record-hold.ts'
import { stateDirectoryOf } from './venues.ts'

/** What one stopped node has on its disk. */
export type NodeLedger = {
  readonly height: number
  /** Digest of the final block at a height; its header binds the whole history and state. */
  readonly digestAt: (height: number) => string | undefined
  /** How often a payment took effect, by `place/id`. */
  readonly effects: ReadonlyMap<string, number>
  /** How a payment id ended and where, by `place/id`. A cancellation ends it as `cancelled`. */
  readonly outcomes: ReadonlyMap<string, NodeOutcome>
  readonly holdings: Holdings
  /** Assets whose balances do not add up to their supply. */
  readonly unbalanced: readonly string[]
  /** Holds that gave more than they kept, and balances below zero, now or after any transaction. */
  readonly overdrawn: readonly string[]
}

export type NodeOutcome = {
  readonly outcome: string
  readonly height: number
  readonly index: number
}

/** Who has what, available and held together. */
export type Holdings = {
  /** By `wallet/asset`. */
  readonly balances: ReadonlyMap<string, number>
  /** By card and by place. */
  readonly wallets: ReadonlyMap<string, string>
  /** By asset. */
  readonly supplies: ReadonlyMap<string, number>
}

/** The ledger in the folder of a node that is not running. */
export const readNodeLedger = async (directory: string): Promise<NodeLedger> => {
  const port = await openLevel(stateDirectoryOf(directory))
  try {
    const reader = createChainReader(port)
    const digests = await digestsOf(reader)
    const events = await eventsOf(reader)
    const records = await recordsOf(port)
    return {
      height: digests.length - 1,
      digestAt: (height) => digests[height],
      ...events,
      ...records,
      overdrawn: [...new Set([...events.overdrawn, ...records.overdrawn])],
    }
  } finally {
    await settled(port.close)
  }
}

/** Digests of the final blocks of a node that is not running, by height: each binds history and state. */
export const readDigests = async (directory: string): Promise<readonly string[]> => {
  const port = await openLevel(stateDirectoryOf(directory))
  try {
    return await digestsOf(createChainReader(port))
  } finally {
    await settled(port.close)
  }
}

export const effectKey = (place: string, id: string): string => `${place}/${id}`

const digestsOf = async (reader: ChainReader): Promise<readonly string[]> => {
  const digests: string[] = []
  await settled((done) => reader.eachDigest((digest) => digests.push(digest), done))
  return digests
}

const eventsOf = async (
  reader: ChainReader,
): Promise<Pick<NodeLedger, 'effects' | 'outcomes' | 'overdrawn'>> => {
  const running = createRunningBalances()
  const effects = new Map<string, number>()
  const outcomes = new Map<string, NodeOutcome>()
  let from: LedgerPlace | undefined = { height: 0, index: 0 }
  while (from !== undefined) {
    const after: LedgerPlace = from
    const page: readonly LedgerEvent[] = await promised((answer) =>
      reader.events(after, PAGE_MAX, answer),
    )
    for (const { kind, outcome, scope, id, height, index, movements } of page) {
      running.move(movements)
      const key = effectKey(scope, id)
      const isCancelled = kind === 'payment.cancel' && outcome === 'applied'
      outcomes.set(key, { outcome: isCancelled ? 'cancelled' : outcome, height, index })
      // A cancellation has the payment's id, and the effect that there will be none.
      if (outcome === 'applied' && !isCancelled) effects.set(key, (effects.get(key) ?? 0) + 1)
    }
    from = page.length < PAGE_MAX ? undefined : page.at(-1)
  }
  return { effects, outcomes, overdrawn: running.overdrawn() }
}

/**
 * Balances as the movements add up to them, whatever the records say. Holds that end by their time are
 * in no transaction: none does within an evening.
 */
export const createRunningBalances = () => {
  type Sums = { available: number; held: number }
  const sums = new Map<string, Sums>()
  const below = new Set<string>()
  return {
    move: (movements: readonly Movement[]): void => {
      const moved = movements.map(({ wallet, asset, change, held = 0 }) => {
        const key = `${wallet}/${asset}`
        const sum = sums.get(key) ?? { available: 0, held: 0 }
        sum.available += change - held
        sum.held += held
        sums.set(key, sum)
        return { key, sum }
      })
      for (const { key, sum } of moved) if (sum.available < 0 || sum.held < 0) below.add(key)
    },
    overdrawn: (): readonly string[] => [...below],
  }
}

/** The figures of a record without its promise that they are not below zero. */
const Balance = z.object({
  wallet: z.string(),
  asset: z.string(),
  available: z.int(),
  held: z.int(),
})
const Hold = HoldRecord.extend({ captured: z.int() })

const recordsOf = async (
  port: KeyValuePort,
): Promise<Pick<NodeLedger, 'holdings' | 'unbalanced' | 'overdrawn'>> => {
  const overdrawn: string[] = []
  const balances = new Map<string, number>()
  const sums = new Map<string, number>()
  await eachRecord(port, FAMILIES.balance.number, (content) => {
    const { wallet, asset, available, held } = Balance.parse(content)
    if (available < 0 || held < 0) overdrawn.push(`${wallet}/${asset}`)
    balances.set(`${wallet}/${asset}`, available + held)
    sums.set(asset, (sums.get(asset) ?? 0) + available + held)
  })
  const wallets = new Map<string, string>()
  await eachRecord(port, FAMILIES.card.number, (content) => {
    const { id, wallet } = CardRecord.parse(content)
    if (wallet !== undefined) wallets.set(id, wallet)
  })
  await eachRecord(port, FAMILIES.place.number, (content) => {
    const { id, wallet } = PlaceRecord.parse(content)
    wallets.set(id, wallet)
  })
  await eachRecord(port, FAMILIES.hold.number, (content) => {
    const { id, cap, captured } = Hold.parse(content)
    if (captured > cap) overdrawn.push(id)
  })
  const supplies = new Map<string, number>()
  const unbalanced: string[] = []
  await eachRecord(port, FAMILIES.asset.number, (content) => {
    const { id, supply, issued, burned } = AssetRecord.parse(content)
    supplies.set(id, supply)
    if (supply !== (sums.get(id) ?? 0) || supply !== issued - burned) unbalanced.push(id)
  })
  return { holdings: { balances, wallets, supplies }, unbalanced, overdrawn }
}

const FreeSlot = z.union([z.number(), z.null()])

const eachRecord = (
  port: KeyValuePort,
  family: number,
  onRecord: (content: unknown) => void,
): Promise<void> =>
  settled((done) =>
    eachEntry(
      port,
      keyOf(PREFIXES.record, Uint8Array.of(family)),
      ({ value }) => {
        const content: unknown = JSON.parse(Buffer.from(value).toString())
        if (!FreeSlot.safeParse(content).success) onRecord(content)
      },
      done,
    ),
  )

const settled = (act: (done: Done) => void): Promise<void> =>
  promised((answer) =>
    act((error) =>
      answer(error === undefined ? { ok: true, value: undefined } : { ok: false, error }),
    ),
  )
