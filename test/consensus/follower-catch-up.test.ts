import { describe, expect, test } from 'vitest'
import type { FollowerEvent } from '#consensus/follower-event.ts'
import { beaconBytes } from '#protocol/chain/beacon.ts'
import { hashBytes } from '#protocol/hash.ts'
import { chainId, chainOf, finalOf, following, set } from './following.ts'
import { signerOf } from './stand-in-keys.ts'

describe('a follower that has committed what it fetched', () => {
  const first = chainOf(10)
  const [one] = first
  const tip = first.at(-1)
  if (one === undefined || tip === undefined) throw new Error('no chain')
  const segment = { blocks: first, certificate: finalOf(tip) }
  const fetched: FollowerEvent = { type: 'fetchedSegments', from: 'a peer', segments: [segment] }
  const claim = (signer: number, finalisedHeight: number): FollowerEvent => {
    const body = {
      epoch: 1,
      view: 1,
      finalisedHeight,
      finalisedDigest: one.digest,
      wallClockMs: 1,
    }
    const domain = { chainId: hashBytes(chainId), set }
    const signature = signerOf(set, signer)(beaconBytes(body, domain))
    return { type: 'beacon', source: 'somebody', beacon: { ...body, signer, signature } }
  }
  const asked = (heard: readonly FollowerEvent[]) => {
    const { feed, all } = following()
    for (const event of heard) feed(event)
    feed({ type: 'peerConnected', peer: 0 })
    feed(fetched)
    return all.filter(({ type }) => type === 'fetch').slice(1)
  }

  test('asks those at once who claim more', () => {
    expect(asked([claim(1, 10), claim(2, 30)])).toEqual([
      { type: 'fetch', what: 'segments', fromHeight: 11, peers: [2] },
    ])
  })

  test('asks anybody where nobody says how much there is', () => {
    expect(asked([])).toEqual([
      { type: 'fetch', what: 'segments', fromHeight: 11, peers: [0, 1, 2, 3] },
    ])
  })

  test('asks nobody where nobody claims more', () => {
    expect(asked([claim(1, 10), claim(2, 10)])).toEqual([])
  })
})
