import { units } from '#protocol/amount.ts'
import { cardIdOfKey, keyOfCard } from '#protocol/derive.ts'
import { deriveId, type GrantId } from '#protocol/id.ts'
import { KINDS } from '#protocol/ledger/kinds.ts'
import type { CardRegister } from '#protocol/transaction/kinds/card.ts'
import { actor } from '#test/support/actors.ts'
import { authority, changeTo, consentTo, FIRST } from '#test/support/authority-builders.ts'
import { OPERATOR, ROOMY_CAPS } from '#test/support/ledger-builders.ts'
import { openVenue, registerBody } from '#test/support/venue-builders.ts'
import {
  type Attempt,
  editCard,
  markReplaced,
  refuses,
  rightsRows,
  type Scene,
} from './refusal-scene.ts'

type UnderGrant = (scene: Scene, grant?: GrantId) => Omit<Attempt, 'by'>

const BLANK = deriveId('crd', 'blank')
const ABSENT = deriveId('crd', 'absent')
const CLAIM = actor('claim')

const registering =
  (changes: Partial<CardRegister> = {}): UnderGrant =>
  ({ world, bar }, grant) => ({
    body: registerBody(world, bar.place, { cards: [BLANK], ...(grant && { grant }), ...changes }),
  })

const byBar =
  (given: UnderGrant) =>
  (scene: Scene): Attempt => ({ by: scene.bar.owner, ...given(scene) })

refuses('card.register', [
  ...rightsRows(registering(), KINDS['card.register'].codes),
  [
    'federation_unknown',
    byBar(registering({ mandate: { federation: deriveId('fed', 'none'), caps: ROOMY_CAPS } })),
  ],
  ['card_exists', (scene) => byBar(registering({ cards: [BLANK, scene.weak.id] }))(scene)],
  ['batch_mismatch', byBar(registering({ batch: 'secret', strength: 'weak' }))],
  ['batch_mismatch', byBar(registering({ batch: 'secret', mandate: { caps: ROOMY_CAPS } }))],
  [
    'batch_mismatch',
    (scene) => {
      const caps = { ...ROOMY_CAPS, day: units(1) }
      const mandate = { federation: scene.world.federation, caps }
      return byBar(registering({ batch: 'secret', mandate }))(scene)
    },
  ],
  [
    'wallet_key_taken',
    ({ bar, ...scene }) =>
      byBar(registering({ batch: 'new', claims: [bar.owner.key] }))({ bar, ...scene }),
  ],
  [
    'wallet_key_taken',
    ({ secret, ...scene }) =>
      byBar(registering({ batch: 'new', claims: [secret.holder.key] }))({ secret, ...scene }),
  ],
  ['wallet_key_taken', byBar(registering({ batch: 'new', claims: [keyOfCard(BLANK)] }))],
  [
    'wallet_key_taken',
    byBar((scene, grant) => {
      const { world, club } = scene
      const claims = [CLAIM.key]
      world.must(club.owner, registerBody(world, club.place, { cards: [BLANK], claims }))
      return registering({ batch: 'new', cards: [cardIdOfKey(CLAIM.key)] })(scene, grant)
    }),
  ],
  [
    'wallet_key_taken',
    byBar((scene, grant) => {
      const { world, club } = scene
      const claims = [CLAIM.key]
      world.must(club.owner, registerBody(world, club.place, { cards: [BLANK], claims }))
      return registering({ batch: 'new', cards: [ABSENT], claims })(scene, grant)
    }),
  ],
  ['wallet_key_taken', byBar(registering({ cards: [cardIdOfKey(FIRST.member.consensusKey)] }))],
  ['wallet_key_taken', byBar(registering({ batch: 'new', claims: [FIRST.member.consensusKey] }))],
  [
    'wallet_key_taken',
    (scene) => {
      const four = [FIRST, ...['b', 'c', 'd'].map(authority)]
      const change = changeTo(scene.world, four)
      const consents = [consentTo(change, OPERATOR)]
      const cards = four.slice(1).map(({ member }) => cardIdOfKey(member.consensusKey))
      const after = [scene.world.sign(OPERATOR, change, { consents })]
      return { ...byBar(registering({ cards }))(scene), after }
    },
  ],
])

/** The bar registers one more card, of no batch yet. */
const withBlank =
  (given: UnderGrant, changes: Partial<CardRegister> = {}): UnderGrant =>
  (scene, grant) => {
    scene.world.must(scene.bar.owner, registering(changes)(scene).body)
    return given(scene, grant)
  }

const activating =
  (card = BLANK): UnderGrant =>
  ({ bar }, grant) => ({
    body: { kind: 'card.activate', place: bar.place, card, ...(grant && { grant }) },
  })

const KNOWN_KEY = actor('known')

refuses('card.activate', [
  ...rightsRows(withBlank(activating()), KINDS['card.activate'].codes),
  ['card_unknown', byBar(activating(ABSENT))],
  ['card_not_blank', (scene) => byBar(activating(scene.weak.id))(scene)],
  [
    'card_origin_required',
    (scene) => {
      withBlank(activating())(scene)
      const { owner, place } = scene.club
      return { by: owner, body: { kind: 'card.activate', place, card: BLANK } }
    },
  ],
  [
    'wallet_key_taken',
    (scene) => {
      scene.world.edit('key', KNOWN_KEY.key, { key: KNOWN_KEY.key })
      const card = cardIdOfKey(KNOWN_KEY.key)
      return byBar(withBlank(activating(card), { cards: [card] }))(scene)
    },
  ],
])

const blocking =
  (card = ABSENT): UnderGrant =>
  ({ bar }, grant) => ({
    body: { kind: 'card.block', place: bar.place, card, ...(grant && { grant }) },
  })

refuses('card.block', [
  [
    'holder_required',
    ({ secret, weak }) => ({ by: secret.holder, body: { kind: 'card.block', card: weak.id } }),
  ],
  ...rightsRows((scene, grant) => blocking(scene.weak.id)(scene, grant), KINDS['card.block'].codes),
  ['card_unknown', byBar(blocking())],
  [
    'card_not_active',
    (scene) => {
      editCard(scene, scene.weak, { state: 'void', wallet: undefined })
      return byBar(blocking(scene.weak.id))(scene)
    },
  ],
  [
    'card_blocked',
    (scene) => {
      scene.world.must(scene.bar.owner, blocking(scene.weak.id)(scene).body)
      return byBar(blocking(scene.weak.id))(scene)
    },
  ],
  [
    'card_replaced',
    (scene) => {
      markReplaced(scene, scene.weak)
      return byBar(blocking(scene.weak.id))(scene)
    },
  ],
  [
    'card_not_accepted',
    ({ world, weak }) => {
      const { owner, place } = openVenue(world, 'Stranger', { federation: undefined })
      return { by: owner, body: { kind: 'card.block', place, card: weak.id } }
    },
  ],
  [
    'card_not_accepted',
    (scene) => {
      withBlank(activating())(scene)
      const { owner, place } = openVenue(scene.world, 'Stranger', { federation: undefined })
      return { by: owner, body: { kind: 'card.block', place, card: BLANK } }
    },
  ],
])
