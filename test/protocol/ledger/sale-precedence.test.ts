import { expect, test } from 'vitest'
import { units } from '#protocol/amount.ts'
import { deriveId } from '#protocol/id.ts'
import type { RefusalCode } from '#protocol/transaction/outcome.ts'
import { saleConsent } from '#test/support/venue-builders.ts'
import { type Attempt, createScene, selling, tillWith, withConsent } from './refusal-scene.ts'

test('a sale wrong in many ways is refused for the first, until that is mended', () => {
  const scene = createScene()
  const { world, bar, secret } = scene
  const till = tillWith(scene, { caps: { transaction: units(1) }, actions: ['read', 'sale'] })
  world.must(bar.owner, { kind: 'card.block', place: bar.place, card: secret.id })
  const payers = [{ card: secret.id }]
  const body = { ...selling(scene).body, payers, grant: till.grant, amount: units(5000) }
  if (body.kind !== 'sale') throw new Error('not a sale')
  const consents = [saleConsent(bar, secret, 5000)]
  const unknown = [deriveId('ast', 'none')]
  const steps: readonly (readonly [RefusalCode, () => Attempt])[] = [
    ['card_consent_missing', () => ({ by: till.by, body: { ...body, assets: unknown } })],
    [
      'asset_unknown',
      () => withConsent({ by: till.by, body: { ...body, assets: unknown } }, ...consents),
    ],
    ['card_blocked', () => withConsent({ by: till.by, body }, ...consents)],
    [
      'grant_cap_exceeded',
      () => {
        const card = world.get('card', secret.id)
        world.edit('card', secret.id, { ...card, state: 'active' })
        return withConsent({ by: till.by, body }, ...consents)
      },
    ],
    [
      'insufficient_funds',
      () => {
        const { grant: _, ...rest } = body
        return withConsent({ by: bar.owner, body: rest }, ...consents)
      },
    ],
  ]
  for (const [code, given] of steps) {
    const attempt = given()
    expect(world.apply(attempt.by, attempt.body, attempt.signing).outcome).toBe(code)
  }
})
