import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { joinedReport, type Report } from './report.ts'
import { type Line, openResults } from './results.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kermesse-results-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const report = (seeds: number, changes: Partial<Report> = {}): Report => ({
  seeds,
  failed: [],
  faults: { kill: 1 },
  byzantine: {},
  marks: { lost: 0 },
  codes: {},
  blocks: 5,
  transactions: 7,
  seconds: 1.5,
  ...changes,
})
const line = (from: number, count: number): Line => ({
  from,
  count,
  trace: `trace ${from}`,
  report: report(count),
})
const sameCode = (seed: number): string => `trace ${seed}`

test('a long run goes on from what its file holds', () => {
  const path = join(folder, 'results.jsonl')
  openResults(path, sameCode).add(line(1, 100))
  const again = openResults(path, sameCode)
  expect(again.find(1, 100)).toEqual(line(1, 100))
  expect(again.find(101, 100)).toBeUndefined()
})

test('a line that was cut off is done again', () => {
  const path = join(folder, 'results.jsonl')
  writeFileSync(
    path,
    `${JSON.stringify(line(1, 100))}\n${JSON.stringify(line(101, 100)).slice(0, 40)}`,
  )
  const results = openResults(path, sameCode)
  expect(results.find(1, 100)).toBeDefined()
  expect(results.find(101, 100)).toBeUndefined()
})

test('results of other code are not taken for those of this', () => {
  const path = join(folder, 'results.jsonl')
  const results = openResults(path, sameCode)
  results.add(line(1, 100))
  results.add(line(101, 100))
  const other = openResults(path, (seed) => (seed === 1 ? 'trace 1' : 'another trace'))
  expect(other.find(1, 100)).toBeDefined()
  expect(() => other.find(101, 100)).toThrow('seed 101')
})

test('parts add up, and what no part met is missed by the whole', () => {
  const failure = { seed: 3, checker: 'votes', message: 'a1: a second notarize 3' }
  const joined = joinedReport([report(200), report(150, { failed: [failure] })])
  expect(joined).toMatchObject({ seeds: 350, blocks: 10, transactions: 14, seconds: 3 })
  expect(joined.faults).toEqual({ kill: 2 })
  expect(joined.failed).toEqual([
    failure,
    { checker: 'coverage', message: 'never happened in 350 seeds: marks: lost' },
  ])
})
