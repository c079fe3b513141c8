import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { AMOUNT_MAX, units } from '#protocol/amount.ts'
import { type AssetId, deriveId, type GrantId, type WalletId } from '#protocol/id.ts'
import { KINDS } from '#protocol/ledger/kinds.ts'
import { ASSETS_PER_CARD_MAX } from '#protocol/limits.ts'
import type { CardRecord } from '#protocol/state/record.ts'
import type { VerifiedTransaction } from '#protocol/transaction/envelope.ts'
import type { CardStrength } from '#protocol/transaction/kinds/card.ts'
import type { GrantIssue } from '#protocol/transaction/kinds/grant.ts'
import type { Sale } from '#protocol/transaction/kinds/payment.ts'
import type { Kind, TransactionBody } from '#protocol/transaction/kinds/transaction-body.ts'
import { REFUSAL_CODES, type RefusalCode } from '#protocol/transaction/outcome.ts'
import { paymentIdTimeMs } from '#protocol/transaction/payment-id.ts'
import { type Actor, actor } from '#test/support/actors.ts'
import {
  type Consenting,
  createWorld,
  type Signing,
  type World,
} from '#test/support/ledger-builders.ts'
import {
  issueGrant,
  openVenue,
  openWallet,
  saleBody,
  secretCard,
  type TestCard,
  type TestWallet,
  topUp,
  topUpEuro,
  type Venue,
  weakCard,
} from '#test/support/venue-builders.ts'
import { historyOf, recorded } from '#test/support/world-history.ts'

/** Two venues of one federation, and holders with 1,000 of the bar's money and 500 shared euro each. */
export type Scene = {
  readonly world: World
  readonly bar: Venue
  readonly club: Venue
  readonly secret: TestCard
  readonly weak: TestCard
  readonly person: TestWallet
}

export const createScene = (): Scene => {
  const world = recorded(createWorld())
  const bar = openVenue(world, 'Bar')
  const club = openVenue(world, 'Club', { accepts: [bar.local] })
  const secret = secretCard(world, bar, 'Ada')
  const weak = weakCard(world, bar, 'Tag')
  const person = openWallet(world, bar, 'Bea')
  for (const { id } of [secret, weak]) {
    topUp(world, bar, { card: id, amount: 1000 })
    topUpEuro(world, { card: id, amount: 500 })
  }
  const { owner, place, local } = bar
  const to = { wallet: person.id }
  world.must(owner, { kind: 'issue', place, asset: local, amount: units(1000), to })
  return { world, bar, club, secret, weak, person }
}

/** What somebody tries. */
export type Attempt = {
  readonly by: Actor
  readonly body: TransactionBody
  readonly signing?: Signing
  /** What the same block holds before it. */
  readonly after?: readonly VerifiedTransaction[]
}

const Started = z.object({ env: z.object({ KERMESSE_REFUSALS: z.string().optional() }) })
/** Set by the claim that shows each code over HTTP: a node of its own for every row takes minutes. */
const OVER_HTTP = Started.parse(import.meta).env.KERMESSE_REFUSALS === 'over-http'

/** A node that goes through a history, on a machine that does much else. */
const OVER_HTTP_MS = 120_000

export type Row = readonly [code: RefusalCode, given: (scene: Scene) => Attempt]

/** A node takes no cancellation whose expiry comes before its id lapses. */
const signedForNode = (
  { world }: Scene,
  { by, body, signing = {} }: Attempt,
): VerifiedTransaction => {
  if (body.kind !== 'payment.cancel') return world.sign(by, body, signing)
  const jti = signing.jti ?? world.jti()
  const expMs = paymentIdTimeMs(jti) + world.genesis.parameters.validityMs.place
  return world.sign(by, body, { ...signing, jti, expMs })
}

/** A test for every code that state refuses a kind with, in the order of judgement. */
export const refuses = (kind: Kind, rows: readonly Row[]): void => {
  describe(`${kind} is refused`, () => {
    test('with every code of its kind, in the order of judgement', () => {
      const codes = [...new Set(rows.map(([code]) => code))]
      expect(codes).toEqual(KINDS[kind].codes)
      expect(codes).toEqual(REFUSAL_CODES.filter((code) => codes.includes(code)))
    })

    test.each(rows)('with %s', (code, given) => {
      const scene = createScene()
      const { by, body, signing, after = [] } = given(scene)
      const event = scene.world.run(...after, scene.world.sign(by, body, signing)).at(-1)
      expect(event).toMatchObject({ outcome: code, movements: [], created: [] })
    })

    if (OVER_HTTP) {
      test.each(rows)('over HTTP with %s', { timeout: OVER_HTTP_MS }, async (code, given) => {
        const { answeredOverHttp } = await import('../../support/refused-over-http.ts')
        const scene = createScene()
        const attempt = given(scene)
        const transactions = [...(attempt.after ?? []), signedForNode(scene, attempt)]
        const answer = await answeredOverHttp(scene.world, historyOf(scene.world), transactions)
        expect(answer).toMatchObject({ status: 422, body: { code, recorded: true } })
      })
    }
  })
}

/** A till of the bar whose grant was issued with these terms. */
export const tillWith = (
  { world, bar }: Scene,
  changes: Partial<GrantIssue>,
): { readonly by: Actor; readonly grant: GrantId } => {
  const by = actor('bounded till')
  return { by, grant: issueGrant(world, bar, { grantee: by.key, ...changes }) }
}

/** The refusals that rights alone decide, for an attempt that would pass under the given grant. */
export const rightsRows = (
  attempt: (scene: Scene, grant: GrantId) => Omit<Attempt, 'by'>,
  codes: readonly RefusalCode[],
): Row[] => RIGHTS_ROWS(attempt).filter(([code]) => codes.includes(code))

const RIGHTS_ROWS = (
  attempt: (scene: Scene, grant: GrantId) => Omit<Attempt, 'by'>,
): readonly Row[] => {
  const under = (changes: Partial<GrantIssue>) => (scene: Scene) => {
    const { by, grant } = tillWith(scene, changes)
    return { ...attempt(scene, grant), by }
  }
  return [
    [
      'place_not_active',
      (scene) => {
        const { world, bar } = scene
        const place = world.get('place', bar.place)
        const built = { ...attempt(scene, bar.grant), by: bar.till }
        world.edit('place', bar.place, { ...place, status: 'suspended' })
        return built
      },
    ],
    [
      'grant_revoked',
      (scene) => {
        const { world, bar } = scene
        const built = early(world, { ...attempt(scene, bar.grant), by: bar.till })
        const { place, grant } = bar
        world.must(bar.owner, { kind: 'grant.revoke', place, target: grant })
        return built
      },
    ],
    ['grant_not_yet_valid', (scene) => under({ notBeforeMs: scene.world.nowMs() + 10_000 })(scene)],
    [
      'grant_expired',
      (scene) => {
        const { world } = scene
        const notAfterMs = world.nowMs() + 60_000
        const built = early(world, under({ notAfterMs })(scene))
        world.advance(60_000)
        return built
      },
    ],
    ['grant_action_missing', under({ actions: ['read'] })],
  ]
}

/** The attempt with an id that is made now, whenever it is tried. */
const early = (world: World, attempt: Attempt): Attempt => ({
  ...attempt,
  signing: { ...attempt.signing, jti: world.jti() },
})

/** A card that is something else than its kinds would make it. */
export const editCard = (
  { world }: Scene,
  { id }: Pick<TestCard, 'id'>,
  changes: Partial<CardRecord>,
): void => {
  world.edit('card', id, { ...world.get('card', id), ...changes })
}

/** As if another card had taken its place. */
export const markReplaced = (scene: Scene, card: Pick<TestCard, 'id'>): void =>
  editCard(scene, card, { state: 'replaced', wallet: undefined })

/** As many assets as a card may have, none of which is the next one. */
export const fillAssets = ({ world }: Scene, id: WalletId): void => {
  const wallet = world.get('wallet', id)
  const others = Array.from({ length: ASSETS_PER_CARD_MAX }, (_, n) => deriveId('ast', `no ${n}`))
  const assets = [...(wallet.assets ?? []), ...others].slice(0, ASSETS_PER_CARD_MAX)
  world.edit('wallet', id, { ...wallet, assets })
}

/** A minute's freeze of a wallet. */
export const freeze = ({ world }: Scene, id: WalletId): void => {
  const wallet = world.get('wallet', id)
  world.edit('wallet', id, { ...wallet, frozenUntilMs: world.nowMs() + 60_000 })
}

/** As if the authorities had laid a legal hold on a wallet. */
export const holdLegally = ({ world }: Scene, id: WalletId): void => {
  world.edit('wallet', id, { ...world.get('wallet', id), legalHold: true })
}

/** Leaves no room in what a wallet ever received of an asset. */
export const fillTotals = (world: World, wallet: WalletId, asset: AssetId): void => {
  const key = `${wallet}/${asset}`
  const before = world.ledger.state.get('balance', key)
  const available = before?.available ?? units(0)
  world.edit('balance', key, {
    wallet,
    asset,
    available,
    held: units(0),
    totalIn: units(AMOUNT_MAX),
    totalOut: units(AMOUNT_MAX - available),
  })
}

/** A sale to the weak card by the bar's own key, which no cap binds. */
export const selling = (scene: Scene, changes: Partial<Sale> = {}): Attempt => {
  const { grant: _, ...body } = saleBody(scene.bar, [scene.weak], 10)
  return { by: scene.bar.owner, body: { ...body, ...changes } }
}

/** The federation lets no weak cards of other origins in. */
export const withoutWeakCards = ({ world }: Scene): void => {
  const federation = world.get('federation', world.federation)
  world.edit('federation', federation.id, { ...federation, weakCards: false })
}

/** The attempt with these consents. */
export const withConsent = (attempt: Attempt, ...consents: Consenting[]): Attempt => ({
  ...attempt,
  signing: { consents },
})

/** Bounds what cards of a strength may give of the bar's money. */
export const limitCards = (
  { world, bar }: Scene,
  strength: CardStrength,
  { charge, day }: { readonly charge: number; readonly day: number },
): void => {
  const asset = world.get('asset', bar.local)
  const limits = { charge: units(charge), day: units(day) }
  const cardLimits = { ...asset.cardLimits, [strength]: limits }
  world.edit('asset', asset.id, { ...asset, cardLimits })
}

/** Changes the mandates of a card of the bar. */
export const setMandate = (scene: Scene, wallet: WalletId, changes: object): void => {
  const { world, bar } = scene
  for (const to of [bar.place, world.federation]) {
    const key = `${wallet}/${to}`
    world.edit('mandate', key, { ...world.get('mandate', key), ...changes })
  }
}
