import { describe, expect, test } from 'vitest'
import {
  invitationSeed,
  invitedPeerOf,
  isPeerName,
  peerNameOf,
  peerNameOfSeed,
} from '#node/network/identity.ts'
import { encodeId } from '#protocol/id.ts'
import { publicKeyOf } from '#signature'

const seed = new Uint8Array(32).fill(3)
const network = encodeId('net', new Uint8Array(32).fill(1))
const secret = new Uint8Array(16).fill(2)

describe('identities', () => {
  test('a seed and its public key give the same name, that of its base58 multihash', () => {
    expect(peerNameOf(publicKeyOf(seed))).toBe(peerNameOfSeed(seed))
    expect(peerNameOfSeed(seed)).toBe('12D3KooWRndVhVZPCiQwHBBBdg769GyrPUW13zxwqQyf9r3ANaba')
  })

  test('an invitation has one identity in one network', () => {
    expect(invitedPeerOf(network, secret)).toBe(peerNameOfSeed(invitationSeed(network, secret)))
    const elsewhere = encodeId('net', new Uint8Array(32).fill(4))
    expect(invitedPeerOf(elsewhere, secret)).not.toBe(invitedPeerOf(network, secret))
    expect(invitedPeerOf(network, secret.toReversed().fill(5))).not.toBe(
      invitedPeerOf(network, secret),
    )
  })

  test.each(['', 'peer', '12D3KooW', '0'.repeat(52), `${peerNameOfSeed(seed)} `])(
    '%j is no peer name',
    (text) => {
      expect(isPeerName(text)).toBe(false)
    },
  )

  test('a peer name is one', () => {
    expect(isPeerName(peerNameOfSeed(seed))).toBe(true)
  })
})
