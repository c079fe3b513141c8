import type { OutboxEntry } from '#node/outbox/outbox.ts'
import { createdFederationId } from '#protocol/derive.ts'
import { type AssetId, deriveId } from '#protocol/id.ts'
import type { FederationCreate, FederationSet } from '#protocol/transaction/kinds/federation.ts'
import type { PlaceUpdate } from '#protocol/transaction/kinds/place.ts'
import type {
  BatchOperation,
  TransactionBody,
} from '#protocol/transaction/kinds/transaction-body.ts'
import { termsOf } from '#protocol/transaction/operator-terms.ts'
import type { PaymentId } from '#protocol/transaction/payment-id.ts'
import { alone, type Deed, inNameOf, type Scene } from './act.ts'
import { WALLETS_PER_DAY } from './circuit.ts'
import type { Consenting } from './signing-desk.ts'

const WORTH_MS = 20_000
const NO_FEDERATION = deriveId('fed', 'nothing')
const NO_PLACE = deriveId('plc', 'nothing')
const MONTH_MS = 30 * 86_400_000
/** One more than a place may be in. */
const TOO_MANY_FEDERATIONS = 9

/** The consents of all first operators to a body, now and then of too few, or to another one. */
export const agreedByOperators = (
  { operators, random }: Scene,
  body: TransactionBody,
): readonly Consenting[] => {
  const terms = random.chance(0.12) ? termsOf({ kind: 'payment.cancel' }) : termsOf(body)
  const agree = { kind: 'operators', terms } as const
  return random.chance(0.12) ? [] : operators.map((by) => ({ by, agree }))
}

export const byOperator = (
  { desk, nowMs, operator }: Scene,
  body: TransactionBody,
  consents: readonly Consenting[] = [],
  id?: PaymentId,
): OutboxEntry =>
  desk.sign(operator, body, { nowMs, forMs: WORTH_MS, scope: operator.key, consents, id })

/** A bound of use becomes a little wider or narrower. */
const changeParameters: Deed = (scene) => {
  const { random, person } = scene
  const walletsPerDay = WALLETS_PER_DAY + random.between(0, 3)
  const body = random.pick<TransactionBody>([
    { kind: 'parameter.change', walletsPerDay },
    { kind: 'parameter.change', walletsPerDay, forgetPerBlock: random.between(2, 4_096) },
  ])
  if (random.chance(0.1)) return [alone(scene, person(), body)]
  return [byOperator(scene, body, agreedByOperators(scene, body))]
}

const suspend: Deed = (scene) => {
  const { random, operator, otherOperator } = scene
  const target = random.chance(0.9) ? scene.stand().id : NO_PLACE
  const by = random.pick([operator, operator, operator, otherOperator, scene.person()])
  const suspended = random.chance(0.4)
  return [alone(scene, by, { kind: 'place.suspend', target, suspended })]
}

/** A stand says its terms, or that it leaves: one of a few stands, and not often. */
const runStand: Deed = (scene) => {
  const { random, keys, assets } = scene
  const { owner: by, id: place } = scene.stand()
  const accepts = random.pick<AssetId[]>([
    [],
    [assets.cups],
    [assets.cups, assets.euro],
    [assets.medal],
    [deriveId('ast', 'nothing')],
  ])
  const body: PlaceUpdate = {
    kind: 'place.update',
    place,
    name: 'Stand',
    nodes: [keys.peerId('stand')],
    accepts,
  }
  const acting = { place, by }
  if (random.chance(0.92)) return [inNameOf(scene, acting, body)]
  // Whoever says it twice is refused once.
  const [once, twice] = [1, 2].map(() => inNameOf(scene, acting, { kind: 'place.leave', place }))
  return [once, twice].flatMap((each) => each ?? [])
}

/** Whoever may come in, or is told to go. */
const invite: Deed = (scene) => {
  const { random, federation: known, operator, otherOperator, nowMs } = scene
  const federation = random.chance(0.9) ? known : NO_FEDERATION
  const target = random.chance(0.9) ? scene.stand().id : NO_PLACE
  const by = random.pick([operator, operator, operator, otherOperator, scene.person()])
  const untilMs = nowMs + random.pick([-1, 1_000, 60_000, 600_000, 2 * MONTH_MS])
  return [
    random.chance(0.25)
      ? alone(scene, by, { kind: 'federation.leave', federation, target })
      : alone(scene, by, { kind: 'federation.invite', federation, target, untilMs }),
  ]
}

const enter: Deed = (scene) => {
  const { random, federation: known, nowMs } = scene
  const { owner: by, id: place } = scene.stand()
  const federation = random.chance(0.9) ? known : NO_FEDERATION
  const acting = { place, by }
  const leave = { kind: 'federation.leave', place, federation } as const
  if (random.chance(0.3)) return [inNameOf(scene, acting, leave)]
  const accept = { kind: 'federation.accept', place, federation } as const
  const entered = inNameOf(scene, acting, accept)
  if (random.chance(0.5)) return [entered]
  const untilMs = nowMs + MONTH_MS
  const invited = { kind: 'federation.invite', federation, target: place, untilMs } as const
  const again = byOperator(scene, invited)
  return [byOperator(scene, invited), entered, again, inNameOf(scene, acting, leave)]
}

/** Who says whether weak cards come in; now and then with one more admin, who agrees or not. */
const setFederation: Deed = (scene) => {
  const { random, federation: known, operator, otherOperator } = scene
  const federation = random.chance(0.9) ? known : NO_FEDERATION
  const further = random.chance(0.4) ? [scene.person()] : []
  const body: FederationSet = {
    kind: 'federation.set',
    federation,
    name: 'Riverside',
    admins: [operator, ...further].map(({ key }) => key),
    weakCards: random.chance(0.7),
  }
  const agree = { kind: 'federation.set', federation } as const
  const said = random.chance(0.8) ? agree : { ...agree, federation: NO_FEDERATION }
  const consents = random.chance(0.7) ? further.map((by) => ({ by, agree: said })) : []
  return random.chance(0.85)
    ? [byOperator(scene, body, consents)]
    : [alone(scene, random.pick([otherOperator, scene.person()]), body)]
}

/** Federations beside the first, so many that a stand may not be in all of them. */
const found: Deed = (scene) => {
  const { random, operator, desk, nowMs } = scene
  const admin = scene.person()
  const body = (name: string, admins: FederationCreate['admins']): FederationCreate => ({
    kind: 'federation.create',
    name,
    admins,
    weakCards: false,
  })
  if (random.chance(0.6)) {
    const one = body('Quayside', [operator.key, admin.key])
    const name = random.chance(0.8) ? one.name : 'Elsewhere'
    const agree = { kind: 'federation.create', name } as const
    const consents = random.chance(0.8) ? [{ by: admin, agree }] : []
    return random.chance(0.85) ? [byOperator(scene, one, consents)] : [alone(scene, admin, one)]
  }
  const { id: place, owner: by } = scene.stand()
  const id = desk.newId(nowMs)
  const ids = Array.from({ length: TOO_MANY_FEDERATIONS }, (_, index) =>
    createdFederationId({ scope: operator.key, jti: id, index }),
  )
  const untilMs = nowMs + 600_000
  const operations: BatchOperation[] = [
    ...ids.map((_, index) => body(`Circle ${index}`, [operator.key])),
    ...ids.map(
      (federation) => ({ kind: 'federation.invite', federation, target: place, untilMs }) as const,
    ),
  ]
  const accept = ids.map(
    (federation) => ({ kind: 'federation.accept', place, federation }) as const,
  )
  return [
    byOperator(scene, { kind: 'batch', operations }, [], id),
    inNameOf(scene, { place, by }, { kind: 'batch', operations: accept }),
  ]
}

export const DEEDS_OF_AUTHORITIES: readonly Deed[] = [
  changeParameters,
  suspend,
  suspend,
  runStand,
  invite,
  invite,
  enter,
  setFederation,
  found,
]
