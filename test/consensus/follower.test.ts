import { describe, expect, test } from 'vitest'
import {
  BLOCKS_MAX,
  FOLLOW_AHEAD_VIEWS,
  HISTORY_BLOCKS,
  TAIL_BLOCKS_MAX,
} from '#consensus/limits.ts'
import { type Beacon, beaconBytes } from '#protocol/chain/beacon.ts'
import type { Certificate } from '#protocol/chain/certificate.ts'
import { headerDigest } from '#protocol/chain/header.ts'
import { hashBytes } from '#protocol/hash.ts'
import {
  blockEvent,
  certificateEvent,
  chainId,
  chainOf,
  finalOf,
  finalVote,
  following,
  set,
} from './following.ts'
import { signerOf } from './stand-in-keys.ts'

describe('a follower', () => {
  const chain = chainOf(40)
  const [one, two, three] = chain
  if (one === undefined || two === undefined || three === undefined) throw new Error('no chain')

  test('makes the finalization itself out of a quorum of raw votes', () => {
    const { feed, finals } = following()
    feed(blockEvent(one))
    feed(finalVote(one, 0))
    feed(finalVote(one, 1))
    expect(finals()).toEqual([])
    feed(finalVote(one, 3))
    expect(finals()).toEqual([one.digest])
  })

  test('commits in order, whatever the order of arrival', () => {
    const { feed, finals } = following()
    feed(certificateEvent(finalOf(three)))
    for (const link of [three, two, one]) feed(blockEvent(link))
    expect(finals()).toEqual([one.digest, two.digest, three.digest])
  })

  test('counts one member once and no forged vote', () => {
    const { feed, finals, all } = following()
    feed(blockEvent(one))
    feed(finalVote(one, 0))
    feed(finalVote(one, 0))
    const forged = finalVote(one, 1)
    if (forged.type === 'vote') feed({ ...forged, vote: { ...forged.vote, signer: 2 } })
    feed(finalVote(one, 1))
    expect(finals()).toEqual([])
    expect(all).toContainEqual({
      type: 'report',
      report: { kind: 'peer', verdict: 'reject', peer: 'somebody', reason: 'invalid_signature' },
    })
  })

  test.each<[string, Certificate]>([
    ['below a quorum', finalOf(one, [0, 1])],
    ['of kind notarize', { ...finalOf(one), kind: 'notarize' }],
    ['of another epoch', { ...finalOf(one), epoch: 2 }],
  ])('believes no certificate %s', (_name, certificate) => {
    const { feed, finals } = following()
    feed(blockEvent(one))
    feed(certificateEvent(certificate))
    expect(finals()).toEqual([])
  })

  test('asks for a missing block, and for segments when the gap is long', () => {
    const { feed, finals, all } = following()
    const [tip] = chain.slice(29)
    if (tip === undefined) throw new Error('no tip')
    feed(certificateEvent(finalOf(tip)))
    expect(all).toContainEqual({
      type: 'fetch',
      what: 'block',
      digest: tip.digest,
      peers: [0, 1, 2],
    })
    feed({ type: 'fetchedBlock', ...tip })
    expect(all).toContainEqual({ type: 'fetch', what: 'segments', fromHeight: 1, peers: [0, 1, 2] })
    const segments = [chain.slice(0, 10), chain.slice(10, 20)].map((blocks) => ({
      blocks,
      certificate: finalOf(blocks.at(-1) ?? one),
    }))
    feed({ type: 'fetchedSegments', from: 'a peer', segments })
    expect(finals()).toHaveLength(20)
    feed({
      type: 'fetchedSegments',
      from: 'a peer',
      segments: [{ blocks: chain.slice(20, 29), certificate: finalOf(chain[28] ?? one) }],
    })
    expect(finals()).toEqual(chain.slice(0, 30).map(({ digest }) => digest))
  })

  test('refuses segments that skip a block or lack a good certificate, and asks again later', () => {
    const { feed, finals, all } = following()
    const broken = [
      [{ blocks: [one, three], certificate: finalOf(three) }],
      [
        { blocks: [two], certificate: finalOf(two) },
        { blocks: [three], certificate: finalOf(three) },
      ],
      [{ blocks: [one], certificate: finalOf(two) }],
      [{ blocks: [one], certificate: finalOf(one, [1, 2]) }],
    ]
    for (const segments of broken) feed({ type: 'fetchedSegments', from: 'a liar', segments })
    expect(finals()).toEqual([])
    const faults = all.filter((effect) => effect.type === 'report' && effect.report.kind === 'peer')
    expect(faults).toHaveLength(broken.length)
    expect(all.some(({ type }) => type === 'setTimer')).toBe(true)
  })

  test.each([
    ['the block below, across a short gap', 'block', TAIL_BLOCKS_MAX],
    ['segments, across a longer one', 'segments', TAIL_BLOCKS_MAX + 1],
  ])('asks for %s', (_, what, gap) => {
    const { feed, all } = following()
    const tip = chain[gap]
    if (tip === undefined) throw new Error('no tip')
    feed(certificateEvent(finalOf(tip)))
    feed({ type: 'fetchedBlock', ...tip })
    expect(all.at(-1)).toMatchObject({ type: 'fetch', what })
  })

  test('goes down from the end of a final run that no answer holds, block by block', () => {
    const { feed, finals, all } = following()
    const blocks = chain.slice(20, 40)
    const segments = [{ blocks, certificate: finalOf(blocks.at(-1) ?? one) }]
    feed({ type: 'fetchedSegments', from: 'a peer', segments })
    for (const link of chain.slice(0, 20).toReversed()) {
      expect(all.at(-1)).toMatchObject({ type: 'fetch', what: 'block', digest: link.digest })
      expect(finals()).toEqual([])
      feed({ type: 'fetchedBlock', ...link })
    }
    expect(finals()).toEqual(chain.map(({ digest }) => digest))
  })

  test('takes no end of a run that is out of reach', () => {
    const { feed, all, follower } = following()
    const [far] = chainOf(BLOCKS_MAX + 2).slice(-1)
    if (far === undefined) throw new Error('no block')
    const segments = [{ blocks: [far], certificate: finalOf(far) }]
    feed({ type: 'fetchedSegments', from: 'a liar', segments })
    expect(all[0]).toMatchObject({ report: { kind: 'peer', reason: 'broken_segment' } })
    expect(follower.standing().settledView).toBe(0)
  })

  test('halts with the proof when two blocks of one height are final', () => {
    const { feed, all, follower } = following()
    const [other] = chainOf(1, 'fork')
    if (other === undefined) throw new Error('no fork')
    feed(blockEvent(one))
    feed(certificateEvent(finalOf(one)))
    feed(certificateEvent(finalOf(other, [1, 2, 3])))
    expect(all.at(-1)).toMatchObject({
      type: 'report',
      report: {
        kind: 'fatal',
        code: 'conflicting_certificates',
        proof: [{ digest: one.digest }, { digest: other.digest }],
      },
    })
    expect(follower.standing().halted).toBe(true)
  })

  test.each([
    ['halts on a second final block beside the oldest that it remembers', 1, true],
    ['remembers a bounded number of final blocks', 0, false],
  ])('%s', (_, at, halted) => {
    const { feed, follower } = following()
    for (const link of chainOf(HISTORY_BLOCKS + 1)) {
      feed(blockEvent(link))
      feed(certificateEvent(finalOf(link)))
    }
    expect(follower.standing().settledView).toBe(HISTORY_BLOCKS + 1)
    feed(certificateEvent(finalOf(chainOf(2, 'fork')[at] ?? one)))
    expect(follower.standing().halted).toBe(halted)
  })

  test('halts when a later final block does not descend from its own', () => {
    const { feed, all } = following()
    const fork = chainOf(2, 'fork')
    feed(blockEvent(one))
    feed(certificateEvent(finalOf(one)))
    for (const link of fork) feed(blockEvent(link))
    feed(certificateEvent(finalOf(fork[1] ?? one)))
    expect(all.at(-1)).toMatchObject({ report: { code: 'conflicting_certificates' } })
  })

  test.each([
    ['grow from another block than its own', 2],
    ['name another block at the height of its own', 1],
  ])('halts when final blocks that it fetches %s', (_, first) => {
    const { feed, all, follower } = following()
    const fork = chainOf(3, 'fork')
    feed(blockEvent(one))
    feed(certificateEvent(finalOf(one)))
    const certificate = finalOf(fork[2] ?? one, [1, 2, 3])
    const segments = [{ blocks: fork.slice(first - 1), certificate }]
    feed({ type: 'fetchedSegments', from: 'a peer', segments })
    expect(all.at(-1)).toMatchObject({
      report: {
        kind: 'fatal',
        code: 'conflicting_certificates',
        proof: [{ digest: one.digest }, { digest: certificate.digest }],
      },
    })
    expect(follower.standing().halted).toBe(true)
  })

  test('blames who sends final blocks with a hole, and halts not', () => {
    const { feed, all, follower } = following()
    const fork = chainOf(4, 'fork')
    feed(blockEvent(one))
    feed(certificateEvent(finalOf(one)))
    const blocks = fork.filter((_, index) => index !== 2)
    const segments = [{ blocks, certificate: finalOf(fork[3] ?? one) }]
    feed({ type: 'fetchedSegments', from: 'a liar', segments })
    expect(all.at(-1)).not.toMatchObject({ report: { kind: 'fatal' } })
    expect(follower.standing().halted).toBe(false)
  })

  test('asks who names another final block at its height for the proof of it', () => {
    const { feed, all } = following()
    feed(blockEvent(one))
    feed(certificateEvent(finalOf(one)))
    const body = {
      epoch: 1,
      view: 2,
      finalisedHeight: 1,
      finalisedDigest: two.digest,
      wallClockMs: 1,
    }
    const signature = signerOf(set, 3)(beaconBytes(body, { chainId: hashBytes(chainId), set }))
    feed({ type: 'beacon', source: 'somebody', beacon: { ...body, signer: 3, signature } })
    expect(all.at(-1)).toEqual({ type: 'fetch', what: 'segments', fromHeight: 1, peers: [3] })
  })

  test('halts when a final block gives other roots here, and commits nothing', () => {
    const { feed, finals, all } = following('diverged')
    feed(blockEvent(one))
    feed(certificateEvent(finalOf(one)))
    expect(finals()).toEqual([])
    expect(all.at(-1)).toMatchObject({ report: { kind: 'fatal', code: 'state_diverged' } })
  })

  test('calls its copy current only on the word of f + 1 authorities within 5 s', () => {
    const { feed, follower, wait, now } = following()
    const beacon = (signer: number, finalisedHeight: number, wallClockMs: number): Beacon => {
      const body = { epoch: 1, view: 1, finalisedHeight, finalisedDigest: one.digest, wallClockMs }
      const domain = { chainId: hashBytes(chainId), set }
      return { ...body, signer, signature: signerOf(set, signer)(beaconBytes(body, domain)) }
    }
    const hear = (said: Beacon): void => feed({ type: 'beacon', source: 'somebody', beacon: said })
    hear(beacon(0, 0, 1))
    hear({ ...beacon(0, 0, 2), signer: 1 })
    expect(follower.freshness(now())).toMatchObject({ current: false, heard: 1, claimedHeight: 0 })
    hear(beacon(1, 0, 3))
    expect(follower.freshness(now()).current).toBe(true)
    expect(follower.isCurrent(now())).toBe(true)
    wait(5_001)
    expect(follower.freshness(now()).current).toBe(false)
    expect(follower.isCurrent(now())).toBe(false)
    hear(beacon(0, 7, 4))
    hear(beacon(1, 0, 3))
    expect(follower.freshness(now())).toMatchObject({ current: false, heard: 1, claimedHeight: 7 })
  })

  test('keeps a bounded number of blocks that nobody vouches for', () => {
    const { feed, all } = following()
    const far = { ...one.header, view: 5_000 }
    feed(blockEvent({ header: far, digest: headerDigest(far) }))
    expect(all).toEqual([{ type: 'abandon', digest: headerDigest(far) }])
  })

  test.each([
    ['counts votes of the furthest view within reach', 0, 'fetch'],
    ['counts none of a view beyond it', 1, undefined],
  ])('%s', (_, beyond, first) => {
    const { feed, all } = following()
    const [far] = chainOf(FOLLOW_AHEAD_VIEWS + beyond).slice(-1)
    if (far === undefined) throw new Error('no block')
    for (const signer of [0, 1, 2]) feed(finalVote(far, signer))
    expect(all[0]?.type).toBe(first)
  })
})
