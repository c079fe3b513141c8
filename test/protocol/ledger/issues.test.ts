import { describe, expect, test } from 'vitest'
import { units } from '#protocol/amount.ts'
import { createdAssetId } from '#protocol/derive.ts'
import { DAY_MS } from '#protocol/ledger/period.ts'
import type { AssetUpdate } from '#protocol/transaction/kinds/asset.ts'
import { actor } from '#test/support/actors.ts'
import { ROOMY_LIMITS } from '#test/support/ledger-builders.ts'
import {
  AT_ORIGIN_ONLY,
  createAsset,
  issueGrant,
  topUpEuro,
  weakCard,
} from '#test/support/venue-builders.ts'
import { minting } from './minting.ts'
import { createScene } from './refusal-scene.ts'

describe('a second minter', () => {
  test('makes a large issue possible, and none is needed up to the limit', () => {
    const scene = createScene()
    const { world, weak } = scene
    const { by, body, signing } = minting(scene)
    world.must(by, body, signing)
    world.must(by, { ...body, amount: units(9) })
    expect(world.available(weak.wallet, body.asset)).toBe(19)
  })

  test('is asked by the place key too', () => {
    const scene = createScene()
    const { body, signing } = minting(scene)
    const { grant: _, ...own } = body
    expect(scene.world.apply(scene.bar.owner, own).outcome).toBe('consent_missing')
    scene.world.must(scene.bar.owner, own, signing)
  })

  test('gave nobody the grant that the first one uses', () => {
    const scene = createScene()
    const { world, bar } = scene
    const { body, signing } = minting(scene)
    const [consent] = signing?.consents ?? []
    if (consent?.agree.kind !== 'issue') throw new Error('no second minter')
    const child = actor('child')
    const parent = consent.agree.grant
    const grant = issueGrant(world, bar, { grantee: child.key, grant: parent }, consent.by)
    const outcome = world.apply(child, { ...body, grant }, signing).outcome
    expect(outcome).toBe('consent_mismatch')
  })

  test('agrees to a sum over all issues of a batch', () => {
    const scene = createScene()
    const { by, body, signing } = minting(scene, ({ by: other, agree }) => ({
      by: other,
      agree: { ...agree, max: units(19) },
    }))
    const batch = (operations: (typeof body)[]) => ({ kind: 'batch', operations }) as const
    expect(scene.world.apply(by, batch([body, body]), signing).outcome).toBe('consent_mismatch')
    scene.world.must(by, batch([body]), signing)
  })

  test('is wanted for a large sum in small parts too, and for the one receiver', () => {
    const scene = createScene()
    const { by, body, signing } = minting(scene)
    const part = { ...body, amount: units(5) }
    const other = { ...part, to: { card: scene.secret.id } }
    const batch = (operations: (typeof body)[], signed = {}) =>
      scene.world.apply(by, { kind: 'batch', operations }, signed).outcome
    expect(batch([part, part])).toBe('consent_missing')
    expect(batch([part, other], signing)).toBe('consent_mismatch')
    expect(batch([other, part], signing)).toBe('applied')
    expect(batch([part, part], signing)).toBe('applied')
    expect(batch([part, { ...part, amount: units(4) }])).toBe('applied')
  })
})

describe('a limit of issue a day', () => {
  const limited = () => {
    const scene = createScene()
    const { world, bar, weak } = scene
    const asset = createAsset(world, bar, { code: 'DAY1', issueLimits: { day: units(15) } })
    const { owner, place } = bar
    const to = { card: weak.id }
    const body = { kind: 'issue', place, asset, amount: units(10), to } as const
    return { ...scene, owner, body }
  }

  test('begins anew each day', () => {
    const { world, owner, body } = limited()
    world.must(owner, body)
    expect(world.apply(owner, body).outcome).toBe('issue_limit_exceeded')
    world.advance(DAY_MS)
    world.must(owner, body)
  })

  test('may be narrowed or lifted in the block of what it allowed', () => {
    const { world, owner, body } = limited()
    const update = (day: number | undefined): AssetUpdate => ({
      kind: 'asset.update',
      place: body.place,
      asset: body.asset,
      name: 'Cups',
      transferable: true,
      cardLimits: ROOMY_LIMITS,
      ...(day !== undefined && { issueLimits: { day: units(day) } }),
    })
    const signed = [update(30), body, body, update(1)].map((step) => ({ ...step }))
    const wide = world.run(...signed.slice(0, 2).map((step) => world.sign(owner, step)))
    expect(wide.map(({ outcome }) => outcome)).toEqual(['applied', 'applied'])
    const narrow = world.run(...signed.slice(2).map((step) => world.sign(owner, step)))
    expect(narrow.map(({ outcome }) => outcome)).toEqual(['applied', 'applied'])
    expect(world.apply(owner, body).outcome).toBe('issue_limit_exceeded')
    world.must(owner, update(undefined))
    world.must(owner, body)
  })

  test('holds in a batch that creates the asset', () => {
    const { world, owner, body } = limited()
    const jti = world.jti()
    const asset = createdAssetId({ scope: body.place, jti, index: 0 })
    const create = {
      kind: 'asset.create',
      place: body.place,
      code: 'NEW1',
      name: 'New',
      category: 'local',
      unit: 'EUR',
      scale: 2,
      transferable: true,
      cardLimits: ROOMY_LIMITS,
      issueLimits: { day: units(15) },
    } as const
    const operations = [create, { ...body, asset }, { ...body, asset }]
    const outcome = world.apply(owner, { kind: 'batch', operations }, { jti }).outcome
    expect(outcome).toBe('issue_limit_exceeded')
  })
})

describe('a card of another origin', () => {
  const create = () => {
    const scene = createScene()
    const { world, bar, club, person } = scene
    const card = weakCard(world, bar, 'Alone', AT_ORIGIN_ONLY)
    const { place, owner, local: asset } = club
    const give = (to: { readonly card: typeof card.id }) =>
      world.apply(owner, { kind: 'issue', place, asset, amount: units(5), to }).outcome
    return { scene, world, bar, club, person, card, give, asset }
  }

  test('takes nothing new from a place that its mandates do not cover', () => {
    const { world, card, give, asset } = create()
    expect(give({ card: card.id })).toBe('card_not_accepted')
    expect(world.get('wallet', card.wallet).assets ?? []).not.toContain(asset)
  })

  test('takes more of what it has, whoever issues it, and what a gateway issues', () => {
    const { world, card, give, asset } = create()
    const wallet = world.get('wallet', card.wallet)
    world.edit('wallet', wallet.id, { ...wallet, assets: [asset] })
    world.edit('balance', `${wallet.id}/${asset}`, {
      wallet: wallet.id,
      asset,
      available: units(0),
      held: units(0),
      totalIn: units(0),
      totalOut: units(0),
    })
    expect(give({ card: card.id })).toBe('applied')
    topUpEuro(world, { card: card.id, amount: 5 })
  })

  test('takes what is new within a mandate', () => {
    const { scene, give } = create()
    expect(give({ card: scene.weak.id })).toBe('applied')
  })
})
