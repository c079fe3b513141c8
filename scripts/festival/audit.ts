import { z } from 'zod'
import { type ChainReader, createChainReader } from '#node/storage/chain-reader.ts'
import { type Done, promised } from '#node/storage/completion.ts'
import { keyOf, type LedgerPlace, PREFIXES } from '#node/storage/key-map.ts'
import type { KeyValuePort } from '#node/storage/key-value-port.ts'
import { openLevel } from '#node/storage/level-key-values.ts'
import { PAGE_MAX } from '#node/storage/limits.ts'
import { eachEntry } from '#node/storage/range-reader.ts'
import type { LedgerEvent } from '#protocol/ledger/event.ts'
import { FAMILIES } from '#protocol/state/families.ts'
import { AssetRecord, BalanceRecord } from '#protocol/state/record.ts'
import { stateDirectoryOf } from './venues.ts'

/** What one stopped node has on its disk. */
export type NodeLedger = {
  readonly height: number
  /** Digest of the final block at a height; its header binds the whole history and state. */
  readonly digestAt: (height: number) => string | undefined
  /** How often a payment took effect, by `place/id`. */
  readonly effects: ReadonlyMap<string, number>
  /** Assets whose balances do not add up to their supply. */
  readonly unbalanced: readonly string[]
}

/** The ledger in the folder of a node that is not running. */
export const readNodeLedger = async (directory: string): Promise<NodeLedger> => {
  const port = await openLevel(stateDirectoryOf(directory))
  try {
    const reader = createChainReader(port)
    const digests = await digestsOf(reader)
    return {
      height: digests.length - 1,
      digestAt: (height) => digests[height],
      effects: await effectsOf(reader),
      unbalanced: await unbalancedOf(port),
    }
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

const effectsOf = async (reader: ChainReader): Promise<ReadonlyMap<string, number>> => {
  const effects = new Map<string, number>()
  let from: LedgerPlace | undefined = { height: 0, index: 0 }
  while (from !== undefined) {
    const after: LedgerPlace = from
    const page: readonly LedgerEvent[] = await promised((answer) =>
      reader.events(after, PAGE_MAX, answer),
    )
    for (const event of page) countEffect(effects, event)
    from = page.length < PAGE_MAX ? undefined : page.at(-1)
  }
  return effects
}

/** A cancellation has the payment's id, and the effect that there will be none. */
const countEffect = (effects: Map<string, number>, { outcome, kind, scope, id }: LedgerEvent) => {
  if (outcome !== 'applied' || kind === 'payment.cancel') return
  const key = effectKey(scope, id)
  effects.set(key, (effects.get(key) ?? 0) + 1)
}

const unbalancedOf = async (port: KeyValuePort): Promise<readonly string[]> => {
  const sums = new Map<string, number>()
  await eachRecord(port, FAMILIES.balance.number, (content) => {
    const { asset, available, held } = BalanceRecord.parse(content)
    sums.set(asset, (sums.get(asset) ?? 0) + available + held)
  })
  const unbalanced: string[] = []
  await eachRecord(port, FAMILIES.asset.number, (content) => {
    const { id, supply, issued, burned } = AssetRecord.parse(content)
    if (supply !== (sums.get(id) ?? 0) || supply !== issued - burned) unbalanced.push(id)
  })
  return unbalanced
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
