import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeInvitation, encodeInvitation } from '#node/join/invitation.ts'
import { encodeId } from '#protocol/id.ts'
import { peerId } from '../../support/actors.ts'

const content = {
  networkId: encodeId('net', new Uint8Array(32).fill(1)),
  peerId: peerId('authority'),
  secret: new Uint8Array(32).fill(2),
  expiresAtMs: 1_800_000_000_000,
  addresses: ['/ip4/192.0.2.1/tcp/4001', '/dns4/kermesse.example.org/tcp/4001'],
}

describe('an invitation', () => {
  test('is the same after it was written down and typed in', () => {
    expect(decodeInvitation(encodeInvitation(content))).toEqual(content)
  })

  test('may be in upper case, as a small QR has it, and between spaces', () => {
    expect(decodeInvitation(` ${encodeInvitation(content).toUpperCase()}\n`)).toEqual(content)
  })

  test('of one address fits a QR easily', () => {
    const text = encodeInvitation({ ...content, addresses: ['/ip4/192.0.2.1/tcp/4001'] })
    expect(text.length).toBeLessThan(300)
  })

  test('with one wrong character is none', () => {
    const text = encodeInvitation(content)
    const alphabet = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l'
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.nat(31), (at, letter) => {
        const typed = text.slice(0, at) + alphabet[letter] + text.slice(at + 1)
        return typed === text || decodeInvitation(typed) === undefined
      }),
    )
  })

  test.each([
    ['nothing', ''],
    ['any words', 'please let me in'],
    ['an identifier', content.networkId],
    ['half of itself', encodeInvitation(content).slice(0, 100)],
    ['no address', encodeInvitation({ ...content, addresses: [] })],
    ['too many addresses', encodeInvitation({ ...content, addresses: Array(5).fill('/ip4/1') })],
    ['a text without end', `kermesse1${'q'.repeat(100_000)}`],
  ])('is not made of %s', (_, text) => {
    expect(decodeInvitation(text)).toBeUndefined()
  })
})
