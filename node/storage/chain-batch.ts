import type { Block } from '#protocol/chain/block.ts'
import { encodeCertificate, type Finalization } from '#protocol/chain/certificate.ts'
import type { Hash } from '#protocol/hash.ts'
import { type PlaceId, parseId, type WalletId } from '#protocol/id.ts'
import type { LedgerEvent } from '#protocol/ledger/event.ts'
import type { SlotWrite } from '#protocol/state/family.ts'
import { type BlockPosition, isBefore } from './block-position.ts'
import type { Changes } from './changes.ts'
import { keyOf, namePart, PREFIXES } from './key-map.ts'
import { OperationWriter } from './operation-writer.ts'
import {
  encodeStoredBlock,
  type StoredApplied,
  type StoredBlock,
  writeApplied,
  writeTransactionEnd,
} from './stored-block.ts'
import { writeEvents } from './stored-event.ts'
import { writeIndexes } from './stored-indexes.ts'

/** A final block with all that it did. Transaction and event of one index belong together. */
export type CommittedBlock = {
  readonly block: Block
  readonly transactions: readonly { readonly hash: Hash }[]
  readonly events: readonly LedgerEvent[]
  readonly writes: readonly SlotWrite[]
}

/** What is written of a final block: no transaction is kept for it. */
export type UnwrittenBlock = Pick<CommittedBlock, 'block' | 'events' | 'writes'> & {
  readonly hashes: readonly Hash[]
}

export const unwrittenOf = ({
  block,
  events,
  writes,
  transactions,
}: CommittedBlock): UnwrittenBlock => ({
  block,
  events,
  writes,
  hashes: transactions.map(({ hash }) => hash),
})

/** Numbers of the record families by name. */
export type FamilyNumbers = { readonly [family: string]: number | undefined }

/** What makes a segment final, and where the earliest logged block above it lies, if there is one. */
export type Sealing = {
  readonly certificate: Finalization
  readonly above: BlockPosition | undefined
}

/** The same, where its bytes lie. */
type LoggedBlock = UnwrittenBlock & { readonly position: BlockPosition }

/** Everything that final blocks change, in one batch: the last one is the applied one. */
export const segmentChanges = (
  blocks: readonly LoggedBlock[],
  sealing: Sealing,
  families: FamilyNumbers,
): Changes => ({
  count: blocks.reduce((sum, block) => sum + countIn(block), OF_SEGMENT),
  writeTo: (taker) => putSegment(new OperationWriter(taker), blocks, { sealing, families }),
})

/** The state that genesis makes, with its header at height 0. */
export const genesisChanges = (
  genesis: Pick<StoredBlock, 'header' | 'digest'> & { readonly writes: readonly SlotWrite[] },
  families: FamilyNumbers,
): Changes => ({
  count: genesis.writes.length + OF_BLOCK + OF_SEGMENT,
  writeTo: (taker) => {
    const { header, digest } = genesis
    const writer = new OperationWriter(taker)
    putIndex(writer, { header, digest, position: undefined })
    putRecords(writer, [genesis], families)
    putApplied(writer, { height: header.height, digest })
  },
})

/** Puts of every segment, of every block, and of every event beside the records. */
const OF_SEGMENT = 2
const OF_BLOCK = 3
const OF_EVENT = 2

const countIn = ({ writes, events }: UnwrittenBlock): number =>
  writes.length + OF_EVENT * events.length + OF_BLOCK

const putSegment = (
  writer: OperationWriter,
  blocks: readonly LoggedBlock[],
  {
    sealing: { certificate, above },
    families,
  }: { readonly sealing: Sealing; readonly families: FamilyNumbers },
): void => {
  const last = blocks.at(-1)
  if (last === undefined) throw new Error('a segment holds at least one block')
  for (const committed of blocks) putBlock(writer, committed)
  putRecords(writer, blocks, families)
  const { height } = last.block.header
  writer.key(PREFIXES.certificate).u64(height)
  writer.value().bytes(encodeCertificate(certificate)).end()
  const point = { height, digest: last.block.digest }
  const isEarlier = above !== undefined && isBefore(above, last.position)
  putApplied(writer, isEarlier ? { ...point, readFrom: above } : point)
}

const APPLIED = 'applied'
export const APPLIED_KEY = keyOf(PREFIXES.meta, namePart(APPLIED))

/** What the database is as of. */
export const putApplied = (writer: OperationWriter, point: StoredApplied): void => {
  writer.key(PREFIXES.meta).utf8(APPLIED).value()
  writeApplied(writer, point)
  writer.end()
}

const putBlock = (
  writer: OperationWriter,
  { events, position, hashes, block }: LoggedBlock,
): void => {
  const { header, digest } = block
  putIndex(writer, { header, digest, position })
  for (const event of events) {
    const hash = hashes[event.index]
    if (hash === undefined) throw new Error(`no transaction at ${event.index}`)
    putEnd(writer, event, hash)
  }
  if (events.length === 0) return
  writer.key(PREFIXES.event).u64(header.height).value()
  writeEvents(writer, header.height, events)
  writer.end()
  putOwners(writer, header.height, events)
}

/** A final block in the index, by height and by digest. */
export const putIndex = (writer: OperationWriter, stored: StoredBlock): void => {
  const { height } = stored.header
  writer.key(PREFIXES.block).u64(height)
  writer.value().bytes(encodeStoredBlock(stored)).end()
  writer.key(PREFIXES.height).hash(stored.digest)
  writer.value().u64(height).end()
}

const putEnd = (
  writer: OperationWriter,
  { height, index, outcome, scope, id }: LedgerEvent,
  hash: Hash,
): void => {
  writer.key(PREFIXES.payment).payment(id).scope(scope).value()
  writeTransactionEnd(writer, { height, index, hash, outcome })
  writer.end()
}

/** Whom the events of a block concern, each with the indexes of theirs, ascending. */
const putOwners = (
  writer: OperationWriter,
  height: number,
  events: readonly LedgerEvent[],
): void => {
  const wallets = new Owners()
  const places = new Owners()
  for (const { index, movements, place, scope } of events) {
    for (const { wallet } of movements) wallets.enter(wallet, index)
    const placeId = place ?? parseId('plc', scope)
    if (placeId !== undefined) places.enter(placeId, index)
  }
  for (const { owner, indexes } of wallets.all) {
    putOwner(writer.key(PREFIXES.walletEvent).id(owner).u64(height), indexes)
  }
  for (const { owner, indexes } of places.all) {
    putOwner(writer.key(PREFIXES.placeEvent).id(owner).u64(height), indexes)
  }
}

const putOwner = (writer: OperationWriter, indexes: readonly number[]): void => {
  writer.value()
  writeIndexes(writer, indexes)
  writer.end()
}

type Owned = { readonly owner: WalletId | PlaceId; readonly indexes: number[] }

class Owners {
  readonly all: Owned[] = []
  readonly #byId = new Map<Owned['owner'], Owned>()
  /** Nearly every event concerns whom the one before it did. */
  #last: Owned | undefined

  enter(owner: Owned['owner'], index: number): void {
    const known = this.#last?.owner === owner ? this.#last : this.#byId.get(owner)
    if (known === undefined) {
      const owned = { owner, indexes: [index] }
      this.#byId.set(owner, owned)
      this.all.push(owned)
    } else {
      this.#last = known
      if (known.indexes.at(-1) !== index) known.indexes.push(index)
    }
  }
}

/** The text of each slot that any of the blocks changed; of several for one slot the last counts. */
const putRecords = (
  writer: OperationWriter,
  blocks: readonly { readonly writes: readonly SlotWrite[] }[],
  families: FamilyNumbers,
): void => {
  for (const { writes } of blocks) {
    for (const { family, slot, text } of writes) {
      const number = families[family]
      if (number === undefined) throw new Error(`no family ${family}`)
      writer.key(PREFIXES.record).u8(number).u32(slot)
      writer.value().utf8(text).end()
    }
  }
}
