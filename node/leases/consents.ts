import { units } from '#protocol/amount.ts'
import type { NetworkId, PlaceId } from '#protocol/id.ts'
import { LEASE_GRACE_MS } from '#protocol/limits.ts'
import type { Payer } from '#protocol/transaction/kinds/terms.ts'
import type { PaymentId } from '#protocol/transaction/payment-id.ts'
import { signConsent } from '#protocol/transaction/sign.ts'
import type { Signer } from '../desk/key-ring.ts'
import type { Clock } from '../loop/ports.ts'
import type { FinalView } from '../pipeline/executor.ts'
import { type LeaseSettings, leasableOf } from './lease-policy.ts'
import { CONSENTED_MAX, CONSENTS_PER_OPENING_MAX, LEASE_CONSENT_MS } from './limits.ts'

/** Payers who agreed to be leased from by one transaction, whose id they signed for. */
export type Consented = {
  readonly id: PaymentId
  readonly payers: readonly Payer[]
  readonly texts: readonly string[]
}

export type ConsentsParts = {
  readonly clock: Pick<Clock, 'wallMs'>
  readonly view: () => FinalView
  readonly networkId: NetworkId
  readonly settings: LeaseSettings
  readonly newId: () => PaymentId
}

export type Consents = {
  /** The signer is a card that shows its secret now: it signs at once, and nothing of it is kept. */
  readonly add: (tap: {
    readonly payer: Payer
    readonly by: Signer
    readonly place: PlaceId
  }) => void
  /** The oldest that are ripe: as many as one transaction takes, or those that have waited. */
  readonly next: () => Consented | undefined
}

/** From a tap to the opening: by then its payment is final, and others of that moment share it. */
const RIPE_MS = 1_000

/** A consent is for one payment id: those of one moment are for one, so that they share a transaction. */
export const createConsents = (parts: ConsentsParts): Consents => {
  const { clock, settings, newId, networkId } = parts
  type Group = { id: PaymentId; payers: Payer[]; texts: string[]; sinceMs: number }
  const groups: Group[] = []

  const groupFor = (): Group | undefined => {
    const last = groups.at(-1)
    const isOpen = last !== undefined && last.texts.length < CONSENTS_PER_OPENING_MAX
    if (isOpen && clock.wallMs() - last.sinceMs < RIPE_MS) return last
    if (groups.length >= CONSENTED_MAX) return undefined
    const group: Group = { id: newId(), payers: [], texts: [], sinceMs: clock.wallMs() }
    groups.push(group)
    return group
  }

  return {
    add: ({ payer, by, place }) => {
      const terms = parts.view().get('place', place)
      const [asset, another] = terms === undefined ? [] : leasableOf(parts.view(), terms)
      // One consent is for one asset; where several may be leased a mandate is the way.
      const group = asset === undefined || another !== undefined ? undefined : groupFor()
      if (group === undefined || asset === undefined) return
      const nowMs = clock.wallMs()
      const agree = {
        kind: 'hold.open',
        place,
        asset: asset.id,
        purpose: 'lease',
        max: units(settings.amount),
        releaseAtMs: nowMs + LEASE_CONSENT_MS + settings.minutes * 60_000 + LEASE_GRACE_MS,
      } as const
      const exp = Math.floor((nowMs + LEASE_CONSENT_MS) / 1_000)
      const { signerKey, sign } = by
      group.texts.push(signConsent({ networkId, exp, jti: group.id, signerKey, sign, agree }))
      group.payers.push(payer)
    },
    next: () => {
      const nowMs = clock.wallMs()
      while ((groups[0]?.sinceMs ?? nowMs) < nowMs - LEASE_CONSENT_MS) groups.shift()
      const [first] = groups
      if (first === undefined || nowMs - first.sinceMs < RIPE_MS) return undefined
      groups.shift()
      return first
    },
  }
}
