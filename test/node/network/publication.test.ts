import { RPC } from '@libp2p/gossipsub/message'
import { describe, expect, test } from 'vitest'
import { GOSSIP_SEEN_MAX } from '#node/network/limits.ts'
import { encodePublication, SeenPublications } from '#node/network/publication.ts'

const TOPIC = '/kermesse/blocks/1/net1test'

/** A frame's length, seven bits a byte and the lowest first, and what follows it. */
const unframed = (frame: Uint8Array) => {
  const end = frame.findIndex((byte) => byte < 0x80) + 1
  const announced = frame
    .subarray(0, end)
    .reduceRight((length, byte) => length * 0x80 + (byte & 0x7f), 0)
  return { announced, content: frame.subarray(end) }
}

describe('a publication', () => {
  test.each([0, 1, 96, 127, 128, 16_383, 16_384, 2_097_152])(
    'of %i bytes is what gossipsub reads',
    (length) => {
      const data = new Uint8Array(length).fill(7)
      const { announced, content } = unframed(encodePublication(TOPIC, data))
      expect(announced).toBe(content.length)
      const rpc = RPC.decode(content)
      expect(rpc.messages).toHaveLength(1)
      expect(rpc.messages[0]?.topic).toBe(TOPIC)
      expect(Buffer.compare(rpc.messages[0]?.data ?? data, data)).toBe(0)
      expect(Object.keys(rpc.messages[0] ?? {}).toSorted()).toEqual(['data', 'topic'])
    },
  )

  test('is seen once, and anew once it is forgotten', () => {
    let nowMs = 0
    const seen = new SeenPublications(100, () => nowMs)
    const one = Uint8Array.of(1)
    expect([seen.add(one), seen.add(Uint8Array.of(1)), seen.add(Uint8Array.of(2))]).toEqual([
      ...[true, false, true],
    ])
    nowMs = 99
    expect(seen.add(one)).toBe(false)
    nowMs = 100
    expect(seen.add(one)).toBe(true)
  })

  test('is forgotten early where more are said than may be remembered', () => {
    const seen = new SeenPublications(100, () => 0)
    const numbered = (number: number): Uint8Array => Uint8Array.from(Buffer.from(String(number)))
    for (let number = 0; number <= GOSSIP_SEEN_MAX; number++) seen.add(numbered(number))
    expect([seen.add(numbered(1)), seen.add(numbered(0))]).toEqual([false, true])
  })
})
