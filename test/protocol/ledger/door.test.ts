import { describe, expect, test } from 'vitest'
import { units } from '#protocol/amount.ts'
import { walletIdOfKey } from '#protocol/derive.ts'
import { judgeDoor } from '#protocol/ledger/door.ts'
import type { VerifiedTransaction } from '#protocol/transaction/envelope.ts'
import type { TransactionBody } from '#protocol/transaction/kinds/transaction-body.ts'
import type { DoorCode } from '#protocol/transaction/outcome.ts'
import { actor } from '#test/support/actors.ts'
import { GATEWAY, OPERATOR } from '#test/support/ledger-builders.ts'
import { issueGrant, referenceOf, saleBody, saleConsent } from '#test/support/venue-builders.ts'
import { createScene, type Scene } from './refusal-scene.ts'

const doorOf = ({ world }: Scene, transaction: VerifiedTransaction, timeMs = world.nowMs()) =>
  judgeDoor(world.ledger.state, transaction, timeMs)

const sale = ({ bar, weak }: Scene): TransactionBody => saleBody(bar, [weak], 10)

type Row = readonly [
  claim: string,
  code: DoorCode,
  given: (scene: Scene) => readonly [VerifiedTransaction, timeMs?: number],
]

const ROWS: readonly Row[] = [
  [
    'a key that the ledger does not know',
    'signer_unknown',
    ({ world, weak }) => [world.sign(actor('nobody'), { kind: 'card.block', card: weak.id })],
  ],
  [
    "another's grant",
    'signer_unknown',
    (scene) => [scene.world.sign(scene.club.till, sale(scene))],
  ],
  [
    'a place key that names a grant of its till',
    'signer_unknown',
    (scene) => [scene.world.sign(scene.bar.owner, sale(scene))],
  ],
  [
    'a grant of another place',
    'signer_unknown',
    ({ world, bar, club, weak }) => [
      world.sign(bar.till, { ...saleBody(club, [weak], 10), grant: bar.grant }),
    ],
  ],
  [
    'a batch in two scopes',
    'malformed',
    ({ world, bar: { owner, place, wallet, local, grant } }) => [
      world.sign(owner, {
        kind: 'batch',
        operations: [
          { kind: 'grant.revoke', place, target: grant },
          { kind: 'transfer', from: wallet, to: wallet, asset: local, amount: units(1) },
        ],
      }),
    ],
  ],
  [
    'an id from the future',
    'not_yet_valid',
    (scene) => {
      const { world, bar } = scene
      const jti = world.jti(world.nowMs() + world.genesis.parameters.maxClockSkewMs + 2)
      return [world.sign(bar.till, sale(scene), { jti })]
    },
  ],
  [
    'an expiry too far from its id',
    'validity_too_long',
    (scene) => {
      const { world, bar } = scene
      const expMs = world.nowMs() + world.genesis.parameters.validityMs.place + 1000
      return [world.sign(bar.till, sale(scene), { expMs })]
    },
  ],
  [
    'an expiry that block time has reached',
    'expired',
    (scene) => {
      const transaction = scene.world.sign(scene.bar.till, sale(scene))
      return [transaction, transaction.expMs]
    },
  ],
  [
    'a consent that block time has outlived',
    'expired',
    (scene) => {
      const { world, bar, secret } = scene
      const consent = { ...saleConsent(bar, secret, 10), expMs: world.nowMs() - 1000 }
      const signing = { consents: [consent] }
      return [world.sign(bar.till, saleBody(bar, [secret], 10), signing)]
    },
  ],
  [
    'the same transaction again',
    'duplicate',
    (scene) => {
      const transaction = scene.world.sign(scene.bar.till, sale(scene))
      scene.world.run(transaction)
      return [transaction]
    },
  ],
  [
    'another kind under a used id',
    'duplicate',
    (scene) => {
      const { world, bar } = scene
      const { id } = world.must(bar.till, sale(scene))
      const { place, grant } = bar
      return [world.sign(bar.till, { kind: 'payment.cancel', place, grant }, { jti: id })]
    },
  ],
  [
    'other content under a used id',
    'id_reused',
    (scene) => {
      const { world, bar, weak } = scene
      const { id } = world.must(bar.till, sale(scene))
      return [world.sign(bar.till, saleBody(bar, [weak], 11), { jti: id })]
    },
  ],
]

describe('the door', () => {
  test.each(ROWS)('turns away %s with %s', (_, code, given) => {
    const scene = createScene()
    const [transaction, timeMs] = given(scene)
    expect(doorOf(scene, transaction, timeMs)).toEqual({ ok: false, code })
    if (timeMs === undefined) {
      expect(scene.world.execute([transaction])).toMatchObject({ fault: 'invalid', code })
    }
  })

  test('tells the scope of every kind of signer', () => {
    const scene = createScene()
    const { world, bar, person } = scene
    const scopeOf = (transaction: VerifiedTransaction) => {
      const judged = doorOf(scene, transaction)
      return judged.ok ? judged.acting : judged.code
    }
    const cancel = { kind: 'payment.cancel' } as const
    expect(scopeOf(world.sign(bar.till, sale(scene)))).toEqual({ kind: 'place', scope: bar.place })
    expect(scopeOf(world.sign(person.holder, cancel))).toEqual({ kind: 'wallet', scope: person.id })
    expect(scopeOf(world.sign(bar.owner, cancel))).toEqual({ kind: 'wallet', scope: bar.wallet })
    expect(scopeOf(world.sign(OPERATOR, cancel))).toEqual({ kind: 'key', scope: OPERATOR.key })
    expect(scopeOf(world.sign(GATEWAY, cancel))).toEqual({ kind: 'key', scope: GATEWAY.key })
    expect(world.get('key', GATEWAY.key).wallet).toBe(walletIdOfKey(GATEWAY.key))
  })

  test('lets the same id in under another scope', () => {
    const scene = createScene()
    const { world, bar, person } = scene
    const { id } = world.must(bar.till, sale(scene))
    expect(world.apply(person.holder, { kind: 'payment.cancel' }, { jti: id }).outcome).toBe(
      'applied',
    )
  })

  test('an id from before a grant was revoked keeps its scope, and is refused once', () => {
    const scene = createScene()
    const { world, bar } = scene
    const transaction = world.sign(bar.till, sale(scene))
    world.must(bar.owner, { kind: 'grant.revoke', place: bar.place, target: bar.grant })
    expect(world.run(transaction).map(({ outcome }) => outcome)).toEqual(['grant_revoked'])
    expect(doorOf(scene, transaction)).toEqual({ ok: false, code: 'duplicate' })
  })

  test('who no longer acts for a place cannot use up its ids', () => {
    const scene = createScene()
    const { world, bar, weak } = scene
    const { place, owner } = bar
    const child = actor('child')
    const above = issueGrant(world, bar, { grantee: bar.till.key })
    const grant = issueGrant(world, bar, { grantee: child.key, grant: above }, bar.till)
    world.must(owner, { kind: 'grant.revoke', place, target: above })
    const jti = world.jti()
    const { grant: _, ...body } = saleBody(bar, [weak], 10)
    const stolen = world.sign(child, { ...body, grant }, { jti })
    expect(world.execute([stolen])).toMatchObject({ fault: 'invalid', code: 'signer_unknown' })
    expect(world.apply(owner, body, { jti }).outcome).toBe('applied')
  })

  test('nor can who acted for it until a time that is over', () => {
    const scene = createScene()
    const { world, bar, weak } = scene
    const child = actor('child')
    const notAfterMs = world.nowMs() + 60_000
    const grant = issueGrant(world, bar, { grantee: child.key, notAfterMs })
    const signedAt = (timeMs: number) =>
      world.sign(
        child,
        { ...saleBody(bar, [weak], 10), grant },
        { jti: world.jti(timeMs), expMs: notAfterMs + 60_000 },
      )
    const [late, timely] = [signedAt(notAfterMs), signedAt(notAfterMs - 1)]
    world.advance(60_000)
    expect(doorOf(scene, late)).toEqual({ ok: false, code: 'signer_unknown' })
    expect(world.run(timely).map(({ outcome }) => outcome)).toEqual(['grant_expired'])
  })

  test('a batch under one grant that has ended is turned away as a whole', () => {
    const scene = createScene()
    const { world, bar } = scene
    const { place, grant, till, owner } = bar
    const ended = issueGrant(world, bar, { grantee: till.key })
    world.must(owner, { kind: 'grant.revoke', place, target: ended })
    const revoke = { kind: 'grant.revoke', place, target: ended } as const
    const batch = (...grants: (typeof ended)[]) =>
      world.sign(till, {
        kind: 'batch',
        operations: grants.map((each) => ({ ...revoke, grant: each })),
      })
    expect(doorOf(scene, batch(grant, ended))).toEqual({ ok: false, code: 'signer_unknown' })
    expect(doorOf(scene, batch(grant))).toMatchObject({ ok: true })
  })

  test('a declined payment never succeeds later', () => {
    const scene = createScene()
    const { world, bar, weak } = scene
    const transaction = world.sign(bar.till, saleBody(bar, [weak], 5000))
    expect(world.run(transaction)[0]?.outcome).toBe('insufficient_funds')
    const to = { card: weak.id }
    const { owner, place, local } = bar
    world.must(owner, { kind: 'issue', place, asset: local, amount: units(9000), to })
    expect(world.execute([transaction])).toMatchObject({ fault: 'invalid', code: 'duplicate' })
  })

  test('an external reference is worth nothing to a stranger', () => {
    const scene = createScene()
    const { world, weak } = scene
    const body = {
      kind: 'issue',
      asset: world.euro,
      amount: units(10),
      to: { card: weak.id },
      reference: referenceOf('stolen'),
    } as const
    const transaction = world.sign(actor('nobody'), body)
    expect(doorOf(scene, transaction)).toEqual({ ok: false, code: 'signer_unknown' })
  })
})
