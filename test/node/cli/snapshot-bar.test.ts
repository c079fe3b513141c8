import { expect, test } from 'vitest'
import { barOf, snapshotBar } from '#node/cli/snapshot-bar.ts'

test('a bar shows how far a snapshot is, and from how many nodes it comes', () => {
  expect(barOf({ height: 70_000, slots: 1, of: 4, peers: 3 })).toBe(
    `Copying the ledger at block 70000 [${'#'.repeat(7)}${'.'.repeat(23)}] 25 % from 3 nodes`,
  )
  expect(barOf({ height: 7, slots: 0, of: 0, peers: 1 })).toMatch(/0 % from 1 node$/)
  expect(barOf({ height: 7, slots: 5, of: 5, peers: 1 })).toMatch(/100 % from 1 node$/)
})

test('where nobody sits nothing is drawn, and at the end of a bar the line is empty', () => {
  const lines: string[] = []
  const bar = snapshotBar({ redraw: (line) => lines.push(line) })
  bar.end()
  expect(lines).toEqual([])
  bar.onProgress({ height: 7, slots: 1, of: 2, peers: 2 })
  bar.onProgress({ height: 7, slots: 2, of: 2, peers: 2 })
  bar.end()
  expect(lines).toHaveLength(3)
  expect(lines.at(-1)).toBe('')
  const silent = snapshotBar({ redraw: undefined })
  silent.onProgress({ height: 7, slots: 2, of: 2, peers: 2 })
  silent.end()
})
