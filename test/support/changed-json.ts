import fc from 'fast-check'
import { JTI, OTHER_NETWORK } from '#test/protocol/transaction/samples.ts'

/** What comes of any value when somebody changes it somewhere, and perhaps once more. */
export const changed = (value: unknown): fc.Arbitrary<unknown> =>
  change(value).chain((once) => fc.oneof(fc.constant(once), change(once)))

const change = (value: unknown): fc.Arbitrary<unknown> => {
  if (Array.isArray(value)) return fc.oneof(changedList(value), leaf)
  if (typeof value === 'object' && value !== null) return changedMembers(Object.entries(value))
  return typeof value === 'string' ? fc.oneof(changedText(value), leaf) : leaf
}

const leaf = fc.constantFrom(
  ...[null, true, '', 'EUR', 'sale', 'issue', 'a1', JTI, OTHER_NETWORK],
  ...[0, 1, -1, 7, 0.5, 1e15, 2 ** 53 - 1, 2 ** 53, 1e300],
  ...[[], {}, [[]], { card: 1 }, [1, 2]],
)

/** One character less, more or other; also of a kind that only a checksum or a list refuses. */
const changedText = (text: string): fc.Arbitrary<string> =>
  fc
    .tuple(fc.nat(text.length), fc.nat(1), fc.constantFrom('', 'q', '0', 'A', ' ', '\u200b', 'é'))
    .map(([at, cut, put]) => text.slice(0, at) + put + text.slice(at + cut))

const changedList = (items: readonly unknown[]): fc.Arbitrary<unknown> =>
  fc.nat(items.length).chain((at) => {
    const [before, item, after] = [items.slice(0, at), items[at], items.slice(at + 1)]
    return fc.oneof(
      fc.constant([...before, ...after]),
      fc.constant([...items, item ?? items[0]]),
      change(item).map((other) => [...before, other, ...after]),
      fc.constant(Array.from({ length: 40 }, () => items).flat()),
    )
  })

const changedMembers = (members: readonly (readonly [string, unknown])[]): fc.Arbitrary<unknown> =>
  fc
    .nat(members.length)
    .chain((at) => {
      const [before, after] = [members.slice(0, at), members.slice(at + 1)]
      const [name, value] = members[at] ?? ['more', 1]
      return fc.oneof(
        { arbitrary: fc.constant([...before, ...after]), weight: 1 },
        { arbitrary: fc.constant([...after, [name, value] as const, ...before]), weight: 1 },
        { arbitrary: fc.constant([...before, ['more', 1] as const, ...after]), weight: 1 },
        {
          arbitrary: change(value).map((other) => [...before, [name, other] as const, ...after]),
          weight: 5,
        },
      )
    })
    .map((list) => Object.fromEntries(list))
