import { setTimeout as pause } from 'node:timers/promises'
import type { PlaceId } from '#protocol/id.ts'
import type { HoldRecord } from '#protocol/state/record-hold.ts'
import type { TransactionBody } from '#protocol/transaction/kinds/transaction-body.ts'
import type { PaymentId } from '#protocol/transaction/payment-id.ts'
import type { Signer } from '../desk/key-ring.ts'
import type { OwnOrder, OwnOrders } from '../desk/own-orders.ts'
import type { Leases } from './leases.ts'
import {
  GIVE_BACK_LIFE_MS,
  GIVE_BACK_LOOK_MS,
  GIVE_BACK_LOOKS,
  GIVE_BACK_WAIT_MS,
  LEASE_BATCH_MAX,
} from './limits.ts'

export type GiveBackParts = {
  readonly leases: Pick<Leases, 'retire' | 'onTheWay'>
  readonly orders: Pick<OwnOrders, 'place'>
  readonly signer: () => Signer | undefined
  readonly newId: () => PaymentId
  readonly wallMs: () => number
}

/** Those that were given back; what was captured from and is on its way stays. */
export type GiveBack = (leases: readonly HoldRecord[]) => Promise<number>

/**
 * Gives leases back to their owner by the key that captures from them, as many as may be in one block's
 * batch. From the moment it is asked nothing more is promised from them; should the ledger not take the
 * release in time, they are open again.
 */
export const createGiveBack =
  (parts: GiveBackParts): GiveBack =>
  async (leases) => {
    let given = 0
    for (const some of batchesOf(leases)) given += await release(parts, some)
    return given
  }

const release = async (parts: GiveBackParts, leases: readonly HoldRecord[]): Promise<number> => {
  await untilArrived(parts, leases)
  const signer = parts.signer()
  const expMs = parts.wallMs() + GIVE_BACK_LIFE_MS
  const retired = leases.flatMap((lease) => {
    const open = parts.leases.retire(lease.id, expMs)
    return open === undefined ? [] : [{ lease, open }]
  })
  const [place] = retired.flatMap(({ lease }) => lease.beneficiary ?? [])
  if (signer === undefined || place === undefined) {
    for (const { open } of retired) open()
    return 0
  }
  const body = bodyOf(place, retired)
  const answer = await parts.orders.place<never>(
    orderOf(parts, { body, place, signer, expMs }),
    WAITING,
  )
  const state = answer.kind === 'outcome' ? answer.state : undefined
  // What is on its way still may be executed: nothing is promised against that.
  if (state?.status === 'applied') return retired.length
  if (state?.status !== 'pending') for (const { open } of retired) open()
  return 0
}

/** What was promised a moment ago comes first. */
const untilArrived = async (
  { leases: kept }: GiveBackParts,
  leases: readonly HoldRecord[],
): Promise<void> => {
  for (let look = 0; look < GIVE_BACK_LOOKS; look += 1) {
    if (leases.every(({ id }) => kept.onTheWay(id) === 0)) return
    await pause(GIVE_BACK_LOOK_MS)
  }
}

const bodyOf = (
  place: PlaceId,
  retired: readonly { readonly lease: HoldRecord }[],
): TransactionBody => {
  const releases = retired.map(
    ({ lease: { id: hold } }) => ({ kind: 'hold.release', place, hold }) as const,
  )
  const [only, ...others] = releases
  return others.length === 0 && only !== undefined
    ? only
    : { kind: 'batch', operations: [...releases] }
}

const orderOf = (
  { newId }: GiveBackParts,
  { body, place, signer, expMs }: Releasing,
): OwnOrder => ({
  id: newId(),
  scope: place,
  draft: () => body,
  alike: () => [body],
  signer,
  expMs,
  judged: 'in_block',
})

type Releasing = {
  readonly body: TransactionBody
  readonly place: PlaceId
  readonly signer: Signer
  readonly expMs: number
}

const WAITING = { waitMs: GIVE_BACK_WAIT_MS, signal: new AbortController().signal }

function* batchesOf(leases: readonly HoldRecord[]): Generator<readonly HoldRecord[]> {
  for (let from = 0; from < leases.length; from += LEASE_BATCH_MAX) {
    yield leases.slice(from, from + LEASE_BATCH_MAX)
  }
}
