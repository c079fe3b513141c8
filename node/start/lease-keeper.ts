import { v7 } from 'uuid'
import type { NodeConfig } from '#config/node-config.ts'
import { placeIdOfKey } from '#protocol/derive.ts'
import { PaymentId } from '#protocol/transaction/payment-id.ts'
import type { KeyRing } from '../desk/key-ring.ts'
import { createOwnOrders, type OwnOrdersParts } from '../desk/own-orders.ts'
import { createGiveBack } from '../leases/give-back.ts'
import type { GrantWatch } from '../leases/grant-watch.ts'
import type { LeaseBook } from '../leases/lease-book.ts'
import { createLeaseKeeper, type LeaseKeeper } from '../leases/lease-keeper.ts'
import { LEASE_SECRET } from '../leases/lease-key.ts'
import type { Leases } from '../leases/leases.ts'
import { KEEPER_TICK_MS } from '../leases/limits.ts'
import type { FinalView } from '../pipeline/executor.ts'
import type { NodeHealth } from '../reads/health.ts'
import type { Inside } from './inside.ts'

export type LeaseKeeperParts = OwnOrdersParts & {
  readonly view: () => FinalView
  readonly keys: KeyRing
  readonly leases: Leases
  readonly book: LeaseBook
}

/** The venue's policy of leases, at work as long as the node is. */
export const startLeaseKeeper = (
  inside: Inside,
  desk: LeaseKeeperParts,
  {
    settings,
    health,
    grantWatch,
  }: {
    readonly settings: NodeConfig['leases']
    readonly health: Pick<NodeHealth, 'mode'>
    readonly grantWatch: Pick<GrantWatch, 'note'>
  },
): LeaseKeeper => {
  const orders = createOwnOrders(desk)
  const signer = () => desk.keys(LEASE_SECRET)
  const newId = () => PaymentId.parse(v7({ msecs: desk.clock.wallMs() }))
  const common = { ...desk, orders, signer, newId }
  const keeper = createLeaseKeeper({
    ...common,
    settings,
    giveBack: createGiveBack({ ...common, wallMs: desk.clock.wallMs }),
    place: () => {
      const place = desk.keys('place')
      return place && placeIdOfKey(place.signerKey)
    },
    isOnline: () => health.mode() === 'online',
    noteGrant: grantWatch.note,
  })
  inside.watchFinal(keeper.onFinal)
  inside.repeat('lease-keeper', KEEPER_TICK_MS, () => {
    keeper.tick().catch((error: unknown) =>
      inside.reporter.report({
        level: 'warn',
        code: 'lease_policy_failed',
        facts: { message: error instanceof Error ? error.message : String(error) },
      }),
    )
  })
  return keeper
}
