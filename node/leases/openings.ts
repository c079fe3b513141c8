import type { NetworkId, PlaceId } from '#protocol/id.ts'
import type { VerifySignature } from '#protocol/signature.ts'
import type { HoldOpen, HoldRelease } from '#protocol/transaction/kinds/hold.ts'
import type { TransactionBody } from '#protocol/transaction/kinds/transaction-body.ts'
import type { PaymentId } from '#protocol/transaction/payment-id.ts'
import { type DoorParts, judgeNext, nextTimeMs } from '../desk/door.ts'
import { judgeAhead } from '../desk/judge-ahead.ts'
import type { Signer } from '../desk/key-ring.ts'
import type { OwnOrders } from '../desk/own-orders.ts'
import { signOwn } from '../desk/own-transaction.ts'
import type { Reservation } from './lease-policy.ts'
import type { Leases } from './leases.ts'
import { GIVE_BACK_LIFE_MS, OPENING_WAIT_MS } from './limits.ts'

export type OpeningsParts = DoorParts & {
  readonly networkId: NetworkId
  readonly verify: VerifySignature
  readonly orders: Pick<OwnOrders, 'place'>
  readonly leases: Pick<Leases, 'retire' | 'underWay'>
}

/** Reservations that one transaction makes. */
export type Opening = {
  readonly id: PaymentId
  readonly place: PlaceId
  readonly signer: Signer
  readonly reservations: readonly Reservation[]
  /** Of payers who agreed, in the order of the reservations; none for those by mandate. */
  readonly consents: readonly string[]
}

/** `opened`: leases there are now. `refused`: a block said no to all of them together. */
export type Opened = { readonly opened: number; readonly refused: boolean }

/**
 * Opens leases by one transaction. What state would refuse is left out first, so that one payer without
 * money does not cost the others their leases; what a block refuses nevertheless is tried anew by each.
 */
export const open = async (parts: OpeningsParts, opening: Opening): Promise<Opened> => {
  const expMs = nextTimeMs(parts) + GIVE_BACK_LIFE_MS
  const retired = opening.reservations.map((reservation) => retire(parts, reservation, expMs))
  const free = opening.reservations.filter((_, index) => retired[index] !== undefined)
  const fitting = agreeableOf(parts, { ...opening, reservations: free })
  const body = bodyOf(fitting)
  const undo = (): void => {
    for (const each of retired) each?.()
  }
  if (body === undefined) {
    undo()
    return NOTHING
  }
  const { id, place, signer, consents } = opening
  const over = parts.leases.underWay.begin(payersOf(fitting))
  const answer = await parts.orders.place<never>(
    {
      id,
      scope: place,
      draft: () => body,
      alike: () => [body],
      signer,
      foreign: consents,
      expMs,
      judged: 'in_block',
    },
    { waitMs: OPENING_WAIT_MS, signal: NEVER },
  )
  over()
  const state = answer.kind === 'outcome' ? answer.state : undefined
  // What is given back in the same transaction stays retired while it may still be executed.
  if (state?.status !== 'applied' && state?.status !== 'pending') undo()
  const opened = state?.status === 'applied' ? fitting.length : 0
  return { opened, refused: state?.status === 'refused' }
}

const payersOf = (reservations: readonly Reservation[]): readonly string[] =>
  reservations.flat().flatMap((operation): readonly string[] => {
    if (operation.kind !== 'hold.open') return []
    const { payer } = operation
    return ['card' in payer ? payer.card : payer.wallet]
  })

const NOTHING: Opened = { opened: 0, refused: false }
const NEVER = new AbortController().signal

/** Takes no more captures from what is given back; undefined where some are on their way. */
const retire = (
  { leases }: Pick<OpeningsParts, 'leases'>,
  reservation: Reservation,
  untilMs: number,
): (() => void) | undefined => {
  const opens: (() => void)[] = []
  const undo = (): void => {
    for (const reopen of opens) reopen()
  }
  for (const operation of reservation) {
    if (operation.kind === 'hold.open') continue
    const reopen = leases.retire(operation.hold, untilMs)
    if (reopen === undefined) {
      undo()
      return undefined
    }
    opens.push(reopen)
  }
  return undo
}

/** As many of the reservations as state agrees to together. */
const agreeableOf = (parts: OpeningsParts, opening: Opening): readonly Reservation[] => {
  const { reservations } = opening
  if (reservations.length === 0 || isAgreeable(parts, opening)) return reservations
  if (reservations.length === 1) return []
  const middle = Math.ceil(reservations.length / 2)
  const first = agreeableOf(parts, { ...opening, reservations: reservations.slice(0, middle) })
  const second = agreeableOf(parts, { ...opening, reservations: reservations.slice(middle) })
  const both = [...first, ...second]
  // Together they may pass a cap of the grant that neither passes alone.
  return isAgreeable(parts, { ...opening, reservations: both }) ? both : first
}

const isAgreeable = (parts: OpeningsParts, opening: Opening): boolean => {
  const body = bodyOf(opening.reservations)
  if (body === undefined) return true
  const signed = signOwn(
    {
      id: opening.id,
      body,
      signer: opening.signer,
      exp: Math.floor((nextTimeMs(parts) + GIVE_BACK_LIFE_MS) / 1_000),
      own: [],
      foreign: opening.consents,
    },
    parts,
  )
  if (!signed.ok) return false
  const door = judgeNext(signed.transaction, parts)
  if (!door.ok) return false
  const next = { acting: door.acting, timeMs: nextTimeMs(parts) }
  return judgeAhead(parts.view(), signed.transaction, next) === undefined
}

const bodyOf = (reservations: readonly Reservation[]): TransactionBody | undefined => {
  const operations: (HoldOpen | HoldRelease)[] = reservations.flat()
  const [only, ...others] = operations
  return others.length === 0 ? only : { kind: 'batch', operations }
}
