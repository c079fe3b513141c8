import { describe, expect, test } from 'vitest'
import { units } from '#protocol/amount.ts'
import { cardIdOfKey, cardWalletId } from '#protocol/derive.ts'
import { deriveId } from '#protocol/id.ts'
import { LEASE_GRACE_MS } from '#protocol/limits.ts'
import type { TransactionBody } from '#protocol/transaction/kinds/transaction-body.ts'
import type { PaymentId } from '#protocol/transaction/payment-id.ts'
import { type Actor, actor } from '#test/support/actors.ts'
import {
  blankCard,
  claimedCard,
  claimOf,
  dynamicCard,
  link,
  linkConsent,
  replaceConsent,
  tap,
} from '#test/support/card-builders.ts'
import { ROOMY_CAPS, type World } from '#test/support/ledger-builders.ts'
import { saleBody, saleConsent, topUp, topUpEuro, weakCard } from '#test/support/venue-builders.ts'
import { allowLeases, HOUR_MS, holdConsent, opening } from './hold-builders.ts'
import { createScene, type Scene, selling } from './refusal-scene.ts'

const claimedScene = () => {
  const scene = createScene()
  const { world, bar } = scene
  const card = claimedCard(world, bar, 'Cleo', { batch: 'claimed' })
  topUp(world, bar, { card: card.id, amount: 1000 })
  return { ...scene, card }
}

/** The code that a transaction of somebody is turned away with. */
const doorOf = (world: World, by: Actor, body: TransactionBody): string | undefined => {
  const execution = world.execute([world.sign(by, body)])
  return 'code' in execution ? execution.code : undefined
}

const refundOf = ({ bar }: Scene, sale: PaymentId) =>
  ({ kind: 'refund', place: bar.place, sale }) as const

describe('a linked card', () => {
  test('anonymous with 6,600: the same 6,600 are the person’s, archived money moved too and is not sold for', () => {
    const { world, bar, person, card, ...scene } = claimedScene()
    topUp(world, bar, { card: card.id, amount: 600, asset: bar.gift })
    topUpEuro(world, { card: card.id, amount: 5000 })
    world.edit('asset', bar.gift, { ...world.get('asset', bar.gift), archived: true })
    link(world, card, person)
    const has = (wallet: typeof person.id) =>
      [bar.local, bar.gift, world.euro].map((asset) => world.available(wallet, asset))
    expect(has(card.wallet)).toEqual([0, 0, 0])
    expect(has(person.id)).toEqual([2000, 600, 5000])
    const sale = selling({ ...scene, world, bar, person }, { assets: [bar.gift] })
    expect(world.apply(sale.by, sale.body).outcome).toBe('asset_archived')
  })

  test('pays what its holder mandated, and no more what its batch did', () => {
    const { world, bar, person, card } = claimedScene()
    link(world, card, person)
    const consents = [saleConsent(bar, card, 100)]
    const pay = () => world.apply(bar.till, saleBody(bar, [card], 100), { consents }).outcome
    expect(pay()).toBe('mandate_missing')
    const mandate = { wallet: person.id, to: bar.place, caps: ROOMY_CAPS } as const
    world.must(person.holder, { kind: 'mandate.set', ...mandate })
    expect(pay()).toBe('applied')
    expect(world.available(person.id, bar.local)).toBe(1900)
  })

  test('has a key that moves nothing of the person, who alone turns it into cash', () => {
    const { world, bar, person, card } = claimedScene()
    link(world, card, person)
    world.must(person.holder, {
      kind: 'mandate.set',
      wallet: person.id,
      to: bar.place,
      caps: ROOMY_CAPS,
    })
    const taking = {
      kind: 'transfer',
      from: person.id,
      to: card.wallet,
      asset: bar.local,
      amount: units(1),
    } as const
    expect(doorOf(world, card.holder, taking)).toBe('signer_unknown')
    const body = {
      kind: 'cashout',
      place: bar.place,
      payer: { card: card.id },
      asset: bar.local,
      amount: units(100),
    } as const
    const agree = { kind: 'cashout', place: bar.place, asset: bar.local, max: units(100) } as const
    const by = (signer: typeof card.holder) =>
      world.apply(bar.owner, body, { consents: [{ by: signer, agree }] }).outcome
    expect(by(card.holder)).toBe('holder_consent_missing')
    expect(by(person.holder)).toBe('applied')
  })

  test('takes its open leases along: they can be captured, and what is left is the person’s', () => {
    const { world, bar, person, card, ...scene } = claimedScene()
    const all = { ...scene, world, bar, person }
    allowLeases(all, { cap: 300, durationMs: HOUR_MS })
    const attempt = opening(all, { payer: { card: card.id }, purpose: 'lease', cap: units(300) })
    const releaseAtMs = attempt.body.expiresAtMs + LEASE_GRACE_MS
    const terms = { purpose: 'lease', max: units(300), releaseAtMs } as const
    const { created } = world.must(attempt.by, attempt.body, {
      consents: [holdConsent(all, card.holder, terms)],
    })
    link(world, card, person)
    const key = `${person.id}/${bar.local}`
    expect(world.get('balance', key)).toMatchObject({ available: 1700, held: 300 })
    expect(world.get('wallet', person.id).holds).toEqual(created)
    expect(world.get('wallet', card.wallet)).toMatchObject({ successor: person.id, keys: [] })
    expect(world.get('hold', created[0] ?? '').owner).toBe(person.id)
  })

  test('refunds what it paid before to the person, and after it was voided too', () => {
    const { world, bar, person, card, ...scene } = claimedScene()
    const consents = [saleConsent(bar, card, 100)]
    const [first, second] = [0, 1].map(() =>
      world.must(bar.till, saleBody(bar, [card], 100), { consents }),
    )
    link(world, card, person)
    const refund = (id?: PaymentId) =>
      world.must(bar.owner, refundOf({ ...scene, world, bar, person }, id ?? world.jti()))
    refund(first?.id)
    expect(world.available(person.id, bar.local)).toBe(1900)
    world.must(person.holder, { kind: 'card.void', card: card.id })
    refund(second?.id)
    expect(world.available(person.id, bar.local)).toBe(2000)
  })

  test('is blocked and freed by its holder; its claim code blocks it too', () => {
    const { world, person, card } = claimedScene()
    link(world, card, person)
    world.must(card.claim, { kind: 'card.block', card: card.id })
    world.must(person.holder, { kind: 'card.unblock', card: card.id })
    expect(world.get('card', card.id).state).toBe('linked')
    const again = { kind: 'card.block', card: card.id } as const
    expect(doorOf(world, card.holder, again)).toBe('signer_unknown')
    expect(world.apply(person.holder, again).outcome).toBe('applied')
  })
})

describe('a replaced card', () => {
  test('leaves its money, its mandates and its counts to the new one, and its key nothing', () => {
    const { world, bar, card } = claimedScene()
    const next = actor('Cleo anew')
    const id = cardIdOfKey(next.key)
    blankCard(world, bar, id)
    topUp(world, bar, { card: card.id, amount: 1000 })
    const consents = [saleConsent(bar, card, 600)]
    const caps = { charge: units(1000), day: units(1000) }
    for (const to of [bar.place, world.federation]) {
      const key = `${card.wallet}/${to}`
      world.edit('mandate', key, { ...world.get('mandate', key), caps })
    }
    world.must(bar.till, saleBody(bar, [card], 600), { consents })
    world.must(card.claim, { kind: 'card.block', card: card.id })
    world.must(
      bar.owner,
      { kind: 'card.replace', place: bar.place, card: card.id, with: id },
      { consents: [replaceConsent(card, id)] },
    )
    const replacement = { holder: next, id, wallet: card.wallet }
    expect(world.get('card', id)).toMatchObject({ state: 'active', wallet: card.wallet })
    expect(world.get('card', card.id)).toMatchObject({ state: 'replaced', replacedBy: id })
    const pay = (by: typeof replacement, amount: number) =>
      world.apply(bar.till, saleBody(bar, [by], amount), {
        consents: [saleConsent(bar, by, amount)],
      }).outcome
    expect(pay(card, 1)).toBe('card_replaced')
    expect(pay(replacement, 401)).toBe('mandate_cap_exceeded')
    expect(pay(replacement, 400)).toBe('applied')
    const taking = {
      kind: 'transfer',
      from: card.wallet,
      to: deriveId('wal', 'none'),
      asset: bar.local,
      amount: units(1),
    } as const
    expect(doorOf(world, card.holder, taking)).toBe('signer_unknown')
    expect(world.apply(next, taking).outcome).toBe('wallet_unknown')
  })

  test('weak and without a claim code counts all that is on it under the grant', () => {
    const { world, bar, weak } = createScene()
    const id = deriveId('crd', 'next')
    blankCard(world, bar, id, { batch: 'weak', strength: 'weak' })
    const { place, grant } = bar
    world.must(bar.till, { kind: 'card.replace', place, grant, card: weak.id, with: id })
    expect(world.get('grant', grant).total).toBe(1500)
    expect(world.get('card', id)).toMatchObject({ state: 'active', wallet: weak.wallet })
  })

  test('twice in turn is counted under the first, and a linked one is replaced by its holder', () => {
    const { world, bar, person, card } = claimedScene()
    link(world, card, person)
    const ids = ['one', 'two'].map((name) => cardIdOfKey(actor(name).key))
    let before = card.id
    for (const id of ids) {
      blankCard(world, bar, id)
      world.must(person.holder, { kind: 'card.replace', card: before, with: id })
      before = id
    }
    expect(world.get('card', before)).toMatchObject({
      state: 'linked',
      wallet: person.id,
      countedAs: card.id,
    })
    expect(world.get('card', card.id).replacedBy).toBe(before)
    const { key } = actor('two')
    expect(world.get('key', key)).toEqual({ key, retired: true, card: before })
  })
})

describe('a void card', () => {
  const emptied = () => {
    const scene = createScene()
    const { world, bar } = scene
    const card = weakCard(world, bar, 'Band', { claims: [claimOf('Band').key], batch: 'bands' })
    topUp(world, bar, { card: card.id, amount: 100 })
    const { id } = world.must(bar.till, saleBody(bar, [card], 40))
    world.must(bar.owner, {
      kind: 'batch',
      operations: [
        {
          kind: 'cashout',
          place: bar.place,
          payer: { card: card.id },
          asset: bar.local,
          amount: units(60),
        },
        { kind: 'card.void', place: bar.place, card: card.id },
      ],
    })
    return { ...scene, card, sale: id }
  }

  test('is activated again with another wallet, and no refund reaches its next holder', () => {
    const { world, bar, card, sale, ...scene } = emptied()
    const activate = { kind: 'card.activate', place: bar.place, card: card.id } as const
    world.must(bar.owner, activate)
    const again = world.get('card', card.id)
    expect(again).toMatchObject({ state: 'active', wallet: cardWalletId(card.id, 1) })
    expect(again.wallet).not.toBe(card.wallet)
    const refused = world.apply(bar.owner, refundOf({ ...scene, world, bar }, sale))
    expect(refused.outcome).toBe('wallet_closed')
    topUp(world, bar, { card: card.id, amount: 30 })
    expect(world.available(cardWalletId(card.id, 1), bar.local)).toBe(30)
  })

  test('has a key whose former payments are nobody’s, and whose later ones are the next holder’s', () => {
    const { world, bar, card, person } = claimedScene()
    const transfer = (amount: number) => ({
      kind: 'transfer' as const,
      from: cardWalletId(card.id, world.get('card', card.id).generation),
      to: person.id,
      asset: bar.local,
      amount: units(amount),
    })
    const spent = world.sign(card.holder, transfer(1000))
    expect(world.run(spent).map(({ outcome }) => outcome)).toEqual(['applied'])
    world.must(bar.owner, { kind: 'card.void', place: bar.place, card: card.id })
    expect(world.execute([spent])).toMatchObject({ fault: 'invalid', code: 'signer_unknown' })
    world.must(bar.owner, { kind: 'card.activate', place: bar.place, card: card.id })
    expect(world.execute([spent])).toMatchObject({ fault: 'invalid', code: 'signer_unknown' })
    topUp(world, bar, { card: card.id, amount: 30 })
    world.advance(world.genesis.parameters.maxClockSkewMs)
    expect(world.apply(card.holder, transfer(30)).outcome).toBe('applied')
  })

  test('has no claim code any more: who knew it has no say about the next holder’s card', () => {
    const { world, bar, card, person } = emptied()
    const claim = claimOf('Band')
    world.must(bar.owner, { kind: 'card.activate', place: bar.place, card: card.id })
    const blocked = world.apply(claim, { kind: 'card.block', card: card.id })
    expect(blocked.outcome).toBe('holder_required')
    const linked = world.apply(
      person.holder,
      { kind: 'card.link', card: card.id, wallet: person.id },
      { consents: [linkConsent({ ...card, claim }, person.id)] },
    )
    expect(linked.outcome).toBe('card_strength_not_allowed')
  })

  test('and whatever else becomes of a card touches no grant of its key', () => {
    const { world, bar, person, card } = claimedScene()
    const jti = world.jti()
    const grantee = card.holder.key
    const { created } = world.must(
      bar.owner,
      { kind: 'grant.issue', place: bar.place, grantee, actions: ['sale'], caps: {} },
      { jti },
    )
    const grant = () => world.get('grant', created[0] ?? '')
    const before = grant()
    world.must(card.claim, { kind: 'card.block', card: card.id })
    world.must(bar.owner, { kind: 'card.unblock', place: bar.place, card: card.id })
    link(world, card, person)
    world.must(person.holder, { kind: 'card.void', card: card.id })
    expect(grant()).toBe(before)
  })
})

describe('a dynamic card', () => {
  test('is charged by each tap once, and by a later one again', () => {
    const { world, bar } = createScene()
    const card = dynamicCard(world, bar, 'Tapped')
    topUp(world, bar, { card: card.id, amount: 100 })
    const pay = (counter: number) =>
      world.apply(bar.till, saleBody(bar, [card], 10), {
        consents: [tap(bar, card, { counter, max: 10 })],
      }).outcome
    expect([pay(3), pay(3), pay(2), pay(4)]).toEqual([
      'applied',
      'card_counter_replayed',
      'card_counter_replayed',
      'applied',
    ])
    expect(world.get('card', card.id).counter).toBe(4)
  })

  test('shows one tap for all cash-outs of a batch, up to what it allows', () => {
    const { world, bar } = createScene()
    const card = dynamicCard(world, bar, 'Tapped')
    topUp(world, bar, { card: card.id, amount: 100 })
    const cashOut = (amount: number) =>
      ({
        kind: 'cashout',
        place: bar.place,
        payer: { card: card.id },
        asset: bar.local,
        amount: units(amount),
      }) as const
    const both = (second: number) =>
      world.apply(
        bar.owner,
        { kind: 'batch', operations: [cashOut(60), cashOut(second)] },
        { consents: [tap(bar, card, { counter: 7, max: 100 })] },
      ).outcome
    expect(both(41)).toBe('consent_mismatch')
    expect(both(40)).toBe('applied')
  })

  test('counts under its own limits where the asset has them, else under those of secret cards', () => {
    const { world, bar } = createScene()
    const card = dynamicCard(world, bar, 'Tapped')
    topUp(world, bar, { card: card.id, amount: 100 })
    const asset = world.get('asset', bar.local)
    const narrow = { charge: units(10), day: units(10) }
    const limit = (cardLimits: Partial<typeof asset.cardLimits>) =>
      world.edit('asset', asset.id, {
        ...asset,
        cardLimits: { ...asset.cardLimits, secret: narrow, ...cardLimits },
      })
    const pay = (counter: number) =>
      world.apply(bar.till, saleBody(bar, [card], 11), {
        consents: [tap(bar, card, { counter })],
      }).outcome
    limit({})
    expect(pay(1)).toBe('card_limit_exceeded')
    limit({ dynamic: { charge: units(11), day: units(11) } })
    expect(pay(2)).toBe('applied')
  })
})
