import type { Block } from '#protocol/chain/block.ts'
import { encodeCertificate, type Finalization } from '#protocol/chain/certificate.ts'
import type { Hash } from '#protocol/hash.ts'
import { type PlaceId, parseId, type WalletId } from '#protocol/id.ts'
import type { LedgerEvent } from '#protocol/ledger/event.ts'
import type { SlotWrite } from '#protocol/state/family.ts'
import { type BlockPosition, isBefore } from './block-position.ts'
import { keyOf, namePart, PREFIXES } from './key-map.ts'
import type { Operation } from './key-value-port.ts'
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

/** Numbers of the record families by name. */
export type FamilyNumbers = { readonly [family: string]: number | undefined }

/** What makes a segment final, and where the earliest logged block above it lies, if there is one. */
export type Sealing = {
  readonly certificate: Finalization
  readonly above: BlockPosition | undefined
}

/** Everything that final blocks change, in one batch: the last one is the applied one. */
export const segmentOperations = (
  blocks: readonly (CommittedBlock & { readonly position: BlockPosition })[],
  { certificate, above }: Sealing,
  families: FamilyNumbers,
): readonly Operation[] => {
  const last = blocks.at(-1)
  if (last === undefined) throw new Error('a segment holds at least one block')
  const writer = new OperationWriter()
  for (const committed of blocks) putBlock(writer, committed)
  putRecords(writer, blocks, families)
  const { height } = last.block.header
  writer.key(PREFIXES.certificate).u64(height)
  writer.value().bytes(encodeCertificate(certificate)).end()
  const point = { height, digest: last.block.digest }
  const isEarlier = above !== undefined && isBefore(above, last.position)
  putApplied(writer, isEarlier ? { ...point, readFrom: above } : point)
  return writer.finish()
}

/** The state that genesis makes, with its header at height 0. */
export const genesisOperations = (
  genesis: Pick<StoredBlock, 'header' | 'digest'> & { readonly writes: readonly SlotWrite[] },
  families: FamilyNumbers,
): readonly Operation[] => {
  const { header, digest } = genesis
  const writer = new OperationWriter()
  putIndex(writer, { header, digest, position: undefined })
  putRecords(writer, [genesis], families)
  putApplied(writer, { height: header.height, digest })
  return writer.finish()
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
  committed: CommittedBlock & { readonly position: BlockPosition },
): void => {
  const { events, position, transactions, block } = committed
  const { header, digest } = block
  putIndex(writer, { header, digest, position })
  for (const event of events) {
    const transaction = transactions[event.index]
    if (transaction === undefined) throw new Error(`no transaction at ${event.index}`)
    putEnd(writer, event, transaction.hash)
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

type Owner = WalletId | PlaceId

/** Whom the events of a block concern, each with the indexes of theirs, ascending. */
const putOwners = (
  writer: OperationWriter,
  height: number,
  events: readonly LedgerEvent[],
): void => {
  const wallets = new Map<Owner, number[]>()
  const places = new Map<Owner, number[]>()
  for (const { index, movements, place, scope } of events) {
    for (const { wallet } of movements) enter(wallets, wallet, index)
    const placeId = place ?? parseId('plc', scope)
    if (placeId !== undefined) enter(places, placeId, index)
  }
  for (const [owner, indexes] of wallets) {
    putOwner(writer.key(PREFIXES.walletEvent).id(owner).u64(height), indexes)
  }
  for (const [owner, indexes] of places) {
    putOwner(writer.key(PREFIXES.placeEvent).id(owner).u64(height), indexes)
  }
}

const putOwner = (writer: OperationWriter, indexes: readonly number[]): void => {
  writer.value()
  writeIndexes(writer, indexes)
  writer.end()
}

const enter = (owners: Map<Owner, number[]>, owner: Owner, index: number): void => {
  const indexes = owners.get(owner)
  if (indexes === undefined) owners.set(owner, [index])
  else if (indexes.at(-1) !== index) indexes.push(index)
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
