import { expect, test } from 'vitest'
import { ASKED, ELSEWHERE, WANTED } from './every-code.ts'

test('every code of the API is asked for once over HTTP, or has a reason why it cannot be', () => {
  const excused = Object.keys(ELSEWHERE)
  expect([...ASKED, ...excused].toSorted()).toEqual(WANTED.toSorted())
})
