import { expect, test } from 'vitest'
import { units } from '#protocol/amount.ts'
import { actor } from '#test/support/actors.ts'
import { operatorsTo } from '#test/support/authority-builders.ts'
import { OPERATOR, ROOMY_CAPS } from '#test/support/ledger-builders.ts'
import { saleBody } from '#test/support/venue-builders.ts'
import { createScene, type Scene, selling } from './refusal-scene.ts'

const NEW_KEY = actor('Bea anew')

const rotate = ({ world }: Scene, wallet: Scene['person']): void => {
  world.must(
    wallet.holder,
    { kind: 'wallet.rotate', wallet: wallet.id, key: NEW_KEY.key },
    { consents: [{ by: NEW_KEY, agree: { kind: 'wallet.rotate', wallet: wallet.id } }] },
  )
}

const giving = ({ person, secret, bar }: Scene, amount = 1) =>
  ({
    kind: 'transfer',
    from: person.id,
    to: secret.wallet,
    asset: bar.local,
    amount: units(amount),
  }) as const

test('a rotated wallet belongs to its new key alone, with its money and its id', () => {
  const scene = createScene()
  const { world, person, bar } = scene
  rotate(scene, person)
  expect(world.apply(NEW_KEY, giving(scene)).outcome).toBe('applied')
  expect(world.available(person.id, bar.local)).toBe(999)
  const late = world.execute([world.sign(person.holder, giving(scene))])
  expect(late).toMatchObject({ fault: 'invalid', code: 'signer_unknown' })
  const opening = { kind: 'wallet.open', place: bar.place, key: person.holder.key } as const
  const agree = { kind: 'wallet.open', place: bar.place } as const
  const again = world.apply(bar.owner, opening, { consents: [{ by: person.holder, agree }] })
  expect(again.outcome).toBe('wallet_exists')
})

test('what a key signed before it was rotated is executed once', () => {
  const scene = createScene()
  const { world, person } = scene
  const transfer = world.sign(person.holder, giving(scene))
  expect(world.run(transfer).map(({ outcome }) => outcome)).toEqual(['applied'])
  rotate(scene, person)
  expect(world.execute([transfer])).toMatchObject({ fault: 'invalid', code: 'signer_unknown' })
})

test('a wallet is rotated once in a batch: its former key has no say in who comes next', () => {
  const scene = createScene()
  const { world, person } = scene
  const keys = [NEW_KEY, actor('Bea once more')]
  const agree = { kind: 'wallet.rotate', wallet: person.id } as const
  const body = {
    kind: 'batch' as const,
    operations: keys.map(({ key }) => ({ kind: 'wallet.rotate', wallet: person.id, key }) as const),
  }
  const signing = { consents: keys.map((by) => ({ by, agree })) }
  expect(world.apply(person.holder, body, signing).outcome).toBe('holder_required')
  expect(world.get('wallet', person.id).keys).toEqual([person.holder.key])
})

test('with the wallet of a place its root key moves, and its grants stay', () => {
  const scene = createScene()
  const { world, bar, weak } = scene
  rotate(scene, { id: bar.wallet, holder: bar.owner })
  expect(world.get('place', bar.place).key).toBe(NEW_KEY.key)
  expect(world.apply(bar.till, saleBody(bar, [weak], 10)).outcome).toBe('applied')
  const { body } = selling(scene)
  expect(world.apply(NEW_KEY, body).outcome).toBe('applied')
  const refused = world.execute([world.sign(bar.owner, body)])
  expect(refused).toMatchObject({ ok: false, code: 'signer_unknown' })
})

test('a frozen wallet receives, gives nothing, and gives again when the time is over', () => {
  const scene = createScene()
  const { world, person, bar } = scene
  const untilMs = world.nowMs() + 60_000
  world.must(person.holder, { kind: 'wallet.freeze', wallet: person.id, untilMs })
  expect(world.apply(person.holder, giving(scene)).outcome).toBe('wallet_frozen')
  const to = { wallet: person.id }
  const { owner, place, local: asset } = bar
  world.must(owner, { kind: 'issue', place, asset, amount: units(5), to })
  world.advance(60_000)
  expect(world.apply(person.holder, giving(scene, 1005)).outcome).toBe('applied')
})

test('a revoked mandate charges nothing more; set again it does', () => {
  const scene = createScene()
  const { world, person, bar } = scene
  const mandate = { wallet: person.id, to: bar.place } as const
  const sale = selling(scene, { payers: [{ wallet: person.id }] })
  world.must(person.holder, { kind: 'mandate.set', ...mandate, caps: ROOMY_CAPS })
  world.must(sale.by, sale.body)
  world.must(person.holder, { kind: 'mandate.revoke', ...mandate })
  expect(world.apply(sale.by, sale.body).outcome).toBe('mandate_expired')
  world.must(person.holder, { kind: 'mandate.set', ...mandate, caps: ROOMY_CAPS })
  expect(world.apply(sale.by, sale.body).outcome).toBe('applied')
})

test('a wallet under a legal hold gives nothing until the authorities lift it', () => {
  const scene = createScene()
  const { world, person } = scene
  const order = (legalHold: boolean) => {
    const body = { kind: 'wallet.freeze', wallet: person.id, legalHold } as const
    world.must(OPERATOR, body, { consents: [operatorsTo(body)] })
  }
  order(true)
  order(true)
  expect(world.apply(person.holder, giving(scene)).outcome).toBe('wallet_on_legal_hold')
  order(false)
  expect(world.get('wallet', person.id)).not.toHaveProperty('legalHold')
  expect(world.apply(person.holder, giving(scene)).outcome).toBe('applied')
})
