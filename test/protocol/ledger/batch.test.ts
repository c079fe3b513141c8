import { describe, expect, test } from 'vitest'
import { units } from '#protocol/amount.ts'
import { cardWalletId, createdAssetId } from '#protocol/derive.ts'
import { deriveId } from '#protocol/id.ts'
import type { BatchOperation } from '#protocol/transaction/kinds/transaction-body.ts'
import { claimedCard, link } from '#test/support/card-builders.ts'
import { ROOMY_CAPS } from '#test/support/ledger-builders.ts'
import { assetBody, registerBody } from '#test/support/venue-builders.ts'
import { dump } from './dump.ts'
import { createScene, tillWith } from './refusal-scene.ts'

const CARD = deriveId('crd', 'fresh')

describe('a batch', () => {
  test('does every operation in order on what those before it left', () => {
    const { world, bar } = createScene()
    const { owner, place } = bar
    const jti = world.jti()
    const asset = createdAssetId({ scope: place, jti, index: 0 })
    const event = world.must(
      owner,
      {
        kind: 'batch',
        operations: [
          assetBody(place, { code: 'FEST' }),
          registerBody(world, place, { batch: 'weak', strength: 'weak', cards: [CARD] }),
          { kind: 'card.activate', place, card: CARD },
          { kind: 'issue', place, asset, amount: units(70), to: { card: CARD } },
          { kind: 'cashout', place, asset, amount: units(20), payer: { card: CARD } },
        ],
      },
      { jti },
    )
    const wallet = cardWalletId(CARD)
    expect(event.created).toEqual([asset, CARD, wallet])
    expect(event.movements).toEqual([{ wallet, asset, change: 50 }])
    expect(world.available(wallet, asset)).toBe(50)
  })

  test('refused in its last operation has done none of them', () => {
    const { world, bar, weak } = createScene()
    const { owner, place, local } = bar
    const before = dump(world.ledger).filter((line) =>
      /^(balance|card|asset|place|code)/.test(line),
    )
    const event = world.apply(owner, {
      kind: 'batch',
      operations: [
        assetBody(place, { code: 'FEST' }),
        { kind: 'issue', place, asset: local, amount: units(5), to: { card: weak.id } },
        { kind: 'card.block', place, card: weak.id },
        { kind: 'cashout', place, asset: local, amount: units(1), payer: { card: weak.id } },
      ],
    })
    expect(event).toMatchObject({ outcome: 'card_blocked', movements: [], created: [] })
    const after = dump(world.ledger).filter((line) => /^(balance|card|asset|place|code)/.test(line))
    expect(after).toEqual(before)
  })

  test('stays within the cap per transaction as a whole', () => {
    const scene = createScene()
    const { world, bar, weak } = scene
    const { by, grant } = tillWith(scene, { caps: { transaction: units(10) } })
    const { place, local } = bar
    const issue = (amount: number): BatchOperation => ({
      kind: 'issue',
      place,
      grant,
      asset: local,
      amount: units(amount),
      to: { card: weak.id },
    })
    const batch = (...amounts: number[]) =>
      world.apply(by, { kind: 'batch', operations: amounts.map(issue) }).outcome
    expect([batch(6, 4), batch(6, 5), batch(10)]).toEqual([
      'applied',
      'grant_cap_exceeded',
      'applied',
    ])
  })

  test('uses a consent up to its maximum over all operations', () => {
    const { world, bar, secret } = createScene()
    const { owner, place, local } = bar
    const cashout = (amount: number): BatchOperation => ({
      kind: 'cashout',
      place,
      payer: { card: secret.id },
      asset: local,
      amount: units(amount),
    })
    const agree = { kind: 'cashout', place, asset: local, max: units(10) } as const
    const consents = [{ by: secret.holder, agree }]
    const batch = (...amounts: number[]) =>
      world.apply(owner, { kind: 'batch', operations: amounts.map(cashout) }, { consents }).outcome
    expect([batch(6, 5), batch(6, 4)]).toEqual(['consent_mismatch', 'applied'])
  })

  test('uses a consent of a person up to its maximum, whichever of their cards are named', () => {
    const { world, bar, person } = createScene()
    const { owner, place, local } = bar
    const cards = ['Cleo', 'Cora'].map((name) => {
      const card = claimedCard(world, bar, name, { batch: 'claimed' })
      link(world, card, person)
      return card.id
    })
    const caps = ROOMY_CAPS
    world.must(person.holder, { kind: 'mandate.set', wallet: person.id, to: place, caps })
    const payers = [...cards.map((card) => ({ card })), { wallet: person.id }]
    const agree = { kind: 'cashout', place, asset: local, max: units(100) } as const
    const consents = [{ by: person.holder, agree }]
    const batch = (amount: number) => {
      const operations = payers.map(
        (payer): BatchOperation => ({
          kind: 'cashout',
          place,
          payer,
          asset: local,
          amount: units(amount),
        }),
      )
      return world.apply(owner, { kind: 'batch', operations }, { consents }).outcome
    }
    expect([batch(100), batch(34), batch(33)]).toEqual([
      'consent_mismatch',
      'consent_mismatch',
      'applied',
    ])
    expect(world.available(person.id, local)).toBe(901)
  })

  test('of a holder moves money to several others', () => {
    const { world, bar, person, secret, weak } = createScene()
    const transfer = (to: typeof person.id, amount: number): BatchOperation => ({
      kind: 'transfer',
      from: person.id,
      to,
      asset: bar.local,
      amount: units(amount),
    })
    world.must(person.holder, {
      kind: 'batch',
      operations: [transfer(secret.wallet, 100), transfer(weak.wallet, 50)],
    })
    expect(world.available(person.id, bar.local)).toBe(850)
    expect(world.available(secret.wallet, bar.local)).toBe(1100)
    expect(world.available(weak.wallet, bar.local)).toBe(1050)
  })
})
