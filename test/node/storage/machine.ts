import type { CommittedBlock } from '#node/storage/chain-batch.ts'
import { loadState, writesOf } from '#node/storage/state-loading.ts'
import { openStorage, type Storage } from '#node/storage/storage.ts'
import { units } from '#protocol/amount.ts'
import type { Block } from '#protocol/chain/block.ts'
import type { Finalization } from '#protocol/chain/certificate.ts'
import { headerDigest } from '#protocol/chain/header.ts'
import { type Hash, ZERO_HASH } from '#protocol/hash.ts'
import { deriveId } from '#protocol/id.ts'
import type { LedgerEvent } from '#protocol/ledger/event.ts'
import { FAMILIES, type Records } from '#protocol/state/families.ts'
import { createState, type State } from '#protocol/state/state.ts'
import { PaymentId } from '#protocol/transaction/payment-id.ts'
import { createMemoryDisk } from '../../support/memory-files.ts'
import { createMemoryKeyValues } from '../../support/memory-key-values.ts'
import { blockAt, digestOf, valueFrom } from './records.ts'

export const PLACE = deriveId('plc', 'bar')
const ASSET = deriveId('ast', 'euro')
export const CARD_WALLET = deriveId('wal', 'card')
const PLACE_WALLET = deriveId('wal', 'bar')

export const paymentId = (number: number): PaymentId =>
  PaymentId.parse(`018f0000-0000-7000-8000-${number.toString(16).padStart(12, '0')}`)

export const saleAt = (height: number): LedgerEvent => ({
  height,
  index: 0,
  timeMs: height * 1_000,
  kind: 'sale',
  id: paymentId(height),
  scope: PLACE,
  place: PLACE,
  outcome: height % 5 === 0 ? 'insufficient_funds' : 'applied',
  movements:
    height % 5 === 0
      ? []
      : [
          { wallet: CARD_WALLET, asset: ASSET, change: -100 },
          { wallet: PLACE_WALLET, asset: ASSET, change: 100 },
        ],
  created: [],
  ...(height % 5 === 0 ? { facts: { missingAmount: 100 } } : {}),
})

export const certificateOf = ({ header, digest }: Block): Finalization => ({
  kind: 'finalize',
  epoch: 1,
  view: header.view,
  parentView: header.view - 1,
  digest,
  signers: [0],
  signatures: [new Uint8Array(64).fill(7)],
})

/** A ledger of counters, so that slots are freed and taken again, with its chain and store. */
export const createChain = () => {
  const state = createState<Records>(FAMILIES)
  state.beginBlock()
  state.put('counter', 'count/0', { name: 'count/0', value: units(1), untilMs: 0 })
  state.sealBlock()
  const { header } = blockAt(0, ZERO_HASH)
  const genesis = { header, digest: headerDigest(header), writes: writesOf(state) }
  let parent = genesis.digest
  let height = 0
  const next = (): CommittedBlock => {
    height += 1
    state.beginBlock()
    const name = `count/${height}`
    state.put('counter', name, { name, value: units(height), untilMs: height })
    if (height > 2) state.remove('counter', `count/${height - 2}`)
    const { writes } = state.sealBlock()
    const block = blockAt(height, parent)
    parent = block.digest
    const hash = digestOf(`transaction ${height}`)
    return { block, transactions: [{ hash }], events: [saleAt(height)], writes }
  }
  return { state, genesis, next }
}

export const createMachine = (schedule?: (act: unknown, complete: () => void) => void) => {
  const options = schedule === undefined ? {} : { schedule }
  const [journal, blocks] = [createMemoryDisk(options), createMemoryDisk(options)]
  const keyValues = createMemoryKeyValues(options)
  const ports = () => ({
    journal: journal.directory,
    blocks: blocks.directory,
    keyValues: keyValues.open(),
  })
  return {
    journal,
    blocks,
    keyValues,
    ports,
    start: (): Storage => valueFrom((answer) => openStorage(ports(), SIZES, answer)),
    crash: (random: () => number) => {
      for (const part of [journal, blocks, keyValues]) part.crash(random)
    },
  }
}

export const SIZES = { journal: 65_536, blocks: 65_536 }

export const commit = (storage: Storage, blocks: readonly CommittedBlock[]): void => {
  const last = blocks.at(-1)
  if (last === undefined) throw new Error('no block')
  storage.chain.commit(blocks, certificateOf(last.block), (error) => {
    if (error !== undefined) throw error
  })
}

/** A store with genesis and `count` blocks, committed by threes. */
export const filled = (count: number) => {
  const machine = createMachine()
  const chain = createChain()
  const storage = machine.start()
  storage.chain.begin(chain.genesis, () => undefined)
  const blocks = Array.from({ length: count }, () => chain.next())
  for (let at = 0; at < count; at += 3) commit(storage, blocks.slice(at, at + 3))
  return { machine, chain, storage, blocks }
}

export const loaded = (machine: ReturnType<typeof createMachine>): State<Records> => {
  const state = createState<Records>(FAMILIES)
  const root = valueFrom<Hash>((answer) => loadState(machine.keyValues.open(), state, answer))
  if (root !== state.root()) throw new Error('another root than was answered')
  return state
}
