import type { OutboxEntry } from '#node/outbox/outbox.ts'
import { units } from '#protocol/amount.ts'
import { cardWalletId } from '#protocol/derive.ts'
import type { TransactionBody } from '#protocol/transaction/kinds/transaction-body.ts'
import type { PaymentId } from '#protocol/transaction/payment-id.ts'
import { type Fair, walletOf } from './fair.ts'
import type { Signer } from './keys.ts'
import type { RandomSource } from './random.ts'
import type { Consenting, SigningDesk } from './signing-desk.ts'

/** Somebody who does something at the fair now. */
export type Scene = Fair & {
  readonly desk: SigningDesk
  readonly random: RandomSource
  readonly nowMs: number
  readonly amount: (most: number) => ReturnType<typeof units>
  readonly person: () => Signer
  readonly stand: () => Fair['stands'][number]
  readonly freeCard: () => Fair['cards']['free'][number]
}

/** What somebody does, or tries: what is signed for it. */
export type Deed = (scene: Scene) => readonly OutboxEntry[]

/** How long most deeds are worth something. */
const WORTH_MS = 20_000

/** One of a list that somebody brought: it is not empty. */
export const oneOf = <T>({ random }: { readonly random: RandomSource }, items: readonly T[]): T => {
  const item = items[random.below(items.length)]
  if (item === undefined) throw new Error('nothing to choose from')
  return item
}

export const sceneOf = (fair: Fair, parts: Pick<Scene, 'desk' | 'random' | 'nowMs'>): Scene => {
  const { random } = parts
  return {
    ...fair,
    ...parts,
    amount: (most) => units(random.between(1, most)),
    person: () => oneOf(parts, fair.persons),
    stand: () => oneOf(parts, fair.stands),
    freeCard: () => oneOf(parts, fair.cards.free),
  }
}

export type Told = {
  readonly id?: PaymentId
  readonly nowMs?: number
  readonly consents?: readonly Consenting[]
}

/** In the name of a place, by whomever it is. */
export const inNameOf = (
  { desk, nowMs }: Scene,
  { place, by }: { readonly place: string; readonly by: Signer },
  body: TransactionBody,
  told: Told = {},
): OutboxEntry => desk.sign(by, body, { nowMs, forMs: WORTH_MS, scope: place, ...told })

/** In the name of the venue: by its owner, or by its till under the grant that the body names. */
export const atVenue = (scene: Scene, body: TransactionBody, told: Told = {}): OutboxEntry => {
  const grant = 'grant' in body ? body.grant : undefined
  const { venue, grants, barkeeper, till } = scene
  const by = grant === undefined ? venue.owner : grant === grants.tight ? barkeeper : till
  return inNameOf(scene, { place: venue.id, by }, body, told)
}

/** By somebody for himself: in the name of a wallet, or of a key that has none. */
export const alone = (
  scene: Scene,
  by: Signer,
  body: TransactionBody,
  told: Told = {},
): OutboxEntry => {
  const { cards, desk, nowMs, operators, gateway } = scene
  const isKey = [...operators, gateway].some(({ key }) => key === by.key)
  const card = cards.keyed.find(({ signer }) => signer.key === by.key)
  const wallet = card === undefined ? walletOf(by) : cardWalletId(card.id)
  const scope = isKey ? by.key : wallet
  return desk.sign(by, body, { nowMs, forMs: WORTH_MS, scope, ...told })
}

/** Grants of the venue's till that allow nothing now, and when an id must be made to meet them. */
export const uselessGrant = ({ random, grants, nowMs, startMs }: Scene) =>
  random.pick([
    { grant: grants.reader, nowMs },
    { grant: grants.future, nowMs },
    { grant: grants.past, nowMs: startMs - 1 },
    { grant: grants.revoked, nowMs: startMs - 1 },
  ])
