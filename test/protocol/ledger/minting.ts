import { units } from '#protocol/amount.ts'
import { deriveId, type GrantId } from '#protocol/id.ts'
import type { Agreement } from '#protocol/transaction/consent.ts'
import type { GrantIssue } from '#protocol/transaction/kinds/grant.ts'
import type { Issue } from '#protocol/transaction/kinds/payment.ts'
import { type Actor, actor } from '#test/support/actors.ts'
import { createAsset, issueGrant } from '#test/support/venue-builders.ts'
import { type Attempt, type Scene, withConsent } from './refusal-scene.ts'

/** Who agrees to a large issue, and to what. */
type Second = { readonly by: Actor; readonly agree: Extract<Agreement, { kind: 'issue' }> }

const SECOND = actor('second minter')

/** A grant of the bar to the second minter. */
const grantOf = (
  { world, bar }: Scene,
  changes: Partial<GrantIssue> = {},
  by = bar.owner,
): GrantId => issueGrant(world, bar, { grantee: SECOND.key, ...changes }, by)

/**
 * The bar's till issues 10 of an asset that wants a second minter above 9, who has a grant of the bar and
 * agrees to this, unless changed.
 */
export const minting = (
  scene: Scene,
  change: (second: Second, scene: Scene) => Second | undefined = (second) => second,
): Attempt & { readonly body: Issue } => {
  const { world, bar, weak } = scene
  const { place, grant, till: by } = bar
  const asset = createAsset(world, bar, { code: 'BIG1', issueLimits: { secondAbove: units(9) } })
  const amount = units(10)
  const to = { card: weak.id }
  const body: Issue = { kind: 'issue', place, grant, asset, amount, to }
  const own = grantOf(scene)
  const agree = { kind: 'issue', place, asset, grant: own, to, max: amount } as const
  const second = change({ by: SECOND, agree }, scene)
  const attempt = { by, body }
  return second === undefined ? attempt : { ...attempt, ...withConsent(attempt, second), body }
}

/** Agreed to under another grant of the second minter's. */
const under =
  (changes: (scene: Scene) => Partial<GrantIssue>) =>
  ({ by, agree }: Second, scene: Scene): Second => ({
    by,
    agree: { ...agree, grant: grantOf(scene, changes(scene)) },
  })

/** Whoever agrees so is no second minter of this issue. */
export const FALSE_SECONDS: readonly ((second: Second, scene: Scene) => Second)[] = [
  // To less
  ({ by, agree }) => ({ by, agree: { ...agree, max: units(9) } }),
  // Of another asset
  ({ by, agree }, { bar }) => ({ by, agree: { ...agree, asset: bar.gift } }),
  // For another
  ({ by, agree }, { secret }) => ({ by, agree: { ...agree, to: { card: secret.id } } }),
  ({ by, agree }, { person }) => ({ by, agree: { ...agree, to: { wallet: person.id } } }),
  // At another place
  ({ by, agree }, { club }) => ({ by, agree: { ...agree, place: club.place } }),
  // Under no grant
  ({ by, agree }) => ({ by, agree: { ...agree, grant: deriveId('grt', 'no') } }),
  // Under the grant of another
  ({ by, agree }, { bar }) => ({ by, agree: { ...agree, grant: bar.grant } }),
  // Without the action
  under(() => ({ actions: ['sale'] })),
  // For other assets
  under(({ bar }) => ({ assets: [bar.gift] })),
  // Too early
  under(({ world }) => ({ notBeforeMs: world.nowMs() + 60_000 })),
  // Under a grant that has ended
  (second, { world, bar }) => {
    const { owner, place } = bar
    world.must(owner, { kind: 'grant.revoke', place, target: second.agree.grant })
    return second
  },
  // Under a grant that the first minter gave
  ({ by, agree }, scene) => {
    const { till, grant } = scene.bar
    return { by, agree: { ...agree, grant: grantOf(scene, { grant }, till) } }
  },
]
