import { utf8 } from '#protocol/bytes.ts'
import type { Block } from '#protocol/chain/block.ts'
import { encodeCertificate, type Finalization } from '#protocol/chain/certificate.ts'
import type { Hash } from '#protocol/hash.ts'
import { type PlaceId, parseId, type WalletId } from '#protocol/id.ts'
import type { LedgerEvent } from '#protocol/ledger/event.ts'
import type { SlotWrite } from '#protocol/state/family.ts'
import type { BlockPosition } from './block-position.ts'
import {
  hashPart,
  heightPart,
  keyOf,
  namePart,
  ownerPart,
  PREFIXES,
  paymentPart,
  slotPart,
} from './key-map.ts'
import type { Operation } from './key-value-port.ts'
import {
  type AppliedPoint,
  encodeApplied,
  encodeStoredBlock,
  encodeTransactionEnd,
  type StoredBlock,
} from './stored-block.ts'
import { encodeEvents } from './stored-event.ts'
import { encodeIndexes } from './stored-indexes.ts'

/** A final block with all that it did. Transaction and event of one index belong together. */
export type CommittedBlock = {
  readonly block: Block
  readonly transactions: readonly { readonly hash: Hash }[]
  readonly events: readonly LedgerEvent[]
  readonly writes: readonly SlotWrite[]
}

/** Numbers of the record families by name. */
export type FamilyNumbers = { readonly [family: string]: number | undefined }

/** Everything that final blocks change, in one batch: the last one is the applied one. */
export const segmentOperations = (
  blocks: readonly (CommittedBlock & { readonly position: BlockPosition })[],
  certificate: Finalization,
  families: FamilyNumbers,
): readonly Operation[] => {
  const operations = blocks.flatMap(blockOperations)
  operations.push(...recordOperations(blocks, families))
  const last = blocks.at(-1)
  if (last === undefined) throw new Error('a segment holds at least one block')
  const { height } = last.block.header
  operations.push(
    put(keyOf(PREFIXES.certificate, heightPart(height)), encodeCertificate(certificate)),
    appliedOperation({ height, digest: last.block.digest }),
  )
  return operations
}

/** The state that genesis makes, with its header at height 0. */
export const genesisOperations = (
  genesis: Pick<StoredBlock, 'header' | 'digest'> & { readonly writes: readonly SlotWrite[] },
  families: FamilyNumbers,
): readonly Operation[] => {
  const { header, digest, writes } = genesis
  const { height } = header
  return [
    ...indexOperations({ header, digest, position: undefined }),
    ...recordOperations([{ writes }], families),
    appliedOperation({ height, digest }),
  ]
}

export const APPLIED_KEY = keyOf(PREFIXES.meta, namePart('applied'))

const put = (key: Uint8Array, value: Uint8Array): Operation => ({ type: 'put', key, value })

const appliedOperation = (point: AppliedPoint): Operation => put(APPLIED_KEY, encodeApplied(point))

const blockOperations = (
  committed: CommittedBlock & { readonly position: BlockPosition },
): Operation[] => {
  const { header, digest } = committed.block
  const operations = indexOperations({ header, digest, position: committed.position })
  const { events } = committed
  for (const event of events) {
    const transaction = committed.transactions[event.index]
    if (transaction === undefined) throw new Error(`no transaction at ${event.index}`)
    operations.push(...endOperations(event, transaction.hash))
  }
  if (events.length === 0) return operations
  const height = heightPart(header.height)
  operations.push(put(keyOf(PREFIXES.event, height), encodeEvents(events)))
  for (const [prefix, indexes] of ownersOf(events)) {
    for (const [owner, of] of indexes) {
      operations.push(put(keyOf(prefix, ownerPart(owner), height), encodeIndexes(of)))
    }
  }
  return operations
}

const indexOperations = (stored: StoredBlock): Operation[] => {
  const { header, digest } = stored
  return [
    put(keyOf(PREFIXES.block, heightPart(header.height)), encodeStoredBlock(stored)),
    put(keyOf(PREFIXES.height, hashPart(digest)), heightPart(header.height)),
  ]
}

const endOperations = (
  { height, index, outcome, scope, id }: LedgerEvent,
  hash: Hash,
): readonly Operation[] => {
  const end = encodeTransactionEnd({ height, index, hash, outcome })
  return [
    put(keyOf(PREFIXES.payment, paymentPart(scope, id)), end),
    put(keyOf(PREFIXES.transaction, hashPart(hash)), end),
  ]
}

type Owner = WalletId | PlaceId

/** Whom the events of a block concern, each with the indexes of theirs, ascending. */
const ownersOf = (events: readonly LedgerEvent[]) => {
  const wallets = new Map<Owner, number[]>()
  const places = new Map<Owner, number[]>()
  for (const { index, movements, place, scope } of events) {
    for (const { wallet } of movements) enter(wallets, wallet, index)
    const placeId = place ?? parseId('plc', scope)
    if (placeId !== undefined) enter(places, placeId, index)
  }
  return [
    [PREFIXES.walletEvent, wallets],
    [PREFIXES.placeEvent, places],
  ] as const
}

const enter = (owners: Map<Owner, number[]>, owner: Owner, index: number): void => {
  const indexes = owners.get(owner)
  if (indexes === undefined) owners.set(owner, [index])
  else if (indexes.at(-1) !== index) indexes.push(index)
}

/** The last text of each slot that any of the blocks changed. */
const recordOperations = (
  blocks: readonly { readonly writes: readonly SlotWrite[] }[],
  families: FamilyNumbers,
): Operation[] => {
  const last = new Map<string, SlotWrite>()
  for (const { writes } of blocks) {
    for (const write of writes) last.set(`${write.family}/${write.slot}`, write)
  }
  return [...last.values()].map(({ family, slot, text }) => {
    const number = families[family]
    if (number === undefined) throw new Error(`no family ${family}`)
    return put(keyOf(PREFIXES.record, slotPart(number, slot)), utf8(text))
  })
}
