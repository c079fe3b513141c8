import { units } from '#protocol/amount.ts'
import { deriveId, type GrantId } from '#protocol/id.ts'
import { KINDS } from '#protocol/ledger/kinds.ts'
import { OPEN_HOLDS_PER_WALLET_MAX } from '#protocol/limits.ts'
import type { CardReplace } from '#protocol/transaction/kinds/card.ts'
import { actor } from '#test/support/actors.ts'
import {
  blankCard,
  type ClaimedCard,
  claimedCard,
  claimOf,
  link,
  linkConsent,
  replaceConsent,
} from '#test/support/card-builders.ts'
import { topUp } from '#test/support/venue-builders.ts'
import {
  type Attempt,
  editCard,
  fillTotals,
  holdLegally,
  markReplaced,
  type Row,
  refuses,
  rightsRows,
  type Scene,
  tillWith,
  withConsent,
} from './refusal-scene.ts'

const ABSENT = deriveId('crd', 'absent')
const NEXT = deriveId('crd', 'next')

const claimed = ({ world, bar }: Scene): ClaimedCard =>
  claimedCard(world, bar, 'Cleo', { batch: 'claimed' })

/** Bea links the card, whose claim code agrees. */
const linking = ({ person }: Scene, card: ClaimedCard, wallet = person.id): Attempt => ({
  by: person.holder,
  body: { kind: 'card.link', card: card.id, wallet },
  signing: { consents: [linkConsent(card, wallet)] },
})

/** As if Bea had linked it. */
const linked = (scene: Scene): ClaimedCard => {
  const card = claimed(scene)
  link(scene.world, card, scene.person)
  return card
}

refuses('card.link', [
  ['holder_required', (scene) => linking(scene, claimed(scene), scene.bar.wallet)],
  ['consent_missing', (scene) => ({ ...linking(scene, claimed(scene)), signing: {} })],
  [
    'consent_mismatch',
    (scene) => {
      const card = claimed(scene)
      return withConsent(linking(scene, card), linkConsent(card, scene.bar.wallet))
    },
  ],
  ['card_unknown', (scene) => linking(scene, { ...claimed(scene), id: ABSENT })],
  [
    'card_not_active',
    (scene) => {
      const card = claimed(scene)
      editCard(scene, card, { state: 'blank', wallet: undefined })
      return linking(scene, card)
    },
  ],
  [
    'card_blocked',
    (scene) => {
      const card = claimed(scene)
      scene.world.must(card.claim, { kind: 'card.block', card: card.id })
      return linking(scene, card)
    },
  ],
  [
    'card_replaced',
    (scene) => {
      const card = claimed(scene)
      markReplaced(scene, card)
      return linking(scene, card)
    },
  ],
  ['card_linked', (scene) => linking(scene, linked(scene))],
  [
    'card_strength_not_allowed',
    (scene) => linking(scene, { ...scene.weak, claim: claimOf('nobody') }),
  ],
  ['claim_missing', (scene) => linking(scene, { ...scene.secret, claim: claimOf('nobody') })],
  [
    'wallet_kind_not_allowed',
    (scene) => {
      const card = claimed(scene)
      return { ...linking(scene, card, card.wallet), by: card.holder }
    },
  ],
  [
    'wallet_on_legal_hold',
    (scene) => {
      const card = claimed(scene)
      holdLegally(scene, card.wallet)
      return linking(scene, card)
    },
  ],
  [
    'hold_limit_reached',
    (scene) => {
      const card = claimed(scene)
      const holds = (name: string, count: number) =>
        Array.from({ length: count }, (_, n) => deriveId('hld', `${name} ${n}`))
      for (const [id, count] of [
        [card.wallet, 1],
        [scene.person.id, OPEN_HOLDS_PER_WALLET_MAX],
      ] as const) {
        scene.world.edit('wallet', id, {
          ...scene.world.get('wallet', id),
          holds: holds(id, count),
        })
      }
      return linking(scene, card)
    },
  ],
  [
    'total_limit_reached',
    (scene) => {
      const card = claimed(scene)
      topUp(scene.world, scene.bar, { card: card.id, amount: 1 })
      fillTotals(scene.world, scene.person.id, scene.bar.local)
      return linking(scene, card)
    },
  ],
])

type OfPlace = 'card.unblock' | 'card.void'

const byPlace =
  (kind: OfPlace) =>
  (scene: Scene, card = scene.weak.id, grant?: GrantId): Attempt => ({
    by: scene.bar.owner,
    body: { kind, place: scene.bar.place, card, ...(grant && { grant }) },
  })

/** What the origin place alone may do to a card that nobody linked. */
const ofOrigin = (kind: OfPlace, given: (scene: Scene) => void): readonly Row[] => [
  [
    'card_linked',
    (scene) => {
      const card = linked(scene)
      scene.world.must(scene.person.holder, { kind: 'card.block', card: card.id })
      return byPlace(kind)(scene, card.id)
    },
  ],
  [
    'card_origin_required',
    (scene) => {
      given(scene)
      const { owner, place } = scene.club
      return { by: owner, body: { kind, place, card: scene.weak.id } }
    },
  ],
]

const blockWeak = ({ world, bar, weak }: Scene): void => {
  world.must(bar.owner, { kind: 'card.block', place: bar.place, card: weak.id })
}

const unblocking = byPlace('card.unblock')

refuses('card.unblock', [
  [
    'holder_required',
    ({ secret }) => ({ by: secret.holder, body: { kind: 'card.unblock', card: secret.id } }),
  ],
  [
    'holder_required',
    (scene) => {
      const card = claimed(scene)
      return { by: card.claim, body: { kind: 'card.unblock', card: card.id } }
    },
  ],
  ...rightsRows(
    (scene, grant) => unblocking(scene, scene.weak.id, grant),
    KINDS['card.unblock'].codes,
  ),
  ['card_unknown', (scene) => unblocking(scene, ABSENT)],
  [
    'card_unknown',
    ({ person }) => ({ by: person.holder, body: { kind: 'card.unblock', card: ABSENT } }),
  ],
  ['card_not_blocked', (scene) => unblocking(scene)],
  ...ofOrigin('card.unblock', blockWeak),
])

const voiding = byPlace('card.void')

refuses('card.void', [
  [
    'holder_required',
    ({ secret }) => ({ by: secret.holder, body: { kind: 'card.void', card: secret.id } }),
  ],
  ...rightsRows((scene, grant) => voiding(scene, scene.weak.id, grant), KINDS['card.void'].codes),
  ['card_unknown', (scene) => voiding(scene, ABSENT)],
  [
    'card_unknown',
    ({ person }) => ({ by: person.holder, body: { kind: 'card.void', card: ABSENT } }),
  ],
  [
    'card_not_active',
    (scene) => {
      blankCard(scene.world, scene.bar, NEXT)
      return voiding(scene, NEXT)
    },
  ],
  [
    'card_replaced',
    (scene) => {
      markReplaced(scene, scene.weak)
      return voiding(scene)
    },
  ],
  ...ofOrigin('card.void', () => undefined),
  ['card_not_empty', (scene) => voiding(scene)],
  [
    'card_not_empty',
    (scene) => {
      const card = claimed(scene)
      const wallet = scene.world.get('wallet', card.wallet)
      const holds = [deriveId('hld', 'open')]
      scene.world.edit('wallet', card.wallet, { ...wallet, holds })
      return voiding(scene, card.id)
    },
  ],
])

/** The bar gives another of its blank cards for the weak one. */
const replacing = (scene: Scene, changes: Partial<CardReplace> = {}): Attempt => ({
  by: scene.bar.owner,
  body: {
    kind: 'card.replace',
    place: scene.bar.place,
    card: scene.weak.id,
    with: NEXT,
    ...changes,
  },
})

const weakNext = ({ world, bar }: Scene, changes = {}): void =>
  blankCard(world, bar, NEXT, { batch: 'weak', strength: 'weak', ...changes })

/** With a blank weak card at hand. */
const prepared =
  (given: (scene: Scene) => Attempt) =>
  (scene: Scene): Attempt => {
    weakNext(scene)
    return given(scene)
  }

const replacingClaimed = (scene: Scene): Attempt => {
  const card = claimed(scene)
  blankCard(scene.world, scene.bar, NEXT)
  return withConsent(replacing(scene, { card: card.id }), replaceConsent(card, NEXT))
}

refuses('card.replace', [
  [
    'holder_required',
    ({ secret }) => ({
      by: secret.holder,
      body: { kind: 'card.replace', card: secret.id, with: NEXT },
    }),
  ],
  ...rightsRows((scene, grant) => replacing(scene, { grant }), KINDS['card.replace'].codes),
  [
    'grant_asset_missing',
    (scene) => {
      const { by, grant } = tillWith(scene, { assets: [scene.bar.local] })
      return { ...replacing(scene, { grant }), by }
    },
  ],
  ['consent_missing', (scene) => ({ ...replacingClaimed(scene), signing: {} })],
  [
    'consent_mismatch',
    (scene) => {
      const attempt = replacingClaimed(scene)
      const card = { ...scene.secret, id: scene.weak.id, claim: claimOf('Cleo') }
      return withConsent(attempt, replaceConsent(card, NEXT))
    },
  ],
  ['card_unknown', prepared((scene) => replacing(scene, { card: ABSENT }))],
  ['card_unknown', (scene) => replacing(scene)],
  ['card_not_blank', (scene) => replacing(scene, { with: scene.weak.id })],
  [
    'card_not_active',
    prepared((scene) => {
      editCard(scene, scene.weak, { state: 'void', wallet: undefined })
      return replacing(scene)
    }),
  ],
  [
    'card_replaced',
    prepared((scene) => {
      markReplaced(scene, scene.weak)
      return replacing(scene)
    }),
  ],
  [
    'card_linked',
    (scene) => {
      const card = linked(scene)
      blankCard(scene.world, scene.bar, NEXT)
      return replacing(scene, { card: card.id })
    },
  ],
  [
    'card_origin_required',
    prepared((scene) => ({
      ...replacing(scene, { place: scene.club.place }),
      by: scene.club.owner,
    })),
  ],
  [
    'card_origin_required',
    (scene) => {
      blankCard(scene.world, scene.club, NEXT, { strength: 'weak' })
      return replacing(scene)
    },
  ],
  [
    'card_origin_required',
    (scene) => {
      const card = linked(scene)
      blankCard(scene.world, scene.club, NEXT)
      return {
        by: scene.person.holder,
        body: { kind: 'card.replace', card: card.id, with: NEXT },
      }
    },
  ],
  [
    'card_strength_not_allowed',
    (scene) => {
      blankCard(scene.world, scene.bar, NEXT)
      return replacing(scene)
    },
  ],
  [
    'claim_missing',
    (scene) => {
      blankCard(scene.world, scene.bar, NEXT)
      return replacing(scene, { card: scene.secret.id })
    },
  ],
  [
    'wallet_key_taken',
    (scene) => {
      const known = actor('known')
      weakNext(scene, { claims: [known.key] })
      scene.world.edit('key', known.key, { key: known.key })
      return replacing(scene)
    },
  ],
  [
    'grant_cap_exceeded',
    prepared((scene) => {
      const { by, grant } = tillWith(scene, { caps: { day: units(1499) } })
      return { ...replacing(scene, { grant }), by }
    }),
  ],
])
