import fc from 'fast-check'
import { expect, test } from 'vitest'
import { units } from '#protocol/amount.ts'
import { cardIdOfKey } from '#protocol/derive.ts'
import { type CardId, deriveId, type HoldId, parseId } from '#protocol/id.ts'
import type { LedgerEvent } from '#protocol/ledger/event.ts'
import { checkEverything } from '#protocol/ledger/invariants/full.ts'
import type { TransactionBody } from '#protocol/transaction/kinds/transaction-body.ts'
import type { PaymentId } from '#protocol/transaction/payment-id.ts'
import { type Actor, actor } from '#test/support/actors.ts'
import { blankCard, claimOf } from '#test/support/card-builders.ts'
import type { Consenting } from '#test/support/ledger-builders.ts'
import { saleBody } from '#test/support/venue-builders.ts'
import { holdConsent, opening } from './hold-builders.ts'
import { createScene, type Scene } from './refusal-scene.ts'

const NAMES = ['A', 'B', 'C', 'D'] as const
type Name = (typeof NAMES)[number]

const VERBS = [
  'activate',
  'top up',
  'pay',
  'refund',
  'block',
  'unblock',
  'link',
  'replace',
  'void',
  'mandate',
  'hold',
  'release',
] as const

type Step = {
  readonly verb: (typeof VERBS)[number]
  readonly card: Name
  readonly other: Name
  readonly byHolder: boolean
}

const step: fc.Arbitrary<Step> = fc.record({
  verb: fc.constantFrom(...VERBS),
  card: fc.constantFrom(...NAMES),
  other: fc.constantFrom(...NAMES),
  byHolder: fc.boolean(),
})
type Try = {
  readonly by: Actor
  readonly body: TransactionBody
  readonly consents?: readonly Consenting[]
}

/** What earlier steps left to be given back. */
type Traces = { readonly sold: PaymentId[]; readonly held: HoldId[] }

const idOf = (name: Name): CardId => cardIdOfKey(actor(`card ${name}`).key)

/** What somebody tries with a card, whether or not it is allowed. */
const tryOf = (
  scene: Scene,
  { verb, card: name, other, byHolder }: Step,
  { sold, held }: Traces,
): Try => {
  const { world, bar, person } = scene
  const card = idOf(name)
  const { owner, place, local } = bar
  const claim = claimOf(name)
  const acting = byHolder ? {} : { place }
  const by = byHolder ? person.holder : owner
  switch (verb) {
    case 'activate':
      return { by: owner, body: { kind: 'card.activate', place, card } }
    case 'top up':
      return {
        by: owner,
        body: { kind: 'issue', place, asset: local, amount: units(7), to: { card } },
      }
    case 'pay': {
      const { grant: _, ...body } = saleBody(
        bar,
        [{ id: card, holder: owner, wallet: bar.wallet }],
        3,
      )
      const agree = { kind: 'sale', place, unit: 'EUR', scale: 2, max: units(3) } as const
      return { by: owner, body, consents: [{ by: actor(`card ${name}`), agree }] }
    }
    case 'refund': {
      const [sale = world.jti()] = sold.slice(-1)
      return { by: owner, body: { kind: 'refund', place, sale } }
    }
    case 'hold': {
      const { by: signer, body } = opening(scene, { payer: { card }, cap: units(2) })
      return { by: signer, body, consents: [holdConsent(scene, actor(`card ${name}`), {})] }
    }
    case 'release': {
      const [hold = deriveId('hld', 'none')] = held.slice(-1)
      return { by: owner, body: { kind: 'hold.release', place, hold } }
    }
    case 'block':
      return { by, body: { kind: 'card.block', ...acting, card } }
    case 'unblock':
      return { by, body: { kind: 'card.unblock', ...acting, card } }
    case 'link': {
      const agree = { kind: 'card.link', card, wallet: person.id } as const
      const body = { kind: 'card.link', card, wallet: person.id } as const
      return { by: person.holder, body, consents: [{ by: claim, agree }] }
    }
    case 'replace': {
      const agree = { kind: 'card.replace', card, with: idOf(other) } as const
      return { by, body: { ...agree, ...acting }, consents: [{ by: claim, agree }] }
    }
    case 'void':
      return { by, body: { kind: 'card.void', ...acting, card } }
    case 'mandate': {
      const caps = { charge: units(100), day: units(100) }
      const mandate = { wallet: person.id, to: place } as const
      const body = byHolder
        ? ({ kind: 'mandate.set', ...mandate, caps } as const)
        : ({ kind: 'mandate.revoke', ...mandate } as const)
      return { by: person.holder, body }
    }
  }
}

const registerAll = ({ world, bar }: Scene): void => {
  for (const name of NAMES) {
    blankCard(world, bar, idOf(name), { batch: 'lives', claims: [claimOf(name).key] })
  }
}

/** One block; undefined where the ledger does not let it in, or state says no. */
const applyTo = ({ world }: Scene, { by, body, consents = [] }: Try): LedgerEvent | undefined => {
  const execution = world.execute([world.sign(by, body, { consents })])
  if (!execution.ok) expect(execution).toMatchObject({ code: 'signer_unknown' })
  const [event] = execution.ok ? execution.events : []
  return event?.outcome === 'applied' ? event : undefined
}

const note = (event: LedgerEvent | undefined, { sold, held }: Traces): void => {
  if (event?.kind === 'sale') sold.push(event.id)
  const [hold] = event?.kind === 'hold.open' ? event.created : []
  const id = parseId('hld', hold ?? '')
  if (id !== undefined) held.push(id)
}

/** What is left of the bar's money in every wallet that a card or a person reaches, and at the bar. */
const foundIn = ({ world, bar, person, weak, secret }: Scene): number => {
  const reached = NAMES.flatMap((name) => world.get('card', idOf(name)).wallet ?? [])
  const wallets = new Set([person.id, bar.wallet, weak.wallet, secret.wallet, ...reached])
  return [...wallets].reduce((sum, id) => {
    const balance = world.ledger.state.get('balance', `${id}/${bar.local}`)
    return sum + (balance?.available ?? 0) + (balance?.held ?? 0)
  }, 0)
}

/** All blocks run through every invariant; the whole state is checked after each as well. */
test('whatever becomes of cards, in whatever order, no money is lost or comes twice', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 40 }), (steps) => {
      const scene = createScene()
      registerAll(scene)
      const traces: Traces = { sold: [], held: [] }
      let issued = foundIn(scene)
      for (const one of steps) {
        const event = applyTo(scene, tryOf(scene, one, traces))
        if (event?.kind === 'issue') issued += 7
        note(event, traces)
        expect(checkEverything(scene.world.ledger.state)).toBeUndefined()
      }
      expect(scene.world.get('asset', scene.bar.local).supply).toBe(issued)
      expect(foundIn(scene)).toBe(issued)
    }),
    { numRuns: 60 },
  )
})
