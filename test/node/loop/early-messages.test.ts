import { describe, expect, test } from 'vitest'
import { createEarlyMessages } from '#node/loop/early-messages.ts'
import { authoritySetOf } from '#protocol/chain/authority-set.ts'
import type { ConsensusMessage } from '#protocol/chain/message.ts'
import type { AuthoritiesRecord } from '#protocol/state/record.ts'
import { authority } from '#test/support/authority-builders.ts'

const MEMBERS = ['a', 'b', 'c', 'd'].map((name) => authority(name).member)
const [FIRST, ...OTHERS] = MEMBERS
if (FIRST === undefined) throw new Error('nobody')
const STAYING = FIRST.peerId
const SET = authoritySetOf(MEMBERS)
const INDEX = SET.members.findIndex(({ peerId }) => peerId === STAYING)

/** A word of that epoch; the view tells which. */
const word = (epoch: number, view = 1): ConsensusMessage => ({
  type: 'certificate',
  certificate: { kind: 'nullify', epoch, view, signers: [], signatures: [] },
})

const PENDING: AuthoritiesRecord = {
  epoch: 1,
  members: [FIRST],
  change: { members: MEMBERS, version: 1 },
}

/** What is heard of early words, once epoch 2 begins. */
const heard = (
  record: AuthoritiesRecord,
  said: readonly (readonly [from: string, message: ConsensusMessage])[],
) => {
  const early = createEarlyMessages(() => record)
  for (const [from, message] of said) early.keep(from, message)
  return early.take({ epoch: 2, set: SET })
}

describe('a word of the next epoch', () => {
  test('of a member to come is heard when that epoch begins, once', () => {
    const early = createEarlyMessages(() => PENDING)
    early.keep(STAYING, word(2))
    expect(early.take({ epoch: 2, set: SET })).toEqual([{ from: INDEX, message: word(2) }])
    expect(early.take({ epoch: 2, set: SET })).toEqual([])
  })

  test.each([
    ['of nobody in the set to come', PENDING, 'somebody', word(2)],
    ['of this epoch', PENDING, STAYING, word(1)],
    ['of a later epoch than the next', PENDING, STAYING, word(3)],
    ['while no change is under way', { ...PENDING, change: undefined }, STAYING, word(2)],
  ] as const)('%s is not kept', (_, record, from, message) => {
    expect(heard(record, [[from, message]])).toEqual([])
  })

  test('is one of the first few of its member', () => {
    const said = Array.from({ length: 20 }, (_, view) => [STAYING, word(2, view)] as const)
    const [other] = OTHERS
    const views = heard(PENDING, [...said, [other?.peerId ?? '', word(2)]])
    expect(views.filter(({ from }) => from === INDEX)).toHaveLength(4)
    expect(views).toHaveLength(5)
  })

  test('is dropped where another epoch begins', () => {
    const early = createEarlyMessages(() => PENDING)
    early.keep(STAYING, word(2))
    expect(early.take({ epoch: 3, set: SET })).toEqual([])
  })
})
