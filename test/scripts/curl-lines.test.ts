import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { curlLines } from '#scripts/federation/curl-lines.ts'

const README = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8')

/** As the README writes what differs from one start to the next. */
const asWritten = (line: string): string =>
  line.replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<uuid7>')

test('npm start prints the lines of the README, with a key and fresh ids in them', () => {
  const lines = curlLines('http://127.0.0.1:4101', 'krm_live_…').map(asWritten)
  expect(README.split('\n')).toEqual(expect.arrayContaining(lines))
  expect(lines.join()).toContain('<uuid7>')
})
