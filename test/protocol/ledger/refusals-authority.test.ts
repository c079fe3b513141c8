import { expect, test } from 'vitest'
import { cardIdOfKey } from '#protocol/derive.ts'
import type { AuthorityChange } from '#protocol/transaction/kinds/authority.ts'
import {
  authority,
  changeTo,
  consentTo,
  FIRST,
  type TestAuthority,
} from '#test/support/authority-builders.ts'
import { blankCard } from '#test/support/card-builders.ts'
import { GATEWAY, OPERATOR } from '#test/support/ledger-builders.ts'
import { type Attempt, createScene, refuses, type Scene } from './refusal-scene.ts'

const FOUR = [FIRST, ...['b', 'c', 'd'].map(authority)]

const attempt = (body: AuthorityChange, changes: Partial<Attempt> = {}): Attempt => ({
  by: OPERATOR,
  body,
  signing: { consents: [consentTo(body, OPERATOR)] },
  ...changes,
})

const to = (
  { world }: Scene,
  members: readonly TestAuthority[],
  options?: Parameters<typeof changeTo>[2],
): Attempt => attempt(changeTo(world, members, options))

refuses('authority.change', [
  ['authority_required', ({ world }) => attempt(changeTo(world, FOUR), { by: GATEWAY })],
  ['consent_missing', ({ world }) => attempt(changeTo(world, FOUR), { signing: {} })],
  [
    'consent_missing',
    ({ world }) => {
      const body = changeTo(world, FOUR)
      return attempt(body, { signing: { consents: [consentTo(body, GATEWAY)] } })
    },
  ],
  [
    'consent_mismatch',
    ({ world }) => {
      const other = changeTo(world, [FIRST])
      const body = changeTo(world, FOUR)
      return attempt(body, { signing: { consents: [consentTo(other, OPERATOR)] } })
    },
  ],
  [
    'consent_mismatch',
    ({ world }) => {
      const body = changeTo(world, [FIRST])
      const moved = { ...FIRST.member, addresses: ['/ip4/127.0.0.9/tcp/4001'] }
      const consents = [consentTo({ ...body, members: [moved] }, OPERATOR)]
      return attempt(body, { signing: { consents } })
    },
  ],
  [
    'change_in_flight',
    (scene) => {
      const { world } = scene
      const first = to(scene, [FIRST])
      const sealing = world.sign(first.by, first.body, first.signing)
      return { ...to(scene, FOUR), after: [sealing] }
    },
  ],
  ['epoch_mismatch', (scene) => to(scene, FOUR, { epoch: 3 })],
  [
    'consensus_key_reused',
    (scene) => {
      const [first, second, ...rest] = FOUR
      if (first === undefined || second === undefined) throw new Error('four')
      const member = { ...second.member, consensusKey: GATEWAY.key }
      return to(scene, [first, { ...second, consensus: GATEWAY, member }, ...rest])
    },
  ],
  ['version_not_next', (scene) => to(scene, FOUR, { version: 1 })],
  ['version_not_next', (scene) => to(scene, FOUR, { version: 3 })],
  ['ready_missing', (scene) => to(scene, FOUR, { ready: FOUR.slice(0, 3) })],
  ['ready_missing', (scene) => to(scene, [FIRST, ...FOUR.slice(1)], { ready: FOUR.slice(1, 3) })],
  ['version_not_ready', (scene) => to(scene, FOUR, { version: 2, knows: 1 })],
])

test('no place keeps an authority out by what it writes on cards', () => {
  const { world, bar } = createScene()
  const [, second, third] = FOUR
  if (second === undefined || third === undefined) throw new Error('four')
  const id = cardIdOfKey(second.member.consensusKey)
  blankCard(world, bar, id, { batch: 'claimed', claims: [third.member.consensusKey] })
  world.must(bar.owner, { kind: 'card.activate', place: bar.place, card: id })
  const body = changeTo(world, FOUR)
  const signing = { consents: [consentTo(body, OPERATOR)] }
  expect(world.apply(OPERATOR, body, signing).outcome).toBe('applied')
})
