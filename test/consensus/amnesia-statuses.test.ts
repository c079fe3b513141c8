import { describe, expect, test } from 'vitest'
import { lossIn } from '#consensus/amnesia.ts'
import type { JournalRecord } from '#consensus/journal-record.ts'
import type { Recovered } from '#consensus/replica-config.ts'
import { utf8 } from '#protocol/bytes.ts'
import type { Status } from '#protocol/chain/status.ts'
import { hashOf } from '#protocol/hash.ts'
import { createForge } from './crafted.ts'
import { broken, countOf, load, nodeAt, refusalOf } from './forgetful.ts'
import { createHarness, type Harness } from './harness.ts'
import type { Node } from './harness-node.ts'

describe('a status in amnesia', () => {
  const amnesic = (): { readonly harness: Harness; readonly victim: Node } => {
    const { harness, victim } = broken()
    harness.routes.pass = (from, to, message) =>
      !(to === victim.index && from === 3 && message.type === 'status')
    harness.restart(victim, { journal: [] })
    harness.advance(500)
    expect(victim.replica.standing()).toMatchObject({ statusesMissing: 1, voting: false })
    return { harness, victim }
  }
  const statusOf = (harness: Harness, change: Partial<Status>): Status => ({
    epoch: 1,
    view: 1,
    finalised: { height: 0, view: 0, digest: harness.genesisDigest },
    bestCertificate: null,
    yourLatestVotes: [],
    hasWork: false,
    wantsReply: false,
    remembers: true,
    sentAtMs: 0,
    ...change,
  })
  const tell = (harness: Harness, victim: Node, change: Partial<Status>): void =>
    harness.feed(victim, {
      type: 'message',
      from: 3,
      message: { type: 'status', status: statusOf(harness, change) },
    })
  const forgeOf = ({ set, chainId }: Harness): ReturnType<typeof createForge> =>
    createForge({ set, chainId })

  test('that claims a view without proof does not count', () => {
    const { harness, victim } = amnesic()
    tell(harness, victim, { view: 5_000 })
    const short = forgeOf(harness).certificate({ kind: 'nullify', epoch: 1, view: 4_999 }, [2, 3])
    tell(harness, victim, { view: 5_000, bestCertificate: short })
    expect(victim.replica.standing()).toMatchObject({ statusesMissing: 1, voting: false })
    expect(victim.replica.standing().view).toBeLessThan(1_000)
  })

  test('of another that lost votes does not count', () => {
    const { harness, victim } = amnesic()
    tell(harness, victim, { remembers: false })
    expect(victim.replica.standing()).toMatchObject({ statusesMissing: 1, voting: false })
  })

  test('with a vote of ours raises the refusal to it', () => {
    const { harness, victim } = amnesic()
    const ballot = { kind: 'nullify', epoch: 1, view: 3_000 } as const
    const forge = forgeOf(harness)
    const forged = { ...forge.vote(3, { ...ballot, view: 4_000 }), signer: victim.index }
    tell(harness, victim, { yourLatestVotes: [forge.vote(victim.index, ballot), forged] })
    expect(refusalOf(victim)).toBe(3_000)
  })

  test('that comes after its end changes nothing', () => {
    const { harness, victim } = amnesic()
    harness.routes.pass = () => true
    harness.advance(3_000)
    expect(countOf(victim, 'amnesiaOver')).toBe(1)
    const journal = victim.disk.journal.length
    tell(harness, victim, {})
    expect(countOf(victim, 'amnesiaOver')).toBe(1)
    expect(victim.disk.journal).toHaveLength(journal)
  })

  test('with a vote of ours above the refusal, after its end, means that our key is in use twice', () => {
    const { harness, victim } = amnesic()
    harness.routes.pass = () => true
    harness.advance(3_000)
    const view = refusalOf(victim) + 1
    const vote = forgeOf(harness).vote(victim.index, { kind: 'nullify', epoch: 1, view })
    tell(harness, victim, { yourLatestVotes: [vote] })
    expect(victim.reports.at(-1)).toMatchObject({ kind: 'fatal', code: 'key_in_two_places' })
  })
})

describe('a start', () => {
  const digest = hashOf(utf8('origin'))
  const place = { epoch: 2, genesisDigest: digest, fresh: true }
  const refusal = (epoch: number, view: number): JournalRecord => ({ type: 'refusal', epoch, view })
  const amnesia: JournalRecord = { type: 'amnesia', cause: 'journal_corrupt' }
  const sealedIn = (view: number, epoch = 1): Recovered['finalised'] => {
    const harness = createHarness({ size: 1 })
    harness.start()
    load(harness, 1, 'a block')
    const header = nodeAt(harness, 0).disk.store[0]?.blocks[0]?.header
    if (header === undefined) throw new Error('nothing is final')
    return { header: { ...header, epoch, view }, digest, certificate: null }
  }

  test.each<
    [string, readonly JournalRecord[], Recovered['finalised'], boolean, string | undefined]
  >([
    ['without a word of amnesia', [], sealedIn(9), true, undefined],
    ['amid amnesia', [amnesia], sealedIn(9), true, 'journal_corrupt'],
    [
      'amid amnesia after an older one',
      [refusal(1, 5), amnesia],
      sealedIn(9),
      false,
      'journal_corrupt',
    ],
    ['after amnesia in its epoch', [amnesia, refusal(2, 5)], sealedIn(9), false, undefined],
    [
      'in an epoch that was sealed above the refusal',
      [amnesia, refusal(1, 8)],
      sealedIn(9),
      true,
      undefined,
    ],
    [
      'in one sealed at the refusal',
      [amnesia, refusal(1, 9)],
      sealedIn(9),
      true,
      'journal_rolled_back',
    ],
    ['two epochs later', [amnesia, refusal(0, 8)], sealedIn(9), true, 'journal_rolled_back'],
    ['once the epoch was begun all the same', [refusal(1, 9)], sealedIn(9), false, undefined],
  ])('%s', (_, records, finalised, fresh, code) => {
    expect(lossIn({ records, finalised, blocks: [] }, { ...place, fresh })?.code).toBe(code)
  })
})
